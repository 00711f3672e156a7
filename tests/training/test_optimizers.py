from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nlpkit.training.optimizers import DenseOptimizer, learning_rate_factor


class Plain(nn.Module):
    """One weight for each of two numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))


def steps_of(name: Any, gradients: list[list[float]], **settings: float) -> list[float]:
    model = Plain()
    rate = settings.pop("learning_rate")
    optimizer = DenseOptimizer(name, list(model.parameters()), **settings)
    for gradient in gradients:
        model.weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step(rate)
    return model.weight.tolist()


@pytest.mark.parametrize("decay", [0.0, 0.25])
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_steps_of_adam_are_those_of_its_paper(name: str, decay: float) -> None:
    gradients, rate = [[0.5, -1.0], [0.0, 2.0], [-3.0, 0.1]], 0.1
    weights, means, squares = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for t, gradient in enumerate(map(np.array, gradients), 1):
        if name == "adamw":
            weights = weights - rate * decay * weights
        else:
            gradient = gradient + decay * weights
        means = 0.9 * means + 0.1 * gradient
        squares = 0.999 * squares + 0.001 * gradient**2
        weights = weights - rate * (means / (1 - 0.9**t)) / (np.sqrt(squares / (1 - 0.999**t)) + 1e-8)
    found = steps_of(name, gradients, learning_rate=rate, weight_decay=decay, momentum=0.0)
    assert found == pytest.approx(weights.tolist(), rel=1e-12)


def test_steps_of_sgd_keep_a_share_of_the_last_one() -> None:
    # decay 0.5: gradients 1 + 0.5 and then 0 + 0.425, weights 1 - 0.1 * 1.5 and so on
    found = steps_of("sgd", [[1.0, 0.0], [0.0, 0.0]], learning_rate=0.1, weight_decay=0.5, momentum=0.9)
    assert found == pytest.approx([1 - 0.15 - 0.1 * (0.9 * 1.5 + 0.425), -2 + 0.1 - 0.1 * (-0.9 - 0.95)])


@pytest.mark.parametrize(
    ("schedule", "warmup", "factors"),
    [
        ("constant", 0.0, [1, 1, 1, 1]),
        ("constant", 0.5, [0.5, 1, 1, 1]),
        ("constant", 1.0, [0.25, 0.5, 0.75, 1]),
        ("linear", 0.0, [1, 0.75, 0.5, 0.25]),
        ("linear", 0.5, [0.5, 1, 1, 0.5]),
        ("cosine", 0.0, [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
        ("cosine", 0.25, [1, 1, 0.75, 0.25]),
    ],
)
def test_the_learning_rate_follows_its_schedule(schedule: Any, warmup: float, factors: list[float]) -> None:
    found = [learning_rate_factor(schedule, step, 4, warmup) for step in range(4)]
    assert found == pytest.approx(factors)


def test_a_tenth_of_seventy_steps_is_seven() -> None:
    assert [learning_rate_factor("constant", step, 70, 0.1) for step in range(8)] == pytest.approx(
        [1 / 7, 2 / 7, 3 / 7, 4 / 7, 5 / 7, 6 / 7, 1, 1]
    )


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_a_learning_rate_climbs_then_never_rises_and_never_is_zero(schedule: Any) -> None:
    rates = [learning_rate_factor(schedule, step, 97, 0.2) for step in range(97)]
    top = rates.index(1.0)
    assert all(one < next_one for one, next_one in pairwise(rates[: top + 1]))
    assert all(one >= next_one for one, next_one in pairwise(rates[top:]))
    assert min(rates) > 0


@pytest.mark.parametrize("decay", [0.0, 0.25])
def test_steps_of_adagrad_are_those_of_its_paper(decay: float) -> None:
    gradients, rate = [[0.5, -1.0], [0.0, 2.0], [-3.0, 0.1]], 0.1
    weights, squares = np.array([1.0, -2.0]), np.zeros(2)
    for gradient in map(np.array, gradients):
        gradient = gradient + decay * weights
        squares = squares + gradient**2
        weights = weights - rate * gradient / (np.sqrt(squares) + 1e-10)
    found = steps_of("adagrad", gradients, learning_rate=rate, weight_decay=decay, momentum=0.0)
    assert found == pytest.approx(weights.tolist(), rel=1e-12)
