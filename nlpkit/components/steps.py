"""Steps: what is done around each pass of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Step
from nlpkit.settings.values import number, refuse

if TYPE_CHECKING:
    from nlpkit.training.passes import StepFunction


@dataclass(frozen=True)
class Fgm(Step):
    """Learn each text a second time, its token vectors moved to where it is hardest (Miyato et al., 2017).

    epsilon: how far the vectors of a text, taken as one, are moved
    """

    multi_label = True

    epsilon: float = 1.0

    def __post_init__(self) -> None:
        refuse(number(0, 1000, epsilon=self.epsilon))

    def build(self) -> StepFunction:
        from nlpkit.training.steps import fgm

        return partial(fgm, epsilon=self.epsilon)


@dataclass(frozen=True)
class RDrop(Step):
    """Drop out twice, and have both give the same probabilities (Liang et al., 2021).

    alpha: what their disagreement counts beside the loss
    """

    multi_label = True

    alpha: float = 1.0

    def __post_init__(self) -> None:
        refuse(number(0, 1000, alpha=self.alpha))

    def build(self) -> StepFunction:
        from nlpkit.training.steps import r_drop

        return partial(r_drop, alpha=self.alpha)


@dataclass(frozen=True)
class Mixup(Step):
    """Learn mixtures of the vectors of two texts, with the labels of both (Guo et al., 2019).

    alpha: of the Beta distribution that shares are drawn from: small ones are near 0 or 1, and 1 draws all
        alike
    """

    multi_label = True

    alpha: float = 1.0

    def __post_init__(self) -> None:
        refuse(number(0.01, 1000, alpha=self.alpha))

    def build(self) -> StepFunction:
        from nlpkit.training.steps import mixup

        return partial(mixup, alpha=self.alpha)


@dataclass(frozen=True)
class WordDropout(Step):
    """Make words unknown, other ones each time; a text keeps one at least (Iyyer et al., 2015).

    fraction: share of the words
    """

    multi_label = True

    fraction: float = 0.1

    def __post_init__(self) -> None:
        refuse(number(0, 1, fraction=self.fraction))

    def build(self) -> StepFunction:
        from nlpkit.training.steps import word_dropout

        return partial(word_dropout, fraction=self.fraction)
