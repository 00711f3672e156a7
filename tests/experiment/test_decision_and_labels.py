"""What is asked of labels, where texts have any number of them."""

from __future__ import annotations

import pytest

import nlpkit


@pytest.mark.parametrize("asked", [{"precision": 0.9}, {"coverage": 0.9}, {"thresholds": "f1_macro"}])
def test_a_decision_is_refused_by_name_where_texts_have_any_number_of_labels(
    asked: dict[str, object],
) -> None:
    decision = nlpkit.DecisionConfig(**asked)  # type: ignore[arg-type]
    with pytest.raises(nlpkit.SettingsError, match="decision: is for one label a text"):
        nlpkit.Experiment(data=nlpkit.Headlines(multi_label=True), decision=decision)
