from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Decision, load

TEXTS = ["the coach praises the goalkeeper", "the minister"]


@pytest.fixture
def labels(monkeypatch: pytest.MonkeyPatch, trained: Path) -> list[str]:
    """The unlikeliest class of each text, for which every decision now is."""
    model = load(trained)
    names = [model.labels.names[i] for i in model.probabilities(TEXTS).argmin(axis=1)]
    monkeypatch.setattr(Decision, "labels", lambda self, found: found.argmin(axis=1))
    return names


def test_texts_are_answered_as_the_model_decides(
    trained: Path, tmp_path: Path, labels: list[str], nlpkit: Callable[..., Any]
) -> None:
    assert nlpkit("predict", trained, *TEXTS).out.splitlines() == labels
    answers = nlpkit("predict", trained, *TEXTS, "--json").out.splitlines()
    assert [json.loads(line)["label"] for line in answers] == labels
    nlpkit("predict", trained, *TEXTS, "--output", tmp_path / "new.csv")
    with (tmp_path / "new.csv").open(encoding="utf-8", newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == labels


def test_scores_and_tables_are_of_what_the_model_decides(
    trained: Path, tmp_path: Path, labels: list[str], nlpkit: Callable[..., Any]
) -> None:
    with (tmp_path / "new.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *zip(TEXTS, labels, strict=True)])
    scored = json.loads(nlpkit("evaluate", trained, tmp_path / "new.csv", "--json").out)
    assert (scored["scores"]["accuracy"], scored["accuracy"]) == (1.0, 1.0)
