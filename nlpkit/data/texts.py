"""What a dataset gives: columns of texts and label names, for train, valid and test."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Literal, Self

from nlpkit.data.reading.labels.sets import SEPARATOR, joined, parts
from nlpkit.data.reading.packed import PackedTexts
from nlpkit.notes import Note
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.data.reading.layout import LabelType, Layout
    from nlpkit.vocab import Gold, Labels


@dataclass(frozen=True, repr=False)
class Texts:
    """Texts beside their label names; all columns have the same length.

    `rows` are the 1-based record numbers in the source, which predictions are reported under.
    `groups` has the value of the group column where one was asked for, and is empty otherwise.
    `separator` is set where a text has any number of labels: it stands between the names in `labels`, which
    are in string order there, and empty where there is none. `of_sets` makes such texts. `slices` has other
    columns by name, whose values have scores of their own. `weights` say how much each text counts in
    training, beside the others; empty where all count the same.
    """

    texts: Sequence[str]
    labels: Sequence[str]
    rows: Sequence[int] = ()
    groups: Sequence[str] = ()
    separator: str = ""
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    weights: Sequence[float] = ()

    @classmethod
    def of_sets(
        cls, texts: Sequence[str], label_sets: Iterable[Iterable[str]], separator: str = SEPARATOR
    ) -> Self:
        """Texts with any number of labels each.

        >>> Texts.of_sets(["Oil prices fell"], [{"oil", "markets"}]).labels
        ['markets|oil']
        """
        sets = list(map(set, label_sets))
        if bad := next((name for names in sets for name in names if not name or separator in name), None):
            raise ValueError(f"the label {bad!r} has {separator!r} in it, which stands between labels")
        return cls(texts, [joined(names, separator) for names in sets], separator=separator)

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.labels):
            raise ValueError(
                f"{counted(len(self.texts), 'text')} beside {counted(len(self.labels), 'label')}"
            )
        if not self.rows:
            object.__setattr__(self, "rows", range(1, len(self.texts) + 1))

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        labels = counted(len(set(self.names)), "label")
        return f"<Texts: {counted(len(self), 'text')} of {labels}>"

    @property
    def label_sets(self) -> list[tuple[str, ...]]:
        """The labels of each text, in string order: one or, where there is a separator, any number."""
        if not self.separator:
            return [(label,) for label in self.labels]
        cells = {cell: parts(cell, self.separator) for cell in set(self.labels)}
        return [cells[cell] for cell in self.labels]

    @property
    def names(self) -> Iterator[str]:
        """The label names of all texts, one after the other."""
        return chain.from_iterable(self.label_sets) if self.separator else iter(self.labels)

    def gold(self, labels: Labels) -> Gold:
        """Class ids int64 (R,), as `Labels.ids` gives them; bool (R, C + U) where texts have any number of
        labels, as `Labels.matrix` gives it.
        """
        return labels.matrix(self.label_sets) if self.separator else labels.ids(self.labels)

    @property
    def sha256(self) -> str:
        """The hash of texts and labels in their order."""
        digest = sha256()
        for cells in zip(self.texts, self.labels, strict=True):
            for cell in cells:
                content = cell.encode("utf-8", "surrogatepass")
                digest.update(b"%d " % len(content) + content)
        digest.update(array("d", self.weights).tobytes())
        return digest.hexdigest()

    def take(self, indices: Sequence[int]) -> Texts:
        """The texts at `indices`, in that order."""
        texts = self.texts
        return Texts(
            texts=texts.take(indices) if isinstance(texts, PackedTexts) else [texts[i] for i in indices],
            labels=[self.labels[i] for i in indices],
            rows=array("q", map(self.rows.__getitem__, indices)),
            groups=[self.groups[i] for i in indices] if self.groups else (),
            separator=self.separator,
            slices={name: [cells[i] for i in indices] for name, cells in self.slices.items()},
            weights=[self.weights[i] for i in indices] if self.weights else (),
        )


@dataclass(frozen=True)
class SourceFile:
    """A file that was read: its name without a folder, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, repr=False)
class Splits:
    """A dataset, read: three parts and where they came from.

    `notes` are for the terminal, the report and the manifest. `substitute` is a sentence that nobody may
    overlook: it says that other data than what was asked for stands in, and why. A run refuses test rows
    that are also in train where `strict`, and a single class unless `allow_constant`. `layout` is that of
    files with more texts like these, where there is one.

    A run holds the labels of all parts against the rules that files are read by. It takes them as they are
    written where `label_type` is "string", which still refuses empty ones and parts that share no label with
    train; "checked" says that whoever read them has done all of this.
    """

    train: Texts
    valid: Texts
    test: Texts
    source: str
    files: tuple[SourceFile, ...] = ()
    notes: tuple[Note, ...] = ()
    substitute: str = ""
    facts: dict[str, float] = field(default_factory=dict)
    strict: bool = False
    allow_constant: bool = False
    layout: Layout | None = None
    label_type: LabelType | Literal["checked"] = "auto"

    def __repr__(self) -> str:
        parts = (f"{len(getattr(self, part)):,} {part}" for part in ("train", "valid", "test"))
        return f"<Splits of {self.source or 'texts'}: {', '.join(parts)}>"

    @property
    def multi_label(self) -> bool:
        """Whether a text has any number of labels."""
        return bool(self.train.separator)

    @property
    def all_notes(self) -> tuple[Note, ...]:
        """The notes, after a loud one that says what stands in for other data."""
        return (*([Note(self.substitute, "loud")] if self.substitute else ()), *self.notes)
