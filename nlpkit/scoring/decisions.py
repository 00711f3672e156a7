"""How logits become probabilities, labels and a loss.

Axes: R rows, B texts of a batch, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Self

from nlpkit.scoring.losses import LossOf, TextsLoss, summed_cross_entropy
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import called, given_by
from nlpkit.settings.values import number, refuse

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True)
class Decision(Settings):
    """What logits mean: how they become probabilities, labels and a loss.

    task: single_label gives each text one class, the likeliest
    temperature: what logits are divided by, so that probabilities are as sure as they are right
        (Guo et al., 2017, "On Calibration of Modern Neural Networks")
    """

    task: Literal["single_label"] = "single_label"
    temperature: float = 1.0

    def __post_init__(self) -> None:
        refuse(number(1e-9, 1e9, temperature=self.temperature))

    def probabilities(self, logits: Tensor) -> Tensor:
        """Float64 (B, C), each row adds up to 1, from logits (B, C)."""
        return (logits.double() / self.temperature).softmax(dim=1)

    def labels(self, probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """Class ids (R,) from probabilities (R, C): the likeliest, the first of equals."""
        found: NDArray[np.int64] = probabilities.argmax(axis=1)
        return found

    def right(self, logits: Tensor, labels: Tensor) -> Tensor:
        """How many texts of logits (B, C) get their label of int64 (B,): one number, on their device."""
        return (logits.argmax(dim=1) == labels).sum()

    def loss(
        self, class_weights: NDArray[np.float64] | None, label_smoothing: float, device: torch.device
    ) -> SummedLoss:
        """Cross-entropy, each text by the weight of its class: float (C,), all above 0, or 1 for all."""
        build = partial(summed_cross_entropy, label_smoothing=label_smoothing)
        return SummedLoss.of(build, class_weights, device)


SINGLE_LABEL = Decision()


@dataclass(frozen=True, eq=False)
class SummedLoss:
    """The loss of a batch, in shares that add up: `summed` over texts.

    Divided by `weight_of` the labels of a whole batch, the sums over its parts add up to its mean loss.
    """

    summed: TextsLoss
    class_weights: NDArray[np.float64] | None

    @classmethod
    def of(cls, build: LossOf, class_weights: NDArray[np.float64] | None, device: torch.device) -> Self:
        """What `build` makes of the weights; ValueError where one is not above 0."""
        import torch

        if class_weights is not None and not (class_weights > 0).all():
            raise ValueError("a class weight is not above 0: the loss of a batch would be divided by 0")
        weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
        return cls(build(None if weights is None else weights.to(device)), class_weights)

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Logits (B, C), computed with in float32, and labels int64 (B,): one number."""
        loss: Tensor = called(self.summed, logits.float(), labels)
        return given_by(self.summed, loss, getattr(loss, "shape", None) == (), "a tensor of one number")

    def weight_of(self, labels: NDArray[np.int64]) -> float:
        """The weights of labels int64 (B,), added up."""
        return float(len(labels) if self.class_weights is None else self.class_weights[labels].sum())
