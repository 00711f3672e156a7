"""A metric that is a component: in scores, as a monitor, in files, as a bar, and on trial."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpkit import (
    ConfigError,
    EmbeddingMean,
    Experiment,
    Headlines,
    Labels,
    Metric,
    ScoredRows,
    Standard,
    load_experiment,
    load_plugins,
    refuse,
    run,
    scores,
)
from nlpkit import number as number_from
from nlpkit.experiment.file import dump_experiment
from nlpkit.plugins.loading import load
from nlpkit.testing import BrokenPromise, check_metric, outcomes


@dataclass(frozen=True)
class MeanCost(Metric):
    """What an error costs on average.

    price: of one error
    """

    price: float = 1.0

    higher_is_better = False
    highest = math.inf

    def __post_init__(self) -> None:
        refuse(number_from(0, 100, price=self.price))

    def build(self) -> Callable[[ScoredRows], float]:
        return partial(cost, price=self.price)


def cost(rows: ScoredRows, price: float) -> float:
    return price * float((rows.gold != rows.predicted).mean())


@dataclass(frozen=True)
class TopTwo(Metric):
    """The share of texts whose label is among the two likeliest."""

    def build(self) -> Callable[[ScoredRows], float]:
        return top_two


def top_two(rows: ScoredRows) -> float:
    likeliest = np.argsort(-rows.probabilities, axis=1, kind="stable")[:, :2]
    return float((likeliest == rows.gold[:, None]).any(axis=1).mean())


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installed plugin with both."""
    found = load([])
    found.registry.add("mean_cost", MeanCost)
    found.registry.add("top-two", TopTwo)
    for module in ("nlpkit.plugins.loading", "nlpkit.experiment.file"):
        monkeypatch.setattr(f"{module}.load_plugins", lambda: found)
    monkeypatch.setattr("nlpkit.plugins.loading.installed_plugins", lambda: found)
    return found


GOLD = np.array([0, 1, 2, -1])
FOUND = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
SMALL = Headlines(train_size=60, valid_size=8, test_size=8)


def test_scores_are_by_the_names_of_metrics() -> None:
    found = scores(["accuracy", MeanCost(price=4.0), TopTwo()], GOLD, FOUND)
    assert found.values == {"accuracy": 0.25, "mean_cost": 3.0, "top_two": 0.5}
    assert found.undefined == {}


def test_it_reads_gold_ids_probabilities_what_was_predicted_and_the_names_of_classes() -> None:
    seen: list[ScoredRows] = []

    @dataclass(frozen=True)
    class Look(Metric):
        """It looks."""

        def build(self) -> Callable[[ScoredRows], float]:
            return lambda rows: seen.append(rows) or 1.0

    assert scores([Look()], GOLD, FOUND, labels=Labels(["a", "b", "c"])).values == {"look": 1.0}
    [rows] = seen
    assert rows.gold is GOLD
    assert rows.probabilities is FOUND
    assert rows.predicted.tolist() == [0, 0, 0, 0]
    assert tuple(rows.classes) == ("a", "b", "c")
    assert rows.decision.task == "single_label"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (ValueError("no text has a price. Really"), "no text has a price"),
        (KeyError("price"), "it raises KeyError: 'price'"),
        (math.nan, "it is nan"),
        (math.inf, "it is inf"),
    ],
)
def test_one_that_is_not_defined_says_why(result: Any, reason: str) -> None:
    @dataclass(frozen=True)
    class Odd(Metric):
        """Odd."""

        def build(self) -> Callable[[ScoredRows], float]:
            def odd(rows: ScoredRows) -> float:
                if isinstance(result, Exception):
                    raise result
                return float(result)

            return odd

    found = scores([Odd(), "accuracy"], GOLD, FOUND)
    assert math.isnan(found.values["odd"])
    assert found.values["accuracy"] == 0.25
    assert found.undefined == {"odd": f"odd is not defined here: {reason}"}


def test_without_rows_it_is_not_asked() -> None:
    found = scores([MeanCost()], np.empty(0, np.int64), np.empty((0, 3)))
    assert found.undefined == {"mean_cost": "mean_cost is not defined here: there are no rows"}


def test_it_tells_the_best_epoch() -> None:
    trainer = Standard(epochs=4, monitor=MeanCost(price=2.0), patience=2, learning_rate=0.01)
    metrics = ("accuracy", MeanCost(price=2.0))
    result = run(Experiment(data=SMALL, encoder=EmbeddingMean(), trainer=trainer, metrics=metrics))
    costs = [report.valid["mean_cost"] for report in result.epochs]
    assert costs == [pytest.approx(2 * (1 - report.valid["accuracy"])) for report in result.epochs]
    best = [report for report in result.epochs if report.best][-1]
    assert best.valid["mean_cost"] == min(costs)
    assert result.scores["mean_cost"] == pytest.approx(2 * (1 - result.scores["accuracy"]))


@pytest.mark.usefixtures("plugins")
class TestInAFile:
    def loaded(self, folder: Path, *lines: str) -> Experiment:
        text = "\n".join([*lines, "[encoder]", 'type = "embedding_mean"', "[data]", 'type = "headlines"'])
        (folder / "x.toml").write_text(text, encoding="utf-8")
        return load_experiment(folder / "x.toml")

    def test_a_name_or_a_table_will_do(self, tmp_path: Path) -> None:
        found = self.loaded(
            tmp_path,
            'metrics = ["accuracy", "top_two", {type = "mean-cost", price = 2.5}]',
            'trainer = {type = "standard", monitor = "mean_cost"}',
        )
        assert found.metrics == ("accuracy", TopTwo(), MeanCost(price=2.5))
        assert found.trainer == Standard(monitor=MeanCost())
        (tmp_path / "y.toml").write_text(dump_experiment(found), encoding="utf-8")
        assert load_experiment(tmp_path / "y.toml") == found

    def test_one_name_is_enough(self, tmp_path: Path) -> None:
        assert self.loaded(tmp_path, 'metrics = "top-two"').metrics == (TopTwo(),)

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ('metrics = ["mean_cos"]', "metrics[0].type: metric 'mean_cos' is not known; did you mean mean"),
            ('metrics = ["acuracy"]', "metrics[0].type: metric 'acuracy' is not known; did you mean accu"),
            ('trainer = {type = "standard", monitor = "to_two"}', "trainer.monitor.type: metric 'to_two' is"),
            ('metrics = [{type = "mean_cost", prize = 1}]', "metrics[0].prize: no such setting; did you"),
            ('metrics = ["mean_cost", {type = "mean_cost", price = 2}]', "two metrics are called mean_cost"),
        ],
    )
    def test_a_mistake_is_told(self, line: str, problem: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            self.loaded(tmp_path, line)
        assert problem in str(caught.value)


def test_it_keeps_what_a_metric_promises() -> None:
    for metric in (
        MeanCost(),
        MeanCost(price=3.0),
        TopTwo(),
        load_plugins().class_of("metric", "f1_macro")(),
    ):
        states = {each.promise: each.reason for each in outcomes(metric) if each.state == "broken"}
        assert states == {}


def broken(said: str, function: Callable[[ScoredRows], Any], **own: Any) -> None:
    namespace = {"build": lambda self: function, "__doc__": "Broken.", **own}
    with pytest.raises(BrokenPromise) as caught:
        check_metric(dataclass(frozen=True)(type(Metric)("Broken", (Metric,), namespace))())
    assert said in str(caught.value)


def test_promises_that_are_broken_are_told() -> None:
    broken("the score of random predictions of 2 classes is 2, not 0 to 1", lambda rows: 2.0)
    broken("it is not defined for two classes, and neither for three", lambda rows: math.nan)
    broken(
        "right predictions have 1 and wrong ones 0, where lower is better", accuracy, higher_is_better=False
    )
    broken("in reverse order", lambda rows: float(rows.probabilities[0, 0]))
    broken("it changes the arrays of", lambda rows: rows.probabilities.fill(0.5) or 0.5)
    broken("depends on their ids", lambda rows: min(1.0, max(0.0, 0.5 - float(rows.gold.min()) / 100)))
    broken("its name is 'a=b'", accuracy, name="a=b")
    broken("raises KeyError", lambda rows: {}["x"])
    broken(
        "raises IndexError",
        lambda rows: float(np.eye(9)[rows.gold - 0][:, 0].sum() * 0 + [0][int(rows.gold.min())]),
    )


def accuracy(rows: ScoredRows) -> float:
    return float((rows.gold == rows.predicted).mean())
