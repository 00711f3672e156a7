from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from nlpkit.data import Splits
from nlpkit.training import EpochReport, TrainerState

REPORT = ("epoch", "epochs", "texts", "train_loss", "train_accuracy", "learning_rate", "train_seconds")
STATE = ("epoch", "model", "optimizer", "best_epoch", "best_score", "best_model")


@pytest.mark.parametrize(
    ("built", "required"),
    [
        (EpochReport, (*REPORT, "texts_per_second", "valid", "best")),
        (TrainerState, STATE),
        (Splits, ("train", "valid", "test", "source")),
    ],
)
def test_a_new_field_of_what_plugins_build_has_a_default(built: type, required: tuple[str, ...]) -> None:
    without = [each for each in fields(built) if each.default is MISSING and each.default_factory is MISSING]
    assert tuple(each.name for each in without) == required
