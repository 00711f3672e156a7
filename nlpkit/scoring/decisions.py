"""How logits become probabilities, labels and a loss.

Axes: R rows, B texts of a batch, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal, Self

from nlpkit.scoring import multi_label
from nlpkit.scoring.losses import LossOf, TextsLoss, summed_cross_entropy
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import called, given_by
from nlpkit.settings.values import number, refuse

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from nlpkit.vocab import Gold


@dataclass(frozen=True)
class Decision(Settings):
    """What logits mean: how they become probabilities, labels and a loss.

    task: single_label gives each text one class, the likeliest; multi_label each label that is likely enough
    thresholds: of multi_label, from which probability on each label is given, in the order of the labels; 0.5
        where there are none
    temperature: what logits are divided by, so that probabilities are as sure as they are right
        (Guo et al., 2017, "On Calibration of Modern Neural Networks")
    """

    task: Literal["single_label", "multi_label"] = "single_label"
    temperature: float = 1.0
    thresholds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        refuse(
            number(1e-9, 1e9, temperature=self.temperature),
            {"thresholds": "are for multi_label"} if self.thresholds and not self.multi_label else {},
            *(number(0, 1, thresholds=each) for each in self.thresholds),
        )

    @property
    def multi_label(self) -> bool:
        """Whether a text is given any number of labels."""
        return self.task == "multi_label"

    def probabilities(self, logits: Tensor) -> Tensor:
        """Float64 (B, C) from logits (B, C): each row adds up to 1, or each label is likely for itself."""
        scaled = logits.double() / self.temperature
        return scaled.sigmoid() if self.multi_label else scaled.softmax(dim=1)

    def labels(self, probabilities: NDArray[np.float64]) -> Gold:
        """Class ids int64 (R,) from probabilities (R, C): the likeliest, the first of equals. Or bool (R, C):
        which labels each text is given.
        """
        if self.multi_label:
            return multi_label.given(probabilities, self.thresholds)
        found: NDArray[np.int64] = probabilities.argmax(axis=1)
        return found

    def named(self, found: Gold, names: Sequence[str]) -> list[Any]:
        """What `labels` has found, by the names of the classes: one for each text, or a tuple of any number.

        >>> import numpy as np
        >>> SINGLE_LABEL.named(np.array([1, 0]), ["art", "oil"])
        ['oil', 'art']
        >>> MULTI_LABEL.named(np.array([[True, True], [False, False]]), ["art", "oil"])
        [('art', 'oil'), ()]
        """
        if self.multi_label:
            return [tuple(compress(names, row)) for row in found.tolist()]
        return [names[each] for each in found.tolist()]

    def right(self, logits: Tensor, labels: Tensor) -> Tensor:
        """How many texts of logits (B, C) get their label of int64 (B,), or exactly their labels of bool
        (B, C): one number, on their device.
        """
        if self.multi_label:
            return ((logits >= 0) == labels).all(dim=1).sum()
        return (logits.argmax(dim=1) == labels).sum()

    def loss(
        self, class_weights: NDArray[np.float64] | None, label_smoothing: float, device: torch.device
    ) -> SummedLoss:
        """Cross-entropy, each text by the weight of its class: float (C,), all above 0, or 1 for all; binary
        for any number of labels.
        """
        of = multi_label.summed_binary if self.multi_label else summed_cross_entropy
        return SummedLoss.of(partial(of, label_smoothing=label_smoothing), class_weights, device)


SINGLE_LABEL = Decision()
MULTI_LABEL = Decision("multi_label")


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
        """Logits (B, C), computed with in float32, and labels int64 (B,) or bool (B, C): one number."""
        loss: Tensor = called(self.summed, logits.float(), labels)
        return given_by(self.summed, loss, getattr(loss, "shape", None) == (), "a tensor of one number")

    def weight_of(self, labels: Gold) -> float:
        """The weights of labels int64 (B,), added up. Texts of any number of labels, (B, C), weigh 1."""
        if labels.ndim > 1:
            return float(len(labels))
        return float(len(labels) if self.class_weights is None else self.class_weights[labels].sum())
