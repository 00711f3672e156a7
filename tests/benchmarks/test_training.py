from __future__ import annotations

import doctest
import sys
from pathlib import Path

import pytest

from benchmarks import gains, training
from benchmarks.documented import FOLDER, installed
from benchmarks.gains import Measured, Run, choices, chosen, interval, shown, table
from benchmarks.training import FILE, SEEDS, WAYS, Bench, Way
from nlpkit import Experiment, load_experiment, load_plugins

TINY = """
encoder = "embedding_mean"
trainer = { type = "standard", epochs = 2, learning_rate = 0.05 }
data = { type = "headlines", train_size = 60, valid_size = 8, test_size = 8 }
"""


def runs(*tests: float, valid: float = 0.8) -> list[Run]:
    return [Run(valid, test, 10.0) for test in tests]


def test_the_examples_in_docstrings_are_true() -> None:
    assert doctest.testmod(gains).failed == 0


def test_an_interval_is_that_of_student_for_paired_differences() -> None:
    mean, reach = interval([0.01, 0.03])
    assert mean == pytest.approx(0.02)
    assert reach == pytest.approx(12.706 * 0.01, rel=1e-4)  # t of one degree, times the standard error


def test_what_is_best_on_the_test_rows_is_not_chosen_for_it() -> None:
    tried = {("a",): runs(0.99, valid=0.7), ("b",): runs(0.5, valid=0.8), ("c",): runs(0.9, valid=0.8)}
    assert chosen(tried) == ("b",)


def test_a_row_has_the_mean_the_range_and_the_gain_in_pairs() -> None:
    plain = Measured("plain", {(): runs(0.8)}, runs(0.80, 0.82))
    way = Measured("way", {("x=1",): runs(0.1, valid=0.9), ("x=2",): runs(0.9)}, runs(0.81, 0.85))
    assert table(plain, [way])[2:] == [
        "| plain |  | 0.8000 | 0.8100 (0.800-0.820) |  | 10 |",
        "| way | `x=1` | 0.8000 | 0.8300 (0.810-0.850) | +0.0200 ± 0.1271 | 10 |",
    ]
    assert choices([plain, way])[2:] == ["| way | `x=1` | 0.9000 |", "| way | `x=2` | 0.8000 |"]


def test_every_setting_of_every_way_is_an_experiment_of_its_own() -> None:
    with installed("self-attention") as plugins:
        found = [load_experiment(FILE, setting, plugins) for way in WAYS for setting in way.settings()]
    assert len(set(map(repr, found))) == len(found) == 19
    assert "nlpkit_self_attentive" not in sys.modules


def test_the_page_has_a_row_for_every_way_and_for_every_value_that_is_tried() -> None:
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line[2:-2].split(" | ") for line in lines if line.startswith("| ")]
    assert [row[0] for row in rows if len(row) == 6][2:] == [way.title for way in WAYS]
    several = [way for way in WAYS if len(way.values) > 1]
    tried = [[way.title, shown(setting)] for way in several for setting in way.settings()]
    assert [row[:2] for row in rows if len(row) == 3][2:] == tried
    fixed = [shown(setting) for way in WAYS if way not in several for setting in way.settings()]
    assert {row[1] for row in rows if len(row) == 6} - {"set", "---:"} <= {
        *fixed,
        *(each for _, each in tried),
    }


def test_values_are_tried_on_the_first_seeds_and_the_chosen_one_on_all(tmp_path: Path) -> None:
    bench, seen = bench_in(tmp_path), []
    bench.run = lambda setting, seed: seen.append((setting, seed)) or Run(float(setting[0][-1]), 0.5, 1.0)  # type: ignore[method-assign,func-returns-value]
    measured = bench.measured(Way("way", ("trainer.epochs=VALUE",), (1, 3, 2)))
    assert [(setting[0][-1], seed) for setting, seed in seen] == [
        *((value, seed) for value in "132" for seed in SEEDS[:2]),
        *(("3", seed) for seed in SEEDS),
    ]
    assert len(measured.runs) == len(SEEDS)


def test_a_run_that_was_made_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench_in(tmp_path).run(("trainer.epochs=1",), 13)
    assert 0 <= first.test <= 1

    def refuse(experiment: Experiment) -> Run:
        raise AssertionError(f"it is made again with the seed {experiment.seed}")

    monkeypatch.setattr(training, "made", refuse)
    assert bench_in(tmp_path).run(("trainer.epochs=1",), 13) == first
    for setting, seed in ((("trainer.epochs=2",), 13), (("trainer.epochs=1",), 14)):
        with pytest.raises(AssertionError, match=f"again with the seed {seed}"):
            bench_in(tmp_path).run(setting, seed)


def bench_in(folder: Path) -> Bench:
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    return Bench(folder / "tiny.toml", [], folder / "made" / "training.jsonl", load_plugins())
