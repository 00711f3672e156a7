from __future__ import annotations

import math
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from numpy.typing import NDArray

from nlpkit.scoring.metrics import METRICS, scores
from nlpkit.scoring.tables import score_table
from nlpkit.vocab import Labels

CASES = 12  # a case is 21 calls of scikit-learn and 21 of ours
NAMES = ["b", "10", "9", "", "A b", "\u00e9", "nan", "__proto__", "two\nlines", "a"]
OF_LABELS = [name for name, metric in METRICS.items() if not metric.several and metric.reads == "labels"]


def drawn(random: np.random.Generator) -> tuple[Labels, list[str], NDArray[np.float64]]:
    """Classes, gold names of which some are no class, and probabilities with ties, for a few rows or one."""
    classes = Labels(random.permutation(NAMES)[: random.integers(1, 6)].tolist())
    others = [name for name in NAMES if name not in classes][: random.integers(0, 4)]
    pool = random.permutation([*classes.names, *others])[: random.integers(1, 8)]
    gold = random.choice(pool, random.choice([1, 2, 3, 12, 40])).tolist()
    found = random.integers(1, 4, (len(gold), len(classes))).astype(np.float64)
    return classes, gold, found / found.sum(axis=1, keepdims=True)


def of_names(name: str, classes: Labels, gold: list[str], predicted: list[str]) -> float:
    """What scikit-learn says of names, NaN where it refuses."""
    metric = METRICS[name]
    options = dict(metric.options)
    if metric.binary:  # the second class is the positive one, whatever comes second in string order
        options["labels"] = list(classes.names if metric.part is not None else classes.names[1:])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = getattr(sklearn.metrics, metric.function)(gold, predicted, **options)
        except ValueError:
            return math.nan
    return metric.sign * float(value if metric.part is None else value[metric.part])


def check(seed: int) -> None:
    """Every score of labels, and the table, against scikit-learn on the names."""
    random = np.random.default_rng(seed)
    classes, gold, found = drawn(random)
    predicted = [classes.names[each] for each in found.argmax(axis=1)]
    scored = scores(OF_LABELS, classes.ids(gold), found)
    for name, value in scored.values.items():
        if METRICS[name].binary and len(classes) != 2:
            assert math.isnan(value), (seed, name)
        elif not (METRICS[name].needs == "every" and math.isnan(value)):
            expected = of_names(name, classes, gold, predicted)
            assert value == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True), (seed, name)
    table = score_table(scored.values, classes, gold, found.argmax(axis=1))
    assert_agrees(table, scored.values, gold, predicted)


def assert_agrees(
    table: dict[str, Any], values: dict[str, float], gold: list[str], predicted: list[str]
) -> None:
    """The table, the scores beside it and the counts of names say the same."""
    for average, each in table["averages"].items():
        assert each == pytest.approx({rate: values[f"{rate}_{average}"] for rate in each}, abs=1e-12)
    assert table["accuracy"] == pytest.approx(values["accuracy"], abs=1e-12)
    assert table["macro_classes"] == len(set(gold) | set(predicted))
    assert table["majority_accuracy"] == pytest.approx(max(Counter(gold).values()) / len(gold))
    rows = {row["name"]: row for row in table["classes"]}
    assert {name: row["support"] for name, row in rows.items() if row["support"]} == Counter(gold)
    assert {name: row["predicted"] for name, row in rows.items() if row["predicted"]} == Counter(predicted)
    assert [sum(row) for row in table["confusion_matrix"]] == [row["support"] for row in table["classes"]]


def test_every_score_of_labels_is_that_of_scikit_learn_on_their_names() -> None:
    for seed in range(CASES):
        check(seed)


def test_likelihood_ratios_are_those_of_scikit_learn_where_both_classes_have_rows() -> None:
    gold, found = ["no", "yes", "yes", "no"], np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    labels = Labels(["no", "yes"])
    values = scores(["positive_likelihood_ratio"], labels.ids(gold), found).values
    expected = of_names("positive_likelihood_ratio", labels, gold, ["no", "yes", "no", "yes"])
    assert values == {"positive_likelihood_ratio": pytest.approx(expected)}
