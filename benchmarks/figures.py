"""From the records of some rounds to medians with their spread."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.contenders import TARGET
from benchmarks.records import Record


@dataclass(frozen=True)
class Figure:
    """The median of some values, the lowest and the highest."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Figure:
        """Of one value or more.

        >>> Figure.of([3, 1, 2])
        Figure(median=2, low=1, high=3, count=3)
        """
        known = sorted(values)
        return cls(statistics.median(known), known[0], known[-1], len(known))

    def shown(self, digits: int = 0, unit: float = 1.0) -> str:
        """Median and spread; the spread only where there are several values.

        >>> Figure.of([1000, 1500, 900]).shown()
        '1,000 (900-1,500)'
        """
        median, low, high = (f"{value / unit:,.{digits}f}" for value in (self.median, self.low, self.high))
        return f"{median} ({low}-{high})" if self.count > 1 else median


Measure = Callable[[Record], float | None]


def figure(records: Sequence[Record], measure: Measure) -> Figure | None:
    """A measure over the rounds; None where no round has it."""
    values = [value for record in records if (value := measure(record)) is not None]
    return Figure.of(values) if values else None


def shown(records: Sequence[Record], measure: Measure, digits: int = 0, unit: float = 1.0) -> str:
    """A measure for a cell of a table; a dash where no round has it."""
    found = figure(records, measure)
    return found.shown(digits, unit) if found else "-"


def median(records: Sequence[Record], measure: Measure) -> float | None:
    """The median alone."""
    found = figure(records, measure)
    return found.median if found else None


def preparation_seconds(record: Record) -> float | None:
    """Reading, tokenizing and the vocabulary, all that comes before the first epoch."""
    seconds = record.event("prepared").get("seconds")
    return None if seconds is None else seconds + record.event("end").get("before_epochs", 0.0)


def first_rate(record: Record) -> float | None:
    """Documents a second of the first epoch, where epochs can be told apart."""
    epochs = record.epochs
    return _rate(epochs[:1]) if "later_rate" not in record.event("end") else None


def later_rate(record: Record) -> float | None:
    """Documents a second of all epochs but the first; of the whole where there is but one."""
    own: float | None = record.event("end").get("later_rate")
    return own or _rate(record.epochs[1:]) or _rate(record.epochs)


def first_to_later(record: Record) -> float | None:
    """The time of the first epoch as a multiple of a later one's."""
    first, later = first_rate(record), _rate(record.epochs[1:])
    return later / first if first and later else None


def accuracy(record: Record) -> float | None:
    """On the test texts after the last epoch."""
    value: float | None = record.epochs[-1]["accuracy"] if record.epochs else None
    return value


def target_seconds(record: Record) -> float | None:
    """From the start of the process to the end of the epoch, and its test, that reached the target."""
    for epoch in record.epochs:
        if epoch["accuracy"] is not None and epoch["accuracy"] >= TARGET:
            return float(epoch["elapsed"])
    return None


def target_epoch(record: Record) -> float | None:
    """Which epoch that was."""
    for number, epoch in enumerate(record.epochs, 1):
        if epoch["accuracy"] is not None and epoch["accuracy"] >= TARGET:
            return float(number)
    return None


def training_seconds(record: Record) -> float | None:
    """From the start of the process to the last epoch's end, all tests in between included."""
    return float(record.epochs[-1]["elapsed"]) if record.epochs else None


def epoch_seconds(record: Record) -> float | None:
    """Of the first epoch."""
    return float(record.epochs[0]["seconds"]) if record.epochs else None


def peak_bytes(record: Record) -> float | None:
    value: float | None = record.event("end").get("peak_bytes")
    return value


def model_bytes(record: Record) -> float | None:
    value: float | None = record.event("end").get("model_bytes")
    return value


def padding_factor(record: Record) -> float | None:
    """Cells of a batch for each token in it."""
    value: float | None = record.event("end").get("padding_factor")
    return value


def prediction_rate(record: Record) -> float | None:
    """Documents a second from file to file, the model loaded; of its own command where there is one, which
    works while it reads, less the time to the first label.
    """
    predicted, first = record.event("predicted"), first_label_seconds(record)
    command = record.event("command").get("seconds")
    if predicted and command and first and command > first:
        return float(predicted["documents"] / (command - first))
    return _rate([predicted]) if predicted else None


def whole_prediction_rate(record: Record) -> float | None:
    """Documents a second of the whole process, from its start to its end."""
    documents = record.event("predicted").get("documents")
    seconds = record.event("command").get("seconds", record.wall_seconds)
    return documents / seconds if documents and seconds else None


def first_label_seconds(record: Record) -> float | None:
    """From the start of the process to the label of one text."""
    value: float | None = record.event("first").get("elapsed")
    return value


def _rate(events: Sequence[dict[str, float]]) -> float | None:
    seconds = sum(event["seconds"] for event in events)
    return sum(event["documents"] for event in events) / seconds if seconds else None
