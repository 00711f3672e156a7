from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpkit import Experiment, InMemory, Linear, Member, Standard, Tfidf, run
from nlpkit.ragged import Ragged
from nlpkit.runs import baseline as baselines
from nlpkit.runs.observer import Observer
from tests.runs.quick import EXPERIMENT

WITH = replace(EXPERIMENT, baseline=True)
LINEAR = Member(encoder=Tfidf(), collator=EXPERIMENT.collator, trainer=Linear())
BAG = Member(encoder=EXPERIMENT.encoder, collator=EXPERIMENT.collator, trainer=EXPERIMENT.trainer)  # type: ignore[arg-type]


class Heard(Observer):
    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, sentence: str) -> None:
        self.stages.append(sentence)


def table(experiment: Experiment) -> dict[str, Any]:
    found: dict[str, Any] = run(experiment).scored["baseline"]
    return found


def test_a_run_stands_beside_a_linear_model() -> None:
    heard = Heard()
    result = run(WITH, observer=heard)
    found, base = result.scored["baseline"], result.baseline
    assert base is not None
    assert base.predicted is not None
    right, ours = base.predicted == result.gold, result.predicted == result.gold
    assert found["model"] == "linear, words and pairs"
    assert found["accuracy"] == right.mean() > 0.25
    assert found["interval"][0] < found["accuracy"] < found["interval"][1]
    assert found["above"]["accuracy"] == pytest.approx(ours.mean() - right.mean())
    assert found["above"]["interval"][0] <= found["above"]["accuracy"] <= found["above"]["interval"][1]
    assert heard.stages[-1] == "training a linear model to compare with (baseline = false: none)"
    assert result.wall_seconds["baseline"] > 0


def test_the_model_of_the_run_is_the_same_with_and_without_it() -> None:
    one, other = run(WITH), run(EXPERIMENT)
    assert np.array_equal(one.probabilities, other.probabilities)
    assert "baseline" not in other.scored


def test_two_runs_have_the_same_baseline() -> None:
    assert table(WITH) == table(WITH)


def test_a_process_of_its_own_finds_what_this_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = table(WITH)
    monkeypatch.setattr(baselines, "can_fork", lambda: False)
    assert table(WITH) == apart


def test_a_run_that_is_a_linear_model_is_its_own_baseline() -> None:
    lone = replace(WITH, encoder=LINEAR.encoder, trainer=LINEAR.trainer)
    result = run(lone)
    assert result.scored["baseline"] == {
        "model": "a linear model itself",
        "accuracy": result.scored["accuracy"],
        "interval": result.scored["intervals"]["accuracy"],
    }


def test_the_linear_member_of_a_pool_is_the_baseline() -> None:
    pool = replace(
        WITH,
        members=(BAG, LINEAR),
        **{name: getattr(Experiment(data=WITH.data), name) for name in ("encoder", "collator", "trainer")},
    )
    found = table(pool)
    alone = run(replace(EXPERIMENT, encoder=LINEAR.encoder, trainer=LINEAR.trainer))
    assert found["model"] == "its member tfidf"
    assert found["accuracy"] == alone.scored["accuracy"]


def test_a_run_that_trains_again_on_the_validation_texts_has_a_baseline_that_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = []
    fitted = baselines._fitted

    def counting(train: Ragged, *rest: Any) -> Any:
        sizes.append(len(train))
        return fitted(train, *rest)

    monkeypatch.setattr(baselines, "can_fork", lambda: False)
    monkeypatch.setattr(baselines, "_fitted", counting)
    run(WITH)
    run(replace(WITH, refit=True))
    assert sizes == [80, 100]


def test_of_very_many_texts_it_learns_from_some_of_each_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "MOST_CHARS", 8000)
    found = table(WITH)
    assert found["model"].startswith("linear, words and pairs of ")
    assert found["accuracy"] > 0.25
    assert baselines._evenly(np.array([0, 0, 1, 0, 0, 0, 2]), 3).tolist() == [0, 2, 4, 6]
    assert baselines._evenly(np.array([1, -1, 0, 1, -2]), 2).tolist() == [0, 2]
    assert baselines._evenly(np.array([1, 0, 1]), 1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("forks", [True, False])
def test_what_fails_in_it_costs_the_run_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, forks: bool
) -> None:
    def failing(*_: object) -> None:
        raise MemoryError("too many features")

    monkeypatch.setattr(baselines, "_fitted", failing)
    monkeypatch.setattr(baselines, "can_fork", lambda: forks)
    result = run(WITH, tmp_path / "run")
    assert "there is no linear model to compare with: too many features" in [n.text for n in result.notes]
    scored = json.loads((tmp_path / "run" / "scores.json").read_text(encoding="utf-8"))
    assert scored["baseline"] == {"left_out": "too many features"}
    assert "  baseline_accuracy  none: too many features\n" in (tmp_path / "run" / "report.txt").read_text(
        encoding="utf-8"
    )


def test_a_process_that_is_killed_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(baselines, "_fitted", killed)
    assert table(WITH) == {"left_out": "its process ended early, perhaps for lack of memory"}


def test_texts_without_spaces_are_read_by_their_characters() -> None:
    texts = ["股市上涨银行利率", "球队赢得比赛进球", "股市下跌银行贷款", "球队输掉比赛射门"] * 10
    data = InMemory(texts=texts, labels=["a", "b"] * 20)
    trainer = Standard(batch_size=10, epochs=1)
    with pytest.warns(Warning, match="."):
        found = table(replace(WITH, data=data, trainer=trainer))
    assert (found["model"], found["accuracy"]) == ("linear, characters and pairs", 1.0)


def test_pairs_are_of_neighbours_in_one_text() -> None:
    ids = Ragged.from_rows([[2, 3, 2, 3], [3], [], [2, 2]])
    rows, numbers = baselines._pairs(ids, 10)
    assert (rows.tolist(), numbers.tolist()) == ([0, 0, 0, 3], [23, 32, 23, 22])
    known = baselines._frequent(numbers)
    found = baselines._with_pairs(ids, known, 10)
    assert [found[row].tolist() for row in range(4)] == [[2, 3, 2, 3, 10, 10], [3], [], [2, 2]]
