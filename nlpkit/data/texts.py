"""What a dataset gives: columns of texts and label names, for train, valid and test."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from nlpkit.data.reading.packed import PackedTexts
from nlpkit.notes import Note
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.data.reading.layout import LabelType, Layout


@dataclass(frozen=True)
class Texts:
    """Texts beside their label names; all columns have the same length.

    `rows` are the 1-based record numbers in the source, which predictions are reported under.
    `groups` has the value of the group column where one was asked for, and is empty otherwise. `slices` has
    other columns by name, by whose values scores are told apart.
    """

    texts: Sequence[str]
    labels: Sequence[str]
    rows: Sequence[int] = ()
    groups: Sequence[str] = ()
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.labels):
            raise ValueError(
                f"{counted(len(self.texts), 'text')} beside {counted(len(self.labels), 'label')}"
            )
        if not self.rows:
            object.__setattr__(self, "rows", range(1, len(self.texts) + 1))

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def sha256(self) -> str:
        """The hash of texts and labels in their order."""
        digest = sha256()
        for cells in zip(self.texts, self.labels, strict=True):
            for cell in cells:
                content = cell.encode("utf-8", "surrogatepass")
                digest.update(b"%d " % len(content) + content)
        return digest.hexdigest()

    def take(self, indices: Sequence[int]) -> Texts:
        """The texts at `indices`, in that order."""
        texts = self.texts
        return Texts(
            texts=texts.take(indices) if isinstance(texts, PackedTexts) else [texts[i] for i in indices],
            labels=[self.labels[i] for i in indices],
            rows=array("q", map(self.rows.__getitem__, indices)),
            groups=[self.groups[i] for i in indices] if self.groups else (),
            slices={name: [cells[i] for i in indices] for name, cells in self.slices.items()},
        )


@dataclass(frozen=True)
class SourceFile:
    """A file that was read: its name without a folder, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
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

    @property
    def all_notes(self) -> tuple[Note, ...]:
        """The notes, after a loud one that says what stands in for other data."""
        return (*([Note(self.substitute, "loud")] if self.substitute else ()), *self.notes)
