from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import figures, tables
from benchmarks.figures import Figure
from benchmarks.page import page
from benchmarks.records import Measurements, Record, Session, Writer, read


def test_a_figure_is_the_median_with_the_lowest_and_the_highest() -> None:
    assert Figure.of([3.0, 1.0, 2.0]) == Figure(2.0, 1.0, 3.0, 3)
    assert Figure.of([1.0, 2.0]).median == 1.5
    assert Figure.of([1234.5, 1000, 2000]).shown() == "1,234 (1,000-2,000)"
    assert Figure.of([0.5]).shown(2) == "0.50"
    assert Figure.of([2e6, 4e6]).shown(1, 1e6) == "3.0 (2.0-4.0)"


def record(contender: str = "a", number: int = 1, **end: Any) -> Record:
    """Two epochs of 100 documents, in 2 s and in 1 s."""
    epochs = [
        {"event": "epoch", "documents": 100, "seconds": 2.0, "accuracy": 0.8, "elapsed": 5.0},
        {"event": "epoch", "documents": 100, "seconds": 1.0, "accuracy": 0.9, "elapsed": 7.0},
    ]
    events = [{"event": "prepared", "seconds": 0.5}, *epochs, {"event": "end", "peak_bytes": 2e6, **end}]
    return Record(contender, "sample", number, events, 8.0)


def test_the_first_epoch_is_told_apart_from_the_later_ones() -> None:
    assert figures.first_rate(record()) == 50
    assert figures.later_rate(record()) == 100
    assert figures.first_to_later(record()) == 2.0


def test_the_time_to_a_target_is_that_of_the_first_epoch_that_reached_it() -> None:
    assert figures.target_seconds(record()) == 7.0
    assert figures.target_epoch(record()) == 2
    never = Record("a", "sample", 1, [{**record().epochs[0], "accuracy": None}])
    assert figures.target_seconds(never) is None
    assert figures.shown([never], figures.target_seconds) == "-"


def test_a_trainer_of_one_call_has_no_first_epoch() -> None:
    one = record(later_rate=70.0, before_epochs=0.25)
    assert figures.first_rate(one) is None
    assert (figures.later_rate(one), figures.preparation_seconds(one)) == (70.0, 0.75)


def test_the_whole_of_a_prediction_is_the_command_line_where_there_is_one() -> None:
    events: list[dict[str, Any]] = [{"event": "predicted", "documents": 100, "seconds": 0.5}]
    assert figures.whole_prediction_rate(Record("a", "sample", 1, events, 2.0)) == 50
    events.append({"event": "command", "seconds": 4.0})
    assert figures.whole_prediction_rate(Record("a", "sample", 1, events, 2.0)) == 25
    assert figures.prediction_rate(Record("a", "sample", 1, events, 2.0)) == 200


def test_the_rate_of_a_command_leaves_its_start_up_out() -> None:
    events = [
        {"event": "first", "elapsed": 1.5},
        {"event": "predicted", "documents": 100, "seconds": 0.5},
        {"event": "command", "seconds": 2.0},
    ]
    assert figures.prediction_rate(Record("a", "sample", 1, events, 2.0)) == 200
    events[-1]["seconds"] = 1.75
    assert figures.prediction_rate(Record("a", "sample", 1, events, 2.0)) == 400


def session(kind: str, missing: dict[str, str] | None = None) -> Session:
    never: dict[str, Any] = {"zipf_documents": None, "single_shot": False, "stop_at": None}
    contender = {"settings": {}, "epochs": 2, "full_rounds": 2, **never}
    names = {"notebook": "notebook loop", "a": "A", "b": "B"}
    facts = {"title": "Tiny", "documents": 100, "test_documents": 10, "words": 900, "distinct_words": 90}
    return Session(
        kind=kind,
        date="2000-01-01 00:00 UTC",
        rounds=2,
        machine={"processor": "Abacus", "cores": 2, "memory_bytes": 2**31, "system": "S", "python": "3"},
        contenders={name: {**contender, "title": title} for name, title in names.items()},
        corpora=dict.fromkeys(("sample", "zipf"), facts),
        missing=missing or {},
    )


def test_the_page_has_every_figure_and_says_who_is_missing_and_why(tmp_path: Path) -> None:
    write = Writer(tmp_path, session("train", {"b": "no such wheel"}))
    for each in (record("notebook"), record("a", versions={"torch": "9.9"}), record("a", 2)):
        write(each)
    write(Record("a", "sample", 3, failed="exit code 1: out of beads"))
    text = page(read(tmp_path))
    assert "Abacus, 2 cores, 2 GiB, S; torch 9.9" in text
    assert "| A | 0.50 (0.50-0.50) | 50 (50-50) | 100 (100-100) | 2.00 (2.00-2.00) | 1.0 | - |" in text
    assert "| B | not installed |" in text
    assert "- not installed: B: no such wheel" in text
    assert "- A, sample, round 3: exit code 1: out of beads" in text
    assert "## Prediction" not in text
    heads = [line for line in text.split("\n") if line.startswith("| contender")]
    rows = [line for line in text.split("\n") if line.startswith("| A ")]
    assert [line.count(" | ") for line in heads] == [line.count(" | ") for line in rows]


def test_growth_is_shown_for_each_document() -> None:
    grown = Measurements(session("growth"), [record("a")])
    lines = tables.growth(grown)
    assert lines[2:] == ["| A | 100 | 100 | 90 | 0.5 | 5000 | 1.0 | 10000 | 2 | 20.0 |"]
