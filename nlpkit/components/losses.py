"""Losses: what training minimises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Loss
from nlpkit.scoring.losses import summed_cross_entropy, summed_focal
from nlpkit.scoring.multi_label import summed_binary, summed_binary_focal
from nlpkit.settings.values import number, refuse

if TYPE_CHECKING:
    from torch import Tensor

    from nlpkit.scoring.losses import TextsLoss


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """The negative logarithm of the probability of the label.

    label_smoothing: probability taken from the true class and spread over all (Szegedy et al., 2016)
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        refuse(number(0, 1, label_smoothing=self.label_smoothing))

    def build(self, class_weights: Tensor | None) -> TextsLoss:
        return summed_cross_entropy(class_weights, label_smoothing=self.label_smoothing)

    def build_multi_label(self, class_weights: Tensor | None) -> TextsLoss:
        return summed_binary(class_weights, label_smoothing=self.label_smoothing)


@dataclass(frozen=True)
class Focal(Loss):
    """Cross-entropy in which a text counts less, the surer the model is of its label (Lin et al., 2017).

    gamma: how much less: a text of probability p counts (1 - p) ^ gamma; 0 is cross-entropy
    """

    gamma: float = 2.0

    def __post_init__(self) -> None:
        refuse(number(0, 100, gamma=self.gamma))

    def build(self, class_weights: Tensor | None) -> TextsLoss:
        return summed_focal(class_weights, gamma=self.gamma)

    def build_multi_label(self, class_weights: Tensor | None) -> TextsLoss:
        return summed_binary_focal(class_weights, gamma=self.gamma)
