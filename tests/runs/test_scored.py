from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Csv, DataError, EmbeddingMean, Split, Standard, run
from nlpkit.notes import Note
from tests.runs.quick import EXPERIMENT
from tests.runs.test_run import ROWS, csv_of


def test_a_monitor_without_validation_rows_is_noted_unless_it_is_the_default(tmp_path: Path) -> None:
    data = Csv(train=csv_of(tmp_path, *ROWS), split=Split(valid_fraction=0.0))
    said = Note(
        "there are no validation rows, so f1_macro cannot tell the best epoch, "
        "and the last one is kept (trainer.monitor)"
    )
    for monitor, expected in (("f1_macro", True), ("accuracy", False)):
        result = run(replace(EXPERIMENT, data=data, trainer=Standard(epochs=1, monitor=monitor)))
        assert (said in result.notes) == expected


@dataclass(frozen=True)
class Dividing(EmbeddingMean):
    """Divides by the number of tokens that are not unknown, which is 0 for some texts."""

    def build(self, vocab: Any) -> Any:
        from torch import nn

        inner = super().build(vocab)

        class Divided(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner, self.output_dim = inner, inner.output_dim

            def forward(self, batch: Any) -> Any:
                known = (batch.ids > 1).any()
                return self.inner(batch) / known

        return Divided()


def test_test_texts_whose_probabilities_are_not_numbers_leave_no_run_folder(tmp_path: Path) -> None:
    train = csv_of(tmp_path, *ROWS)
    test = csv_of(tmp_path, ("unheard of", "good"), name="b.csv")
    data = Csv(train=train, test=test, split=Split(valid_fraction=0.0))
    with pytest.raises(DataError, match=r"^the model gives probabilities that are not numbers\n"):
        run(replace(EXPERIMENT, data=data, encoder=Dividing()), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_labels_that_training_never_saw_have_rows_of_their_own(tmp_path: Path) -> None:
    train = csv_of(tmp_path, *ROWS)
    new = [("a day", "odd"), ("bad day", "bad"), ("some day", "even"), ("a night", "odd")]
    test = csv_of(tmp_path, *new, name="b.csv")
    data = Csv(train=train, valid=test, test=test)
    result = run(replace(EXPERIMENT, data=data))
    assert result.gold.tolist() == [-1, 0, -2, -1]
    assert [row["name"] for row in result.scored["classes"]] == ["bad", "good", "even", "odd"]
    assert result.scored["unseen_labels"] == 2
    assert result.scored["averages"]["macro"]["f1"] == pytest.approx(result.scores["f1_macro"])
    assert result.scored["majority_accuracy"] == 0.5
