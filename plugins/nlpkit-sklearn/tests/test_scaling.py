from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from nlpkit_sklearn.scaling import HIGHEST, LOWEST, scale_of

RANDOM = np.random.default_rng(3)


def cross_entropy(margins: np.ndarray, gold: np.ndarray) -> float:
    return -float(log_softmax(margins, axis=1)[np.arange(len(gold)), gold].mean())


def test_the_factor_gives_back_the_scale_that_labels_were_drawn_from() -> None:
    logits = RANDOM.normal(size=(20_000, 3)) * 2
    drawn = (logits + RANDOM.gumbel(size=logits.shape)).argmax(axis=1)
    assert scale_of(logits / 5, drawn) == pytest.approx(5, rel=0.05)


def test_no_other_factor_has_less_cross_entropy() -> None:
    margins = RANDOM.normal(size=(2000, 4))
    gold = (margins + RANDOM.normal(size=margins.shape)).argmax(axis=1)
    best = scale_of(margins, gold)
    losses = [cross_entropy(factor * margins, gold) for factor in (best * 0.9, best, best * 1.1)]
    assert losses[1] == min(losses)


def test_rows_without_an_error_give_a_factor_of_a_usual_size() -> None:
    margins = np.eye(3)[[0, 1, 2, 0]]  # true class 1, others 0
    # softmax of the true class has to be 5/7 of three classes: e^s / (e^s + 2)
    assert scale_of(margins, np.array([0, 1, 2, 0])) == pytest.approx(np.log(5), rel=1e-3)


def test_margins_that_are_worse_than_chance_keep_their_order() -> None:
    assert scale_of(np.eye(2)[[0] * 50], np.array([1] * 50)) == pytest.approx(LOWEST, rel=1e-2)


def test_tiny_margins_are_bounded_too() -> None:
    assert scale_of(np.eye(2)[[0] * 50] * 1e-9, np.array([0] * 50)) <= HIGHEST


def test_without_rows_of_known_classes_nothing_is_scaled() -> None:
    assert scale_of(np.zeros((0, 3)), np.zeros(0, np.int64)) == 1.0
    assert scale_of(np.ones((2, 3)), np.array([-1, -1])) == 1.0
