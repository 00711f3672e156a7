from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import nlpkit
from nlpkit import Decision, EmbeddingMean, SettingsError, Standard, load, scores
from nlpkit.nn.classifier import Classifier

PACKAGE = Path(nlpkit.__file__).parent
LOGITS = torch.tensor([[0.0, 2.0, 1.0], [3.0, -1.0, 3.0], [0.0, 0.0, 5.0]])
OF_DECISIONS = {"argmax", "softmax", "log_softmax", "logsumexp", "cross_entropy", "nll_loss"}
OF_DECISIONS |= {"CrossEntropyLoss", "NLLLoss", "Softmax", "LogSoftmax"}
ELSEWHERE = {
    "models/explaining.py": {"argmax"},  # of any number of labels the likeliest, to explain it
    "runs/mistakes.py": {"argmax"},  # the surest wrong label of a text
    "scoring/choices.py": {"argmax"},  # what decisions are made of, here and in an exported model
    "scoring/closer.py": {"argmax"},  # the class that a probability is about, whatever is decided
    "data/auditing/counts.py": {"argmax"},  # the class that most texts with a word are of
    "data/auditing/label_errors.py": {"argmax"},  # what a model that decides nothing else believes
    "nn/pooling.py": {"softmax"},  # the weights of tokens
    "testing/metric.py": {"argmax"},  # a sample of decided rows
    "testing/step.py": {"argmax"},  # labels that a model is sure of
    "training/calibration.py": {"cross_entropy", "logsumexp"},  # what weights of members are told by
}


class Least(Decision):
    """The unlikeliest class, so that a place that decides by itself is found out."""

    def labels(self, probabilities: Any) -> Any:
        return probabilities.argmin(axis=1)

    def right(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return (logits.argmin(dim=1) == labels).sum()


def test_probabilities_are_the_softmax_in_double_precision() -> None:
    found = Decision().probabilities(LOGITS.bfloat16())
    e = np.e
    expected = [[1, e**2, e], [e**4, 1, e**4], [1, 1, e**5]]
    assert found.dtype == torch.float64
    np.testing.assert_allclose(
        found, [np.array(row) / np.sum(row) for row in expected], rtol=1e-14, atol=1e-17
    )


def test_the_label_is_the_likeliest_class_and_the_first_of_equals() -> None:
    found = Decision().labels(np.array([[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]]))
    assert (found.dtype, found.tolist()) == (np.int64, [1, 0, 0])
    assert Decision().labels(np.empty((0, 3))).shape == (0,)


def test_with_thresholds_the_label_is_furthest_above_its_own() -> None:
    decision = Decision(thresholds=(0.7, 0.3))
    assert decision.labels(np.array([[0.69, 0.31], [0.71, 0.29], [0.2, 0.8]])).tolist() == [1, 0, 1]
    assert decision.labels(np.empty((0, 2))).shape == (0,)


def test_right_answers_are_those_by_thresholds() -> None:
    decision = Decision(thresholds=(0.7, 0.3))
    logits = torch.log(torch.tensor([[0.69, 0.31], [0.71, 0.29]]))
    assert decision.right(logits, torch.tensor([1, 0])).item() == 2
    assert decision.right(logits, torch.tensor([0, 0])).item() == 1


def test_a_text_gets_its_label_from_the_level_of_this_class_on() -> None:
    found = np.array([[0.6, 0.4], [0.5, 0.5], [0.1, 0.9], [0.02, 0.98]])
    assert Decision().given(found) == [0, 0, 1, 1]
    assert Decision(levels=(0.6, 0.95)).given(found) == [0, None, None, 1]
    assert Decision(levels=(0.9,)).given(found) == [None, None, 1, 1]
    assert Decision(levels=(0.0, 2.0)).given(found) == [0, 0, None, None]
    assert Decision(levels=(0.9,)).labels(found).tolist() == [0, 0, 1, 1]


def test_a_set_has_the_label_and_others_from_its_level_on_the_likeliest_first() -> None:
    found = np.array([[0.2, 0.3, 0.5], [0.05, 0.9, 0.05], [0.34, 0.33, 0.33]])
    decision = Decision(set_level=0.3)
    assert decision.set_ids(found) == [[2, 1], [1], [0, 1, 2]]
    assert Decision(set_level=0.95).set_ids(found) == [[2], [1], [0]]
    assert decision.sets(found).tolist()[0] == [False, True, True]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"thresholds": (0.5, 0.0)}, r"thresholds\[1\]: 0.0 is not a number from 1e-12 to 1"),
        ({"levels": (float("nan"),)}, r"levels\[0\]: nan is not a number from 0 to 2"),
        ({"set_level": 1.5}, "set_level: 1.5 is not a number from 0 to 1"),
    ],
)
def test_numbers_that_no_probability_has_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Decision(**given)


def test_right_answers_are_counted() -> None:
    decision = Decision()
    assert decision.right(LOGITS, torch.tensor([1, 0, 2])).item() == 3
    assert decision.right(LOGITS, torch.tensor([1, 2, 0])).item() == 1


@pytest.mark.parametrize("weights", [None, [0.5, 1.0, 3.0]])
def test_shares_of_a_batch_add_up_to_its_mean_loss(weights: list[float] | None) -> None:
    gold = torch.tensor([0, 2, 1])
    given = None if weights is None else np.array(weights)
    loss = Decision().loss(given, 0.1, torch.device("cpu"))
    shares = loss(LOGITS[:1], gold[:1]) + loss(LOGITS[1:].bfloat16(), gold[1:])
    expected = torch.nn.functional.cross_entropy(
        LOGITS, gold, weight=None if weights is None else torch.tensor(weights), label_smoothing=0.1
    )
    assert loss.weight_of(gold.numpy()) == (3.0 if weights is None else 4.5)
    torch.testing.assert_close(shares / loss.weight_of(gold.numpy()), expected)


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_a_weight_that_a_loss_cannot_be_divided_by_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="a class weight is not above 0"):
        Decision().loss(np.array([1.0, weight]), 0.0, torch.device("cpu"))


def test_a_decision_of_another_task_cannot_be_made() -> None:
    with pytest.raises(SettingsError, match="task: 'ranking' is not one of single_label, multi_label"):
        Decision(task="ranking")  # type: ignore[arg-type]


def test_scores_of_labels_are_those_that_the_decision_makes() -> None:
    gold, found = np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]])
    assert scores(["accuracy", "top_k_accuracy"], gold, found).values["accuracy"] == 0.5
    assert scores(["accuracy"], np.array([1, 1]), found, Least()).values == {"accuracy": 1.0}


def test_training_counts_and_scores_by_the_decision_of_its_rows(toy: Callable[..., Any]) -> None:
    corpus = toy()
    model = Classifier(EmbeddingMean().build(corpus.vocab), len(corpus.labels))
    train, valid = (replace(rows, decision=Least()) for rows in (corpus.train, corpus.valid))
    [report] = Standard(epochs=1, learning_rate=0.0).build(corpus.labels, 1)(model, train, valid, None)
    for rows, found in ((train, report.train_accuracy), (valid, report.valid["accuracy"])):
        assert found == (rows.probabilities(model).argmin(axis=1) == rows.labels).mean()


def test_a_model_predicts_by_its_decision(trained: Path) -> None:
    model = load(trained)
    other = replace(model, settings=replace(model.settings, decision=Least()))
    found = model.probabilities(["the coach", "the minister"])
    names = model.labels.names
    assert model.predict(["the coach", "the minister"]) == [names[i] for i in found.argmax(axis=1)]
    assert other.predict(["the coach", "the minister"]) == [names[i] for i in found.argmin(axis=1)]


def names_in(tree: ast.AST) -> set[str]:
    """The names and attributes that code asks for."""
    nodes = list(ast.walk(tree))
    found = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    found |= {node.id for node in nodes if isinstance(node, ast.Name)}
    return found | {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_nothing_else_in_the_package_decides() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): names & OF_DECISIONS
        for path in PACKAGE.rglob("*.py")
        if (names := names_in(ast.parse(path.read_text(encoding="utf-8")))) & OF_DECISIONS
    }
    assert found.pop("scoring/decisions.py") == {"argmax", "logsumexp", "softmax"}
    assert found.pop("scoring/losses.py") == {"cross_entropy", "log_softmax"}
    assert found == ELSEWHERE
