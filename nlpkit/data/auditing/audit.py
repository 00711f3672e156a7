"""The whole audit of a dataset: tables for a person, facts for programs, and a few sentences.

Axes: R texts, those for training first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from nlpkit.data.auditing.encoding import damaged
from nlpkit.data.texts import Splits, Texts
from nlpkit.notes import Note
from nlpkit.system.terminal import counted, cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.auditing.counts import Counts
    from nlpkit.data.auditing.near import Near
    from nlpkit.data.auditing.words import Words
    from nlpkit.vocab import Labels

PARTS: Final = ("train", "valid", "test")
ALIKE: Final = 0.95  # texts that are one text for whoever reads them
TEXT_CHARS: Final = 160
MOST_CLASSES: Final = 1000
Row = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Audit:
    """What was found, as `tables` of flat rows by name: near_duplicates, conflicts, give_aways, parts,
    class_shift, encoding and label_errors; one that nobody looked for is not there. A row of a text has its
    `part` and its number there. `facts` are numbers, and `notes` are sentences about what matters most. Its
    repr is what the command line prints.
    """

    tables: dict[str, list[Row]]
    facts: dict[str, float]
    notes: tuple[Note, ...] = ()
    texts: dict[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        from nlpkit.report.audited import text

        return text(self.table()).rstrip("\n")

    def table(self, most: int | None = None) -> dict[str, Any]:
        """All of it as plain data, with `most` rows of each table."""
        tables = {name: rows[:most] for name, rows in self.tables.items()}
        return {"texts": self.texts, "facts": self.facts, **tables}


def audit_of(splits: Splits, *, doubts: bool = False) -> Audit:
    """Look at the texts and labels of all parts. With `doubts` a model is trained in folds, which doubts
    labels; without them the time grows with the number of words: 24,000 news take half a second.
    """
    found = _Parts(splits)
    near = list(found.near_rows())
    tables = {
        "near_duplicates": sorted(near, key=_across_parts_first),
        "conflicts": [
            row for row in near if row["similarity"] >= ALIKE and row["label"] != row["near_label"]
        ],
        "parts": list(found.lengths()),
        "encoding": list(found.damaged()),
    }
    if not splits.multi_label:
        tables |= {"give_aways": list(found.give_aways()), "class_shift": list(found.shifts())}
        tables |= {"label_errors": list(found.doubted())} if doubts else {}
    texts = {name: len(part) for name, part in found.parts.items()}
    facts = _facts(tables, bounded=found.near.bounded)
    return Audit(tables, facts, tuple(_notes(tables, facts, texts, splits.facts)), texts)


def _across_parts_first(row: Row) -> tuple[bool, float]:
    return row["part"] == row["near_part"], -row["similarity"]


class _Parts:
    """The texts of all parts as one, and their words."""

    def __init__(self, splits: Splits) -> None:
        import numpy as np

        from nlpkit.data.auditing.counts import counts_of
        from nlpkit.data.auditing.near import near_texts
        from nlpkit.data.auditing.words import words_of

        self.parts: dict[str, Texts] = {name: getattr(splits, name) for name in PARTS}
        self.number: NDArray[np.int64] = np.repeat(np.arange(3), [len(part) for part in self.parts.values()])
        self.texts = _Joined([part.texts for part in self.parts.values()])
        self.words: Words = words_of(self.texts)
        self.near: Near = near_texts(self.words, self.number)
        self.counts: Counts = counts_of(self.words, self.number)

    def _of(self, text: int, prefix: str = "") -> Row:
        name = PARTS[self.number[text]]
        place = text - self.texts.starts[self.number[text]]
        part = self.parts[name]
        return {
            f"{prefix}part": name,
            f"{prefix}row": part.rows[place],
            f"{prefix}label": part.labels[place],
        }

    def _shown(self, text: int) -> str:
        return cut(" ".join(self.texts[text].split()), TEXT_CHARS)

    @cached_property
    def _classes(self) -> tuple[Labels, NDArray[np.int64]]:
        """The classes of the training texts and their ids; none where they are too few or too many."""
        from nlpkit.vocab import Labels

        train = self.parts["train"].labels
        labels = Labels.of(train)
        if not 2 <= len(labels) <= MOST_CLASSES:
            labels, train = Labels([]), ()
        return labels, labels.ids(train)

    def near_rows(self) -> Iterator[Row]:
        columns = (each.tolist() for each in (self.near.text, self.near.other, self.near.similarity))
        for text, other, similarity in zip(*columns, strict=True):
            of_both = {**self._of(text), **self._of(other, "near_")}
            yield {**of_both, "similarity": round(similarity, 4), "text": self._shown(text)}

    def give_aways(self) -> Iterator[Row]:
        from nlpkit.data.auditing.counts import give_aways, spelling

        labels, ids = self._classes
        for found in give_aways(self.counts, ids) if labels else ():
            yield {
                "word": spelling(self.counts, self.words, self.texts, found.word),
                "label": labels.names[found.label],
                "texts": found.texts,
                "purity": round(found.purity, 4),
                "coverage": round(found.coverage, 4),
            }

    def lengths(self) -> Iterator[Row]:
        """Of each part how long its texts are, and which of its words training has not."""
        import numpy as np

        from nlpkit.data.auditing.counts import missing_words, spelling

        for number, (name, part) in enumerate(self.parts.items()):
            if not len(part):
                continue
            lengths = self.words.counts[self.number == number]
            share, words = missing_words(self.counts, number) if number else (0.0, [])
            spelt = (spelling(self.counts, self.words, self.texts, word) for word, _ in words)
            yield {
                "part": name,
                "texts": len(part),
                "median_words": float(np.median(lengths)),
                "most_words": int(lengths.max()),
                "unknown_fraction": round(share, 4),
                "missing_words": " ".join(spelt),
            }

    def shifts(self) -> Iterator[Row]:
        """Of parts whose classes are not as frequent as in training, the classes that differ most."""
        import numpy as np

        from nlpkit.data.auditing.shift import shifted

        labels, train_ids = self._classes
        usual = np.bincount(train_ids, minlength=len(labels))
        for name in PARTS[1:] if labels else ():
            ids = labels.ids(self.parts[name].labels)
            counts = np.bincount(ids[ids >= 0], minlength=len(labels))
            if not shifted(usual, counts):
                continue
            one, two = usual / usual.sum(), counts / counts.sum()
            for label in np.argsort(-np.abs(one - two), kind="stable")[:10].tolist():
                shares = {"train_fraction": round(one[label], 4), "fraction": round(two[label], 4)}
                yield {"part": name, "label": labels.names[label], **shares}

    def damaged(self) -> Iterator[Row]:
        for text, what in damaged(self.texts):
            yield {**self._of(text), "what": what, "text": self._shown(text)}

    def doubted(self) -> Iterator[Row]:
        """Training texts whose label a model that has not seen them does not believe."""
        from nlpkit.data.auditing.label_errors import doubted

        train = self.parts["train"]
        for place, likelier in doubted(train.texts, train.labels):
            yield {**self._of(place), "likelier": likelier, "text": self._shown(place)}


class _Joined(Sequence[str]):
    """Several sequences as one; `starts` are where each begins."""

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self._parts = parts
        self.starts = [sum(map(len, parts[:place])) for place in range(len(parts) + 1)]

    def __len__(self) -> int:
        return self.starts[-1]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._parts)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        part = max(number for number in range(len(self._parts)) if self.starts[number] <= place)
        return self._parts[part][place - self.starts[part]]


def _facts(tables: dict[str, list[Row]], *, bounded: bool) -> dict[str, float]:
    near = tables["near_duplicates"]
    facts: dict[str, float] = {}
    for name in ("test", "valid"):
        of_train = [row for row in near if row["part"] == name and row["near_part"] == "train"]
        facts[f"near_{name}_rows"] = len(of_train)
        facts[f"alike_{name}_rows"] = sum(row["similarity"] >= ALIKE for row in of_train)
    facts["near_train_rows"] = sum(row["part"] == "train" for row in near)
    facts["near_bounded"] = int(bounded)
    names = ("conflicts", "give_aways", "encoding", "label_errors")
    return {**facts, **{f"{name}_found": len(tables.get(name, ())) for name in names}}


def _notes(
    tables: dict[str, list[Row]],
    facts: dict[str, float],
    texts: dict[str, int],
    before: dict[str, float],
) -> Iterator[Note]:
    """What a person has to know before a score is believed, and was not told `before`."""
    for name in ("test", "valid"):
        leaked = int(before.get(f"leaked_{name}_rows", 0))
        if (count := int(facts[f"near_{name}_rows"]) - leaked) > 0:
            are = counted(count, "is", "are").partition(" ")[2]
            those = f"{count:,} {'more ' * bool(leaked)}of {counted(texts[name], f'{name} text')} {are}"
            yield Note(f"{those} nearly the same as a train text (audit.json has the rows)")
    across = [row for row in tables["conflicts"] if row["part"] != row["near_part"] or row["similarity"] < 1]
    if across:
        have = counted(len(across), "text has", "texts have")
        row = across[0]
        said = f"{have} a near twin with another label ({row['part']} row {row['row']}: {row['label']!r}, "
        yield Note(f"{said}{row['near_part']} row {row['near_row']}: {row['near_label']!r})")
    for row in tables.get("give_aways", [])[:3]:
        share = f"{100 * row['purity']:.3g} % of the {row['texts']:,} train texts with it"
        yield Note(f"{row['word']!r} gives {row['label']!r} away: {share} are of that class")
    for row in {row["part"]: row for row in reversed(tables.get("class_shift", []))}.values():
        shares = f"{100 * row['fraction']:.3g} % there, and {100 * row['train_fraction']:.3g} % of train"
        yield Note(
            f"the classes of {row['part']} are not as frequent as in train: {row['label']!r} is {shares}"
        )
    if rows := tables["encoding"]:
        where = f"{rows[0]['part']} row {rows[0]['row']}"
        yield Note(f"{counted(len(rows), 'text is', 'texts are')} damaged: {rows[0]['what']} ({where})")
