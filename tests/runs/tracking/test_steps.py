from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlpkit import EmbeddingMean, Experiment, Headlines, Standard, Tracker, hookimpl, run
from nlpkit.training import TrainingProgress

TOLD: list[TrainingProgress] = []


class Steps:
    @hookimpl
    def nlpkit_step_ended(self, progress: TrainingProgress) -> None:
        TOLD.append(progress)
        progress.texts = 10**6  # a copy


@dataclass(frozen=True)
class Following(Tracker):
    """It is told of each step."""

    def build(self) -> Steps:
        return Steps()


def trained(**given: Any) -> Any:
    data, trainer = Headlines(train_size=50, valid_size=4, test_size=4), Standard(batch_size=20, epochs=2)
    return run(Experiment(data=data, encoder=EmbeddingMean(), trainer=trainer, **given))


def test_a_tracker_is_told_of_each_step_and_changes_nothing() -> None:
    TOLD.clear()
    result = trained(track=(Following(),))
    assert [each.epoch for each in TOLD] == [1, 1, 1, 2, 2, 2]
    assert TOLD[2].loss == result.epochs[0].train_loss
    assert TOLD[0].loss != TOLD[1].loss
    alone = trained()
    assert [each.train_loss for each in alone.epochs] == [each.train_loss for each in result.epochs]
    assert alone.epochs[1].texts == result.epochs[1].texts == 50
