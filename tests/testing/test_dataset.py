from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nlpkit.components.datasets import AgNews, Csv, FastText, Headlines, Jsonl, LabelText, Tsv
from nlpkit.components.kinds import Dataset
from nlpkit.data.texts import Splits, Texts
from nlpkit.testing import BrokenPromise, Skipped, check_dataset, checks_of

ROWS = [("oil fell", "Business"), ("goal", "Sports"), ("bank rose", "Business"), ("match won", "Sports")] * 5


def test_the_invented_headlines_keep_their_promises() -> None:
    check_dataset(Headlines(train_size=200, valid_size=20, test_size=40))


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (Csv, "{text} {row},{label}"),
        (Tsv, "{text} {row}\t{label}"),
        (Jsonl, '{{"text": "{text} {row}", "label": "{label}"}}'),
        (FastText, "__label__{label} {text} {row}"),
        (LabelText, "{label} {text} {row}"),
    ],
)
def test_every_built_in_format_keeps_its_promises(
    tmp_path: Path, made: Callable[..., Dataset], line: str
) -> None:
    header = {Csv: "text,label\n", Tsv: "text\tlabel\n"}.get(made, "")  # type: ignore[call-overload]
    lines = [line.format(text=text, row=row, label=label) for row, (text, label) in enumerate(ROWS)]
    (tmp_path / "train.txt").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    check_dataset(made(train=tmp_path / "train.txt"))


@pytest.mark.usefixtures("away")
def test_what_cannot_be_downloaded_is_skipped() -> None:
    [check] = [check for check in checks_of(AgNews()) if check.promise == "train has rows"]
    with pytest.raises(Skipped, match="it cannot be read here: "):
        check(AgNews())


@dataclass(frozen=True)
class Given(Dataset):
    """A few rows, changed in each class below."""

    def build(self) -> Callable[[], Splits]:
        return self.read

    def read(self) -> Any:
        return Splits(self.part("train"), self.part("valid"), self.part("test"), source="given")

    def part(self, name: str) -> Any:
        return Texts([f"{name} {i}" for i in range(4)], ["a", "b", "a", "b"])


@dataclass(frozen=True)
class UnequalColumns(Given):
    def part(self, name: str) -> Any:
        return Texts(["one", "two"], ["a"])


@dataclass(frozen=True)
class UnequalRows(Given):
    def part(self, name: str) -> Any:
        return Texts(["one", "two"], ["a", "b"], rows=[1, 2, 3])


@dataclass(frozen=True)
class UnequalSlices(Given):
    def part(self, name: str) -> Any:
        return Texts([f"{name} one", f"{name} two"], ["a", "b"], slices={"country": ["de"]})


@dataclass(frozen=True)
class NumbersAsLabels(Given):
    def part(self, name: str) -> Any:
        return Texts([f"{name} one", f"{name} two"], [0, 1])  # type: ignore[list-item]


@dataclass(frozen=True)
class Shuffled(Given):
    def part(self, name: str) -> Any:
        return super().part(name).take(random.sample(range(4), 4)) if name == "valid" else super().part(name)


@dataclass(frozen=True)
class Growing(Given):
    def part(self, name: str) -> Any:
        READ.append(name)
        return Texts([f"{name} {i}" for i in range(len(READ))], ["a"] * len(READ))


READ: list[str] = []


@dataclass(frozen=True)
class Nothing(Given):
    def part(self, name: str) -> Any:
        return Texts([], [])


@dataclass(frozen=True)
class PlainDict(Given):
    def read(self) -> Any:
        return {"train": self.part("train")}


BROKEN = {
    UnequalColumns: "it gives splits with columns of one length, but reading it raises ValueError: 2 texts "
    "beside 1 label",
    UnequalRows: "it gives splits with columns of one length, but train has 2 texts, 2 labels, 3 rows",
    UnequalSlices: "it gives splits with columns of one length, but train has 2 texts, 2 labels, 2 rows, "
    "1 slices['country']",
    NumbersAsLabels: "texts and labels are strings, but labels[0] of train is 0, a int and not a string",
    Growing: "reading it twice gives the same rows, but train has 1 text, and 4 the second time",
    Nothing: "train has rows, but train has no rows",
    PlainDict: "it gives splits with columns of one length, but reading it gives a dict, not Splits",
}


@pytest.mark.parametrize(
    ("settings", "sentence"), BROKEN.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_a_broken_dataset_is_told_in_one_sentence(settings: type[Dataset], sentence: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        check_dataset(settings())
    assert str(caught.value) == f"{settings.__name__} promises that {sentence}"


def test_rows_that_are_drawn_anew_are_told() -> None:
    random.seed(0)
    with pytest.raises(BrokenPromise, match=r"texts\[\d\] of valid is another one the second time"):
        check_dataset(Shuffled())


def test_the_double_with_nothing_wrong_keeps_its_promises() -> None:
    check_dataset(Given())


@dataclass(frozen=True)
class Leaks(Given):
    def part(self, name: str) -> Any:
        return super().part("train")


def test_a_leak_is_a_reason_and_no_broken_promise() -> None:
    check_dataset(Leaks())
    [check] = [check for check in checks_of(Leaks()) if check.promise == "no test row is in train"]
    with pytest.raises(Skipped, match=r"^4 of 4 test rows are in train as well, which every run warns of$"):
        check(Leaks())
