"""The datasets of torchtext that have one text and one class a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self, get_args

from nlpkit import Dataset, Split, one_of, refuse
from nlpkit.data import folder_problems, offline
from nlpkit_torchtext.loading import unusable

if TYPE_CHECKING:
    from nlpkit import NlpkitError, Splits

Name = Literal[
    "AG_NEWS",
    "AmazonReviewFull",
    "AmazonReviewPolarity",
    "CoLA",
    "DBpedia",
    "IMDB",
    "SogouNews",
    "SST2",
    "YahooAnswers",
    "YelpReviewFull",
    "YelpReviewPolarity",
]


class Form(NamedTuple):
    """Which place of a row is the label and which the text, and the splits that have labels."""

    label: int = 0
    text: int = 1
    splits: tuple[str, ...] = ("train", "test")


FORMS: Final = {
    **{name: Form() for name in get_args(Name)},
    "CoLA": Form(label=1, text=2, splits=("train", "dev", "test")),
    "SST2": Form(label=1, text=0, splits=("train", "dev")),  # the labels of test were never published
}


@dataclass(frozen=True)
class TorchtextDataset(Dataset):
    """A dataset of torchtext, with the labels it gives, such as "1" to "4" for AG_NEWS.

    name: the function in torchtext.datasets
    root: folder that has the files, as torchtext lays them out; torchtext's own cache folder where unset
    train: torchtext's name of the texts to learn from
    valid: torchtext's name of the texts to choose the best epoch by; rows of train where unset
    test: torchtext's name of the texts to score; its last one with labels where unset
    download: whether torchtext may download what root lacks
    split: how rows of train are drawn for valid
    """

    name: Name
    root: Path | None = None
    train: str = "train"
    valid: str | None = None
    test: str | None = None
    download: bool = False
    split: Split = field(default_factory=lambda: Split(test_fraction=0.0))

    def __post_init__(self) -> None:
        asked = {"train": self.train, "valid": self.valid, "test": self.test}
        known = FORMS[self.name].splits
        problems = one_of(known, **{part: name for part, name in asked.items() if name is not None})
        grouped = self.split.group is not None
        refuse(problems, {"split": "torchtext's datasets have no column to group by"} if grouped else {})

    def problems_here(self) -> Iterator[NlpkitError]:
        """torchtext, and a folder that is not here and must not be downloaded."""
        yield from unusable(f"datasets.{self.name}")
        if self.root is not None and (offline() or not self.download):
            yield from folder_problems(self.root)

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """What `nlpkit plugin check` tries."""
        return (cls(name="AG_NEWS"),)

    def build(self) -> Callable[[], Splits]:
        return partial(_read, self)


def _read(settings: TorchtextDataset) -> Splits:
    from nlpkit_torchtext.reading import read_dataset

    return read_dataset(settings)
