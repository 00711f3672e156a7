from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from nlpkit.scoring.losses import log_probabilities, summed_cross_entropy, summed_focal

LOGITS = torch.tensor([[0.0, math.log(3)], [math.log(9), 0.0]])  # probabilities 1/4 3/4, 9/10 1/10
GOLD = torch.tensor([1, 1])


def test_focal_loss_is_the_one_worked_out_by_hand() -> None:
    by_hand = -(0.25**2) * math.log(0.75) - 0.9**2 * math.log(0.1)
    assert summed_focal()(LOGITS, GOLD).item() == pytest.approx(by_hand, rel=1e-6)
    weighted = summed_focal(torch.tensor([5.0, 0.5]), gamma=1.0)
    by_hand = 0.5 * (-0.25 * math.log(0.75) - 0.9 * math.log(0.1))
    assert weighted(LOGITS, GOLD).item() == pytest.approx(by_hand, rel=1e-6)


def test_focal_loss_without_focus_is_cross_entropy() -> None:
    weights = torch.tensor([5.0, 0.5])
    expected = summed_cross_entropy(weights)(LOGITS, GOLD)
    torch.testing.assert_close(summed_focal(weights, gamma=0.0)(LOGITS, GOLD), expected)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("sure", [0.0, 10.0, 30.0, 1000.0])
def test_focal_loss_of_a_text_that_is_all_sure_or_all_wrong_has_a_finite_slope(
    gamma: float, sure: float
) -> None:
    logits = torch.tensor([[sure, 0.0], [0.0, sure]], requires_grad=True)
    loss = summed_focal(gamma=gamma)(logits, torch.tensor([0, 0]))
    [slope] = torch.autograd.grad(loss, logits)
    assert loss.isfinite()
    assert slope.isfinite().all()


def test_smoothing_spreads_probability_over_all_classes() -> None:
    found = summed_cross_entropy(label_smoothing=0.2)(LOGITS[:1], GOLD[:1])
    assert found.item() == pytest.approx(-0.9 * math.log(0.75) - 0.1 * math.log(0.25), rel=1e-6)


def test_log_probabilities_are_those_of_torch() -> None:
    torch.testing.assert_close(log_probabilities(LOGITS), F.log_softmax(LOGITS, dim=1))
