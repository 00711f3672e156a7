"""What was chosen for the labels is a part of the model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlpkit import DataError, Decision, DecisionConfig, Model, Pool, load
from nlpkit.system.sealed import seal_bytes
from tests.models.test_added import plugin

TEXTS = ["the coach praises the goalkeeper", "the minister", "shares of the bank"]
CHOSEN = {
    "thresholds": Decision(thresholds=(0.1, 0.2, 0.3, 0.4), asked=DecisionConfig(thresholds="f1_macro")),
    "precision": Decision(levels=(0.1, 2.0, 0.3, 0.0), asked=DecisionConfig(precision=0.9)),
    "accuracy": Decision(levels=(0.9,), asked=DecisionConfig(accuracy=0.9, confidence=0.9)),
    "coverage": Decision(set_level=0.2, asked=DecisionConfig(coverage=0.9)),
}


def deciding(trained: Path, decision: Decision, *, pool: bool) -> Model | Pool:
    model = load(trained)
    assert isinstance(model, Model)
    if pool:
        return Pool(("one", "two"), (0.5, 0.25), (model, model), model.labels, decision=decision)
    return replace(model, settings=replace(model.settings, decision=decision))


@pytest.mark.parametrize("kind", CHOSEN)
@pytest.mark.parametrize("pool", [False, True])
def test_a_decision_is_saved_with_the_model_in_a_format_that_older_versions_refuse(
    kind: str, pool: bool, trained: Path, tmp_path: Path
) -> None:
    model = deciding(trained, CHOSEN[kind], pool=pool)
    model.write(tmp_path)
    again = load(tmp_path)
    assert again.decision == CHOSEN[kind]
    assert again.columns(TEXTS) == model.columns(TEXTS)
    assert json.loads((tmp_path / "bundle.json").read_text(encoding="utf-8"))["format"] == 3


@pytest.mark.parametrize("pool", [False, True])
def test_a_model_that_only_takes_the_likeliest_class_is_written_as_before(
    pool: bool, trained: Path, tmp_path: Path
) -> None:
    deciding(trained, Decision(temperature=2.0) if not pool else Decision(), pool=pool).write(tmp_path)
    about = json.loads((tmp_path / "bundle.json").read_text(encoding="utf-8"))
    assert (about["format"], "decision" in about) == (2, False)
    settings = tmp_path / "one" / "settings.toml" if pool else tmp_path / "settings.toml"
    _, written = settings.read_text(encoding="utf-8").split("[decision]\n")
    assert [line.split(" = ")[0] for line in written.splitlines() if line] == ["task", "temperature"]


def test_a_text_without_a_label_is_none_and_its_probabilities_stay(trained: Path) -> None:
    model = deciding(trained, replace(CHOSEN["accuracy"], levels=(2.0,)), pool=False)
    assert model.predict(TEXTS) == [None] * 3
    assert model.columns(TEXTS) == {"label": [None] * 3}
    np.testing.assert_array_equal(
        model.probabilities(TEXTS), deciding(trained, Decision(), pool=False).probabilities(TEXTS)
    )


def test_a_set_of_labels_is_beside_each_label(trained: Path) -> None:
    model = deciding(trained, replace(CHOSEN["coverage"], set_level=0.0), pool=True)
    columns = model.columns(TEXTS)
    assert list(columns) == ["label", "labels"]
    assert columns["label"] == [each[0] for each in columns["labels"]] == model.predict(TEXTS)
    assert [sorted(each) for each in columns["labels"]] == [sorted(model.labels.names)] * 3


@pytest.mark.parametrize("pool", [False, True])
def test_a_decision_for_other_classes_is_refused(pool: bool, trained: Path, tmp_path: Path) -> None:
    decision = replace(CHOSEN["precision"], levels=(0.1, 0.2, 0.3))
    deciding(trained, decision, pool=pool).write(tmp_path)
    with pytest.raises(DataError, match="the decision has 3 levels, and there are 4 classes"):
        load(tmp_path)


def test_a_damaged_decision_of_a_pool_is_refused(trained: Path, tmp_path: Path) -> None:
    deciding(trained, CHOSEN["coverage"], pool=True).write(tmp_path)
    seal = tmp_path / "bundle.json"
    forged = {**json.loads(seal.read_bytes()), "decision": {"task": "single_label", "set_level": 7}}
    seal.write_bytes(seal_bytes(forged))
    with pytest.raises(
        DataError, match=r"the decision of the members: set_level: 7.0 is not a number from 0 to"
    ):
        load(tmp_path)


def test_a_hook_is_told_none_where_the_model_abstains(trained: Path) -> None:
    told: list[list[str | None]] = []

    def nlpkit_predicted(texts: list[str], labels: list[str | None]) -> dict[str, list[int]]:
        told.append(list(labels))
        return {"n": [len(text) for text in texts]}

    model = deciding(trained, replace(CHOSEN["accuracy"], levels=(2.0,)), pool=False)
    columns = model.columns(TEXTS, add=[plugin(nlpkit_predicted)])
    assert columns == {"label": [None] * 3, "n": [*map(len, TEXTS)]}
    assert told == [[], [None] * 3]
