"""How logits become probabilities, labels and a loss.

Axes: R rows, B texts of a batch, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from nlpkit.scoring import choices, multi_label
from nlpkit.scoring.choices import NEVER
from nlpkit.scoring.losses import LossOf, TextsLoss, summed_cross_entropy
from nlpkit.scoring.settings import DecisionConfig
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import called, given_by
from nlpkit.settings.values import number, refuse

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from nlpkit.vocab import Gold

_ONE_LABEL: Final = "is for one label a text"


@dataclass(frozen=True)
class Decision(Settings):
    """What logits mean: how they become probabilities, labels and a loss.

    task: single_label gives each text one class, the likeliest unless there are thresholds; multi_label each
        label that is likely enough
    temperature: what logits are divided by, so that probabilities are as sure as they are right
        (Guo et al., 2017, "On Calibration of Modern Neural Networks")
    thresholds: one for each class: a text gets the class whose probability is the largest multiple of its
        threshold, or of multi_label each label whose probability reaches it, 0.5 where there are none
    levels: the probability from which on a label is given, one for each class or one for all; others are
        abstained from
    set_level: the probability from which on a class belongs to the set of labels of a text
    asked: what thresholds and levels were chosen for
    """

    task: Literal["single_label", "multi_label"] = "single_label"
    temperature: float = 1.0
    thresholds: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    set_level: float | None = None
    asked: DecisionConfig = field(default_factory=DecisionConfig)

    def __post_init__(self) -> None:
        least = 0.0 if self.multi_label else 1e-12  # which probabilities are divided by
        refuse(
            number(1e-9, 1e9, temperature=self.temperature),
            *(number(least, 1, **{f"thresholds[{at}]": each}) for at, each in enumerate(self.thresholds)),
            *(number(0, NEVER, **{f"levels[{at}]": each}) for at, each in enumerate(self.levels)),
            number(0, 1, set_level=self.set_level),
            {"levels": _ONE_LABEL} if self.multi_label and self.levels else {},
            {"set_level": _ONE_LABEL} if self.multi_label and self.has_sets else {},
        )

    @property
    def multi_label(self) -> bool:
        """Whether a text is given any number of labels."""
        return self.task == "multi_label"

    @property
    def abstains(self) -> bool:
        """Whether texts may get no label for lack of a sure one."""
        return bool(self.levels)

    @property
    def has_sets(self) -> bool:
        """Whether texts get a set of labels beside their label."""
        return self.set_level is not None

    def require_classes(self, count: int) -> None:
        """ValueError where it is one of another number of classes."""
        for name, fits in (("thresholds", (0, count)), ("levels", (0, 1, count))):
            if len(getattr(self, name)) not in fits:
                raise ValueError(
                    f"the decision has {len(getattr(self, name))} {name}, and there are {count} classes"
                )

    def probabilities(self, logits: Tensor) -> Tensor:
        """Float64 (B, C) from logits (B, C): each row adds up to 1, or each label is likely for itself."""
        scaled = logits.double() / self.temperature
        return scaled.sigmoid() if self.multi_label else scaled.softmax(dim=1)

    def log_odds(self, logits: Tensor, label: int) -> Tensor:
        """Float64 (B,) from logits (B, C): the log-odds of a class against all others together, or of a label
        by itself, without the rounding of a probability near 1. Of the only class, its logit.
        """
        scaled = logits.double() / self.temperature
        if self.multi_label or scaled.shape[1] == 1:
            return scaled[:, label]
        others = [each for each in range(scaled.shape[1]) if each != label]
        return scaled[:, label] - scaled[:, others].logsumexp(dim=1)

    def labels(self, probabilities: NDArray[np.float64]) -> Gold:
        """Class ids int64 (R,) from probabilities (R, C): the likeliest or, with thresholds, the furthest
        above its own; the first of equals. Texts that are abstained from have one too. Or bool (R, C): which
        labels each text is given.
        """
        if self.multi_label:
            return choices.given(probabilities, self.thresholds)
        return choices.chosen(probabilities, self.thresholds)

    def answered(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which texts get their label, bool (R,), from probabilities (R, C); it abstains from others."""
        return choices.reached(probabilities, self.labels(probabilities), self.levels)

    def given(self, probabilities: NDArray[np.float64]) -> list[Any]:
        """The class id of each text, None where it is abstained from, from probabilities (R, C); a tuple of
        any number of ids where each text has that.
        """
        labels = self.labels(probabilities)
        if self.multi_label:
            places = range(labels.shape[1])
            return [tuple(compress(places, row)) for row in labels.tolist()]
        if not self.abstains:
            return list(labels.tolist())
        answered = self.answered(probabilities).tolist()
        return [label if each else None for label, each in zip(labels.tolist(), answered, strict=True)]

    def named(self, probabilities: NDArray[np.float64], names: Sequence[str]) -> list[Any]:
        """What is `given`, by the names of the classes.

        >>> import numpy as np
        >>> SINGLE_LABEL.named(np.array([[0.1, 0.9], [0.8, 0.2]]), ["art", "oil"])
        ['oil', 'art']
        >>> MULTI_LABEL.named(np.array([[0.7, 0.6], [0.2, 0.1]]), ["art", "oil"])
        [('art', 'oil'), ()]
        """
        found = self.given(probabilities)
        if self.multi_label:
            return [tuple(names[each] for each in ids) for ids in found]
        return [None if id is None else names[id] for id in found]

    def sets(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which classes are in the set of labels of each text, bool (R, C), from probabilities (R, C): its
        label always, and each other one from `set_level` on.
        """
        return choices.in_sets(probabilities, self.labels(probabilities), self.set_level)

    def set_ids(self, probabilities: NDArray[np.float64]) -> list[list[int]]:
        """The class ids in the set of labels of each text, the likeliest first, from probabilities (R, C)."""
        return choices.likeliest_first(probabilities, self.sets(probabilities))

    def right(self, logits: Tensor, labels: Tensor) -> Tensor:
        """How many texts of logits (B, C) get their label of int64 (B,), or exactly their labels of bool
        (B, C): one number, on their device.
        """
        if self.multi_label:
            return ((logits >= 0) == labels).all(dim=1).sum()
        if not self.thresholds:
            return (logits.argmax(dim=1) == labels).sum()
        import torch

        thresholds = torch.tensor(self.thresholds, dtype=torch.float64, device=logits.device)
        return ((self.probabilities(logits) / thresholds).argmax(dim=1) == labels).sum()

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
