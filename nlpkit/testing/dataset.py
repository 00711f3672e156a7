"""What a dataset promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Dataset
from nlpkit.errors import MissingError, NetworkError, NlpkitError
from nlpkit.system.terminal import counted
from nlpkit.testing.promises import Bench, Promise, Skipped, expect, trying
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.surroundings import leaves_the_process_alone

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits, Texts

_COLUMNS = ("texts", "labels", "rows", "groups")


@dataclass
class DatasetBench(Bench):
    """The dataset, read once for all promises."""

    component: Dataset

    def uses(self) -> Iterator[str]:
        if self.splits:  # Skipped where it cannot be read
            self.component.build()()
            yield "reading it"

    def read(self) -> Splits:
        with trying("reading it"):
            return self.component.build()()

    @cached_property
    def _first(self) -> Splits | NlpkitError:
        try:
            return self.component.build()()
        except (NetworkError, MissingError) as error:  # not tried again for each promise
            return error

    @property
    def splits(self) -> Splits:
        with trying("reading it"):
            first = self._first
        if isinstance(first, NlpkitError):
            raise Skipped(f"it cannot be read here: {first.message}")
        return first

    def parts(self) -> dict[str, Texts]:
        return {name: getattr(self.splits, name) for name in ("train", "valid", "test")}


def gives_splits(bench: DatasetBench) -> None:
    """Columns of one length in three parts."""
    from nlpkit.data.texts import Splits, Texts

    given = type(bench.splits).__name__
    expect(isinstance(bench.splits, Splits), f"reading it gives a {given}, not Splits")
    for name, part in bench.parts().items():
        expect(isinstance(part, Texts), f"{name} is a {type(part).__name__}, not Texts")
        columns = [each for each in _COLUMNS if each != "groups" or len(part.groups)]
        sizes = {column: len(getattr(part, column)) for column in columns}
        sizes |= {f"slices[{name!r}]": len(cells) for name, cells in part.slices.items()}
        shown = ", ".join(f"{size:,} {column}" for column, size in sizes.items())
        expect(len(set(sizes.values())) == 1, f"{name} has {shown}")


def has_rows_to_learn_from(bench: DatasetBench) -> None:
    """A run refuses a dataset that has none."""
    expect(len(bench.splits.train) > 0, "train has no rows")


def gives_strings(bench: DatasetBench) -> None:
    """Labels are names; numbers are written out."""
    for name, part in bench.parts().items():
        for column in ("texts", "labels", "groups"):
            for row, value in enumerate(getattr(part, column)):
                expect(
                    isinstance(value, str),
                    f"{column}[{row}] of {name} is {value!r}, a {type(value).__name__} and not a string",
                )


def is_the_same_twice(bench: DatasetBench) -> None:
    """Whatever is drawn is drawn from a seed in the settings."""
    parts, again = bench.parts(), bench.read()
    for name, part in parts.items():
        other: Texts = getattr(again, name)
        for column in _COLUMNS:
            first, second = list(getattr(part, column)), list(getattr(other, column))
            one = counted(len(first), column.removesuffix("s"))
            expect(
                len(first) == len(second),
                f"{name} has {one}, and {len(second):,} the second time",
            )
            place = next(
                (i for i, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1]), None
            )
            expect(place is None, f"{column}[{place}] of {name} is another one the second time")


def leaks_nothing(bench: DatasetBench) -> None:
    """A leak in the source is what a run warns of, not what a plugin can mend."""
    from nlpkit.data.auditing.oddities import oddities

    splits = bench.splits
    leaked = oddities(splits).facts["leaked_test_rows"]
    if leaked:
        are = "is" if leaked == 1 else "are"
        raise Skipped(
            f"{leaked:,.0f} of {counted(len(splits.test), 'test row')} {are} in train as well, "
            "which every run warns of"
        )


PROMISES: tuple[Promise[DatasetBench], ...] = (
    *SETTINGS,
    Promise("it gives splits with columns of one length", gives_splits),
    Promise("train has rows", has_rows_to_learn_from),
    Promise("texts and labels are strings", gives_strings),
    Promise("reading it twice gives the same rows", is_the_same_twice),
    Promise("no test row is in train", leaks_nothing),
    Promise("it changes nothing of the process", leaves_the_process_alone),
)
