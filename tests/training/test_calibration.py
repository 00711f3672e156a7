from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from nlpkit.training.calibration import HIGHEST, LOWEST, scale_of, weights_of

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
    # softmax of the true class of three has to be (4 + 1) / (4 + 2): e^s / (e^s + 2)
    assert scale_of(margins, np.array([0, 1, 2, 0])) == pytest.approx(np.log(10), rel=1e-3)


def test_many_classes_make_nothing_unsure() -> None:
    classes = 60
    logits = RANDOM.normal(size=(2, 200, classes))
    gold = np.arange(200) % classes
    logits[:, np.arange(200), gold] += 2.0
    found = np.tensordot(weights_of(list(logits), gold), logits, 1)
    best = min(cross_entropy(scale * found, gold) for scale in np.exp(np.linspace(-1, 1, 201)))
    assert cross_entropy(found, gold) <= 1.02 * best


def test_margins_that_are_worse_than_chance_keep_their_order() -> None:
    assert scale_of(np.eye(2)[[0] * 50], np.array([1] * 50)) == pytest.approx(LOWEST, rel=1e-2)


def test_tiny_margins_are_bounded_too() -> None:
    assert scale_of(np.eye(2)[[0] * 50] * 1e-9, np.array([0] * 50)) <= HIGHEST


def test_without_rows_of_known_classes_nothing_is_scaled() -> None:
    assert scale_of(np.zeros((0, 3)), np.zeros(0, np.int64)) == 1.0
    assert scale_of(np.ones((2, 3)), np.array([-1, -1])) == 1.0


def test_members_get_back_the_weights_that_labels_were_drawn_with() -> None:
    first, second = RANDOM.normal(size=(2, 20_000, 3))
    drawn = (2 * first + 0.5 * second + RANDOM.gumbel(size=first.shape)).argmax(axis=1)
    assert weights_of([first, second], drawn) == pytest.approx([2, 0.5], rel=0.1)


def test_a_member_that_misleads_weighs_nothing() -> None:
    good = RANDOM.normal(size=(2000, 3))
    gold = (2 * good + RANDOM.gumbel(size=good.shape)).argmax(axis=1)
    weights = weights_of([good, -good + RANDOM.normal(size=good.shape)], gold)
    assert weights[1] == 0
    assert weights[0] == pytest.approx(scale_of(good, gold), rel=1e-4)


def test_no_other_weights_have_less_cross_entropy() -> None:
    logits = RANDOM.normal(size=(3, 1000, 4)) * np.array([1, 5, 20])[:, None, None]
    gold = (logits.sum(axis=0) + RANDOM.normal(size=(1000, 4)) * 9).argmax(axis=1)
    best = weights_of(list(logits), gold)
    least = cross_entropy(np.tensordot(best, logits, 1), gold)
    for member in range(3):
        for factor in (0.9, 1.1):
            other = best.copy()
            other[member] *= factor
            assert cross_entropy(np.tensordot(other, logits, 1), gold) >= least - 1e-5


def test_the_size_of_logits_makes_no_difference() -> None:
    logits = RANDOM.normal(size=(2, 500, 3))
    gold = (logits.sum(axis=0) + RANDOM.gumbel(size=(500, 3))).argmax(axis=1)
    plain = weights_of(list(logits), gold)
    assert weights_of([logits[0] * 1e3, logits[1] / 1e3], gold) == pytest.approx(
        [plain[0] / 1e3, min(plain[1] * 1e3, HIGHEST)], rel=1e-3
    )


def test_without_rows_members_weigh_the_same() -> None:
    assert weights_of([np.zeros((0, 3))] * 2, np.zeros(0, np.int64)).tolist() == [0.5, 0.5]
