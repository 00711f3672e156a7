"""The steps that ship, each a function of what is inside it, a batch and its labels."""

from nlpkit.training.steps.fgm import fgm
from nlpkit.training.steps.mixup import mixup
from nlpkit.training.steps.r_drop import r_drop
from nlpkit.training.steps.word_dropout import word_dropout

__all__ = ["fgm", "mixup", "r_drop", "word_dropout"]
