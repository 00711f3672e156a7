from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlpkit import Decision
from nlpkit.data.texts import Texts
from nlpkit.runs.predictions import write_predictions
from nlpkit.vocab import Labels

LABELS = st.text(st.one_of(st.sampled_from('\r\n,"'), st.characters(exclude_categories=["Cs"])), max_size=6)


def rows_of(folder: Path, names: list[str], gold: list[str], found: list[list[float]]) -> list[list[str]]:
    """What Python's reader finds in the predictions of a result that has no more than they need."""
    chances = np.array(found)
    result: Any = SimpleNamespace(
        model=SimpleNamespace(labels=Labels(names), decision=Decision()),
        splits=SimpleNamespace(test=Texts([""] * len(gold), gold, range(7, 7 + len(gold)))),
        predicted=chances.argmax(axis=1),
        probabilities=chances,
    )
    path = folder / "predictions.csv"
    write_predictions(path, result)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_text_has_a_row_with_the_probability_of_each_class(tmp_path: Path) -> None:
    assert rows_of(tmp_path, ["no", "yes"], ["yes", "odd"], [[0.25, 0.75], [1 - 1e-9, 1e-9]]) == [
        ["row", "gold", "predicted", "probability:no", "probability:yes"],
        ["7", "yes", "yes", "0.25", "0.75"],
        ["8", "odd", "no", "1", "1e-09"],
    ]


@given(names=st.lists(LABELS, min_size=1, max_size=4, unique=True), others=st.lists(LABELS, max_size=3))
def test_labels_of_any_characters_are_read_back(
    tmp_path_factory: Any, names: list[str], others: list[str]
) -> None:
    gold = names + others
    found = [[float(i == j % len(names)) for i in range(len(names))] for j in range(len(gold))]
    head, *rows = rows_of(tmp_path_factory.mktemp("predictions"), names, gold, found)
    assert head[3:] == [f"probability:{name}" for name in names]
    assert [row[1] for row in rows] == gold
    assert [row[2] for row in rows] == [names[i % len(names)] for i in range(len(gold))]


def test_of_more_than_200_classes_there_are_the_five_likeliest(tmp_path: Path) -> None:
    names = [f"class {i}" for i in range(201)]
    found = [0.0] * 201
    found[9], found[4], found[200], found[7] = 0.1, 0.25, 0.5, 0.1
    head, row = rows_of(tmp_path, names, ["class 4"], [found])
    assert head == ["row", "gold", "predicted", *(f"{what}_{i}" for i in range(1, 6) for what in
                                                  ("label", "probability"))]  # fmt: skip
    assert row == ["7", "class 4", "class 200", "class 200", "0.5", "class 4", "0.25", "class 7", "0.1",
                   "class 9", "0.1", "class 0", "0"]  # fmt: skip
    assert len(rows_of(tmp_path, names[:200], ["class 4"], [found[:200]])[0]) == 203
