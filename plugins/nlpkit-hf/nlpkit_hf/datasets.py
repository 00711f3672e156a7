"""Datasets as the Hugging Face library reads them: from a folder, or from a pinned revision on the hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nlpkit import Dataset, Split, refuse
from nlpkit_hf.sources import bad_source, missing, source_problems

if TYPE_CHECKING:
    from nlpkit import NlpkitError, Splits


@dataclass(frozen=True)
class HfDataset(Dataset):
    """Parquet, Arrow, JSON or CSV files, in a folder or on the hub; a dataset's own script is never run.

    A label that the dataset has as a number with names is read as its name.

    folder: has the files, or is what save_to_disk wrote
    name: a dataset on the hub instead, such as fancyzhx/ag_news
    revision: the commit of it, by its hash, or a tag
    config: which one, where the dataset has several configurations
    text: columns that make the text, joined by one space
    label: column of the label
    train: its split of the texts to learn from
    valid: its split of the texts to choose the best epoch by; rows of train where unset
    test: its split of the texts to score; rows of train where unset
    split: how rows of train are drawn for valid and test
    label_type: "string" takes labels as they are written; "auto" refuses likely mistakes, such as NULL
    strict: whether test rows that are also in train are refused, not only reported
    allow_constant: whether a single class will do
    """

    folder: Path | None = None
    name: str | None = None
    revision: str | None = None
    config: str | None = None
    text: tuple[str, ...] = ("text",)
    label: str = "label"
    train: str = "train"
    valid: str | None = None
    test: str | None = None
    split: Split = field(default_factory=Split)
    label_type: Literal["auto", "string"] = "auto"
    strict: bool = False
    allow_constant: bool = False

    def __post_init__(self) -> None:
        texts = {} if self.text else {"text": "is empty; name one column or more"}
        grouped = isinstance(self.split.group, int)
        group = {"split": "the group is a column's name here, not a number"} if grouped else {}
        refuse(bad_source(self.folder, self.name, self.revision), texts, group)

    def problems_here(self) -> Iterator[NlpkitError]:
        """A folder that is not here, one that has no files to read, and the missing library."""
        from nlpkit_hf.reading import PATTERNS, folder_refusals

        yield from missing("datasets")
        pinned = (self.name or "", self.revision or "")
        yield from source_problems(self.folder, pinned, "dataset", PATTERNS, folder_refusals)

    def build(self) -> Callable[[], Splits]:
        return partial(_read, self)


def _read(settings: HfDataset) -> Splits:
    from nlpkit_hf.reading import read_dataset

    return read_dataset(settings)
