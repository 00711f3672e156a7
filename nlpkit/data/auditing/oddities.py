"""What is odd about a dataset: leaks, duplicates, empty texts, labels that look alike or are new."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from nlpkit.data.alike import BLANK, codes, first_rows, normal_forms
from nlpkit.data.blank import is_blank
from nlpkit.data.classes import note_of_alike, with_checked_labels
from nlpkit.data.reading.labels.spellings import look_alikes
from nlpkit.data.reading.notes import SHOWN, first, more
from nlpkit.data.reading.packed import chunks
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import DataError
from nlpkit.notes import Note
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MANY_CLASSES = 1000
# A class with so much of train that always answering it is hard to beat.
_MAJORITY = 0.9

_WORD = re.compile(r"\w")
# Two patterns that begin with a letter of their own: as one that does not, they take ten times as long.
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});")
_BARE_ENTITY = re.compile(r"#(?<![\w&]#)\d{2,6};")
_BREAK = re.compile(r"\\[A-Za-z]")


@dataclass(frozen=True)
class Oddities:
    """Notes for people, and the same as numbers for metrics and the manifest."""

    notes: tuple[Note, ...] = ()
    facts: dict[str, float] = field(default_factory=dict)


def audited(splits: Splits) -> Splits:
    """The splits with what the audit says, as every run has them.

    DataError where there is nothing to learn, where labels are against the rules, and where splits that are
    `strict` leak.
    """
    if not len(splits.train):
        raise DataError("no rows to train on", hint="give train a file with rows", location=splits.source)
    _require_alike(splits)
    splits = with_checked_labels(splits)
    result = oddities(splits)
    if splits.multi_label and not result.facts["classes"]:
        raise DataError(
            "no text of train has a label: nothing to learn",
            hint="add texts that have some",
            location=splits.source,
        )
    if result.facts["classes"] < 2 and not splits.allow_constant and not splits.multi_label:
        raise DataError(
            f"all rows of train have the label {splits.train.labels[0]!r}: nothing to learn",
            hint="add rows of another class, or set allow_constant = true",
            location=splits.source,
        )
    if splits.strict and result.facts["leaked_test_rows"]:
        raise DataError(
            result.notes[0].text,
            hint="remove them, or set strict = false",
            location=splits.source,
        )
    return replace(splits, notes=splits.notes + result.notes, facts={**splits.facts, **result.facts})


def _require_alike(splits: Splits) -> None:
    """DataError where some parts have any number of labels a text, and others one."""
    parts = [part for part in (splits.train, splits.valid, splits.test) if len(part)]
    if len({part.separator for part in parts}) > 1:
        raise DataError(
            "the parts have not the same separator of labels",
            hint="give each part the separator of train; it is empty where each text has one label",
            location=splits.source,
        )


def oddities(splits: Splits) -> Oddities:
    """Look at all texts and labels, in time and memory that grow with their number.

    Where test rows are in train, the first note says so and `facts["leaked_test_rows"]` counts them.
    """
    parts = {"train": splits.train, "valid": splits.valid, "test": splits.test}
    looked = {name: _looked_at(part.texts) for name, part in parts.items()}
    found = _Findings([], {})
    _leaks(parts, looked, found)
    _repeats(splits.train, looked["train"].exact, found)
    _odd_texts(parts, looked, found)
    _balance(splits.train, found)
    _look_alikes(parts.values(), found)
    _new_labels(parts, found)
    return Oddities(tuple(found.notes), found.facts)


class _Findings(NamedTuple):
    """What becomes `Oddities`."""

    notes: list[Note]
    facts: dict[str, float]


@dataclass(frozen=True, eq=False)
class _Part:
    """What one look at the texts of a part finds: int64 (R,) codes, and which rows (from 0) are odd."""

    exact: NDArray[np.int64]
    normal: NDArray[np.int64]
    odd: dict[str, list[int]]


def _looked_at(texts: Sequence[str]) -> _Part:
    import numpy as np

    exact, normal = np.empty(len(texts), np.int64), np.empty(len(texts), np.int64)
    odd: dict[str, list[int]] = {kind: [] for kind in _ODD}
    start = 0
    for chunk in chunks(texts):
        end = start + len(chunk)
        exact[start:end] = codes(chunk)
        normal[start:end] = codes(normal_forms(chunk))
        for place, kind in _odd_ones(chunk):
            odd[kind].append(start + place)
        start = end
    return _Part(exact, normal, odd)


def _leaks(parts: Mapping[str, Texts], looked: Mapping[str, _Part], found: _Findings) -> None:
    import numpy as np

    train = looked["train"]
    for name in ("test", "valid"):
        part, mine = parts[name], looked[name]
        leaked = np.flatnonzero(np.isin(mine.normal, train.normal) & (mine.normal != BLANK))
        found.facts[f"leaked_{name}_rows"] = len(leaked)
        if len(leaked):
            same = np.count_nonzero(np.isin(mine.exact[leaked], train.exact))
            rows = _first_rows(part, leaked.tolist())
            are = "is" if len(leaked) == 1 else "are"
            said = (
                f"LEAK: {len(leaked):,} of {counted(len(part), f'{name} row')} {are} also in train, "
                f"{same:,} exactly and "
                f"{len(leaked) - same:,} but for case and spaces ({rows}); scores on {name} are too good: "
                f"{_remedy(part)}"
            )
            found.notes.append(Note(said, "loud"))


def _remedy(part: Texts) -> str:
    if part.groups:
        return "remove these rows, or split without split.group, which keeps equal texts together"
    return "remove these rows from one of the two"


def _first_rows(part: Texts, places: Sequence[int]) -> str:
    return first("row", _rows_at(part, places), len(places))


def _rows_at(part: Texts, places: Sequence[int]) -> list[int]:
    """The numbers of the first rows."""
    return [part.rows[place] for place in places[:SHOWN]]


def _repeats(train: Texts, exact: NDArray[np.int64], found: _Findings) -> None:
    """Rows of train whose text came before, and those whose text came before with another label."""
    import numpy as np

    earlier = first_rows(exact)
    repeated: NDArray[np.int64] = np.flatnonzero(earlier != np.arange(len(exact)))
    conflicting = [row for row in repeated.tolist() if train.labels[row] != train.labels[int(earlier[row])]]
    one, several = (f"train {have} the text of an earlier row" for have in ("row has", "rows have"))
    found.notes.extend(
        Note(f"{counted(len(places), one, several)}{what} ({_first_rows(train, places)})")
        for places, what in ((repeated.tolist(), ""), (conflicting, " but another label than its first"))
        if places
    )
    found.facts.update(duplicate_train_rows=len(repeated), conflicting_train_rows=len(conflicting))


def _odd_texts(parts: Mapping[str, Texts], looked: Mapping[str, _Part], found: _Findings) -> None:
    for kind, sentence in _ODD.items():
        count = sum(len(part.odd[kind]) for part in looked.values())
        found.facts[kind] = count
        if count:
            places = [
                f"{name} row {row}" for name in parts for row in _rows_at(parts[name], looked[name].odd[kind])
            ]
            found.notes.append(Note(f"{sentence}: {count:,} ({', '.join(places[:SHOWN])}{more(count)})"))


_ODD = {
    "empty_texts": "empty or blank texts",
    "punctuation_texts": "texts of punctuation only",
    "undecoded_texts": "texts with entities or breaks that nobody decoded, such as &lt; or \\n",
}


def _odd_ones(texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The place and the kind of each odd text."""
    for place, (text, word) in enumerate(zip(texts, map(_WORD.search, texts), strict=True)):
        if word is None:
            if kind := _wordless(text):
                yield place, kind
        elif ("\\" in text or ";" in text) and _undecoded(text):
            yield place, "undecoded_texts"


def _undecoded(text: str) -> bool:
    patterns = {"\\": _BREAK, "&": _ENTITY, "#": _BARE_ENTITY}
    return any(char in text and pattern.search(text) for char, pattern in patterns.items())


def _wordless(text: str) -> str:
    """What a text without a letter or digit is; nothing for symbols such as emoji, which are content."""
    if is_blank(text):
        return "empty_texts"
    seen = {unicodedata.category(char)[0] for char in set(text) if not char.isspace()} - {"C", "Z"}
    return "punctuation_texts" if seen <= {"P", "M"} else ""


def _balance(train: Texts, found: _Findings) -> None:
    counts = Counter(train.names)
    label, most = counts.most_common(1)[0] if counts else ("", 0)
    fraction = most / len(train) if counts else 0.0
    found.facts.update(classes=len(counts), majority_fraction=fraction)
    if len(counts) > _MANY_CLASSES:
        each = f"{len(counts):,} classes, with {len(train) / len(counts):.3g} train rows each on average"
        said = f"{each}: a model and predictions.csv grow with them; is the label column the right one?"
        found.notes.append(Note(said))
    if train.separator:
        _balance_of_sets(train, counts, found)
    elif fraction >= _MAJORITY and len(counts) > 1:
        said = f"{100 * fraction:.4g} % of train is {label!r}: always answering that is the score to beat"
        found.notes.append(Note(said))


def _balance_of_sets(train: Texts, counts: Counter[str], found: _Findings) -> None:
    """How many labels texts have, and labels that say nothing because all texts have them."""
    sizes = Counter(map(len, train.label_sets))
    mean = sum(size * rows for size, rows in sizes.items()) / max(1, len(train))
    found.facts.update(labels_per_text=round(mean, 6), unlabelled_train_rows=sizes[0])
    said = (
        f"{counted(len(counts), 'label')}, {mean:.3g} a text on average and {max(sizes, default=0)} at most"
    )
    found.notes.append(Note(f"{said}; {counted(sizes[0], 'text')} of train without any"))
    if every := sorted(name for name, rows in counts.items() if rows == len(train)):
        names = ", ".join(map(repr, every[:SHOWN])) + more(len(every))
        found.notes.append(Note(f"every text of train has the label {names}, which says nothing of a text"))


def _look_alikes(parts: Iterable[Texts], found: _Findings) -> None:
    alike = look_alikes(label for part in parts for label in set(part.names))
    found.facts["look_alike_labels"] = len(alike)
    found.notes.extend(note_of_alike(alike))


def _new_labels(parts: Mapping[str, Texts], found: _Findings) -> None:
    known = set(parts["train"].names)
    for name in ("valid", "test"):
        part = parts[name]
        rows = [
            row for row, labels in zip(part.rows, part.label_sets, strict=True) if not known >= set(labels)
        ]
        found.facts[f"unseen_label_{name}_rows"] = len(rows)
        if rows:
            names = sorted(set(part.names) - known)
            listed = ", ".join(map(repr, names[:SHOWN])) + more(len(names))
            one = f"{name} row has a label that train lacks, so it counts as an error"
            several = f"{name} rows have a label that train lacks, so they count as errors"
            said = counted(len(rows), one, several)
            found.notes.append(Note(f"{said}: {listed} ({first('row', rows, len(rows))})"))
