from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

import nlpkit
from nlpkit import EmbeddingMean, Experiment, Headlines, Offsetify, Standard
from nlpkit.components.kinds import Loss, Step, Trainer
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import ConfigError, SettingsError
from nlpkit.scoring.metric import Metric

SEVERAL = Headlines(train_size=40, valid_size=10, test_size=10, multi_label=True)
ONE = "is for one label a text, and these texts have any number"


@dataclass(frozen=True)
class OwnLoss(Loss):
    """One that knows one label a text."""

    def build(self, class_weights: Any) -> Any:
        raise AssertionError("it is refused before")


@dataclass(frozen=True)
class OwnStep(Step):
    """One that knows one label a text."""

    def build(self) -> Any:
        raise AssertionError("it is refused before")


@dataclass(frozen=True)
class OwnTrainer(Trainer):
    """One that knows one label a text."""

    def build(self, labels: Any, seed: int, progress: Any = None) -> Any:
        raise AssertionError("it is refused before")


@dataclass(frozen=True)
class OwnMetric(Metric):
    """One that knows one label a text."""

    def build(self) -> Any:
        raise AssertionError("it is refused before")


@dataclass(frozen=True)
class OwnDataset(nlpkit.Dataset):
    """One whose settings do not say how many labels a text has."""

    def build(self) -> Callable[[], Splits]:
        texts = Texts.of_sets([f"text {place}" for place in range(20)], [["oil"], ["oil", "art"]] * 10)
        test = Texts.of_sets(["something else"], [["oil"]])
        return lambda: Splits(texts, Texts.of_sets([], []), test, "mine")


REFUSED = [
    ({"trainer": OwnTrainer()}, f"trainer: (OwnTrainer) {ONE}; use standard or linear"),
    ({"trainer": Standard(loss=OwnLoss())}, f"trainer.loss: (OwnLoss) {ONE}; use cross_entropy or focal"),
    ({"trainer": Standard(steps=(OwnStep(),))}, f"trainer.steps: (OwnStep) {ONE}; leave it out"),
    ({"metrics": (OwnMetric(),)}, f"metrics: (own_metric) {ONE}; use f1_micro, f1_macro or log_loss"),
    ({"metrics": ("cohen_kappa",)}, f"metrics: (cohen_kappa) {ONE}; use f1_micro, f1_macro or log_loss"),
    ({"trainer": Standard(monitor="cohen_kappa")}, f"trainer.monitor: (cohen_kappa) {ONE}"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_what_is_for_one_label_is_refused_before_anything_is_read(changes: Any, said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Experiment(SEVERAL, encoder=EmbeddingMean(), collator=Offsetify(), **changes)
    assert said in str(refusal.value)


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_what_is_for_one_label_is_refused_once_the_texts_say_so(changes: Any, said: str) -> None:
    experiment = Experiment(OwnDataset(), encoder=EmbeddingMean(), collator=Offsetify(), **changes)
    with pytest.raises(ConfigError) as refusal:
        nlpkit.run(experiment)
    assert said in str(refusal.value)


def test_a_score_of_several_labels_is_refused_for_one() -> None:
    data = replace(SEVERAL, multi_label=False)
    experiment = Experiment(data, encoder=EmbeddingMean(), collator=Offsetify(), metrics=("f1_samples",))
    with pytest.raises(ConfigError, match=r"metrics: \(f1_samples\) is for texts with any number of labels"):
        nlpkit.run(experiment)
