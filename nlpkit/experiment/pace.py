"""How fast this machine is now: a few hundredths of a second of the work that a plan is made of."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from string import ascii_lowercase
from time import perf_counter
from typing import Final

from nlpkit.components.word_char_ngrams import WordCharNgrams
from nlpkit.system.forking import cores, forked

_TURNS: Final = 7  # of which the middle one counts
_WORDS: Final = 1500  # none of them twice
_BATCH: Final = (64, 40, 64)  # texts, tokens, numbers
_HIDDEN: Final = 32
_MEMBERS: Final = 3  # that train at once, at the most
_TEXT_SECONDS: Final = 0.021  # of the machine that the seconds of a plan were measured on
_STEP_SECONDS: Final = 0.0085


@dataclass(frozen=True)
class Pace:
    """What a second of a plan takes here, in seconds: counting n-grams, and steps of a network."""

    text: float = 1.0
    steps: float = 1.0

    @classmethod
    def measured(cls) -> Pace:
        """That of a core of this machine while others train as well, with whatever else it does now."""
        text, steps = _count_ngrams(), _take_steps()
        with forked([partial(_over_and_over, text, steps)] * (min(cores(), _MEMBERS) - 1)):
            return cls(_seconds(text) / _TEXT_SECONDS, _seconds(steps) / _STEP_SECONDS)


SAME: Final = Pace()
"""That of the machine that a plan's seconds were measured on."""


def _over_and_over(*works: Callable[[], object]) -> None:
    while True:  # until it is stopped
        for work in works:
            work()


def _seconds(work: Callable[[], object]) -> float:
    """What it takes, of several turns the middle one."""
    work()  # what is loaded or prepared once is no work of a plan
    turns = []
    for _ in range(_TURNS):
        started = perf_counter()
        work()
        turns.append(perf_counter() - started)
    return sorted(turns)[_TURNS // 2]


def _count_ngrams() -> Callable[[], object]:
    draw = random.Random(0)
    words = ["".join(draw.choices(ascii_lowercase, k=draw.randint(2, 10))) for _ in range(_WORDS)]
    tokenize, turns = WordCharNgrams(char_ngrams=(3, 5)).build(), count()

    def work() -> object:
        turn = next(turns)  # words of other turns would be remembered
        return Counter(tokenize(" ".join(f"{word}{turn}" for word in words)))

    return work


def _take_steps() -> Callable[[], None]:
    import torch

    from nlpkit.nn.modes import drawing, one_thread

    with drawing(0):
        lstm = torch.nn.LSTM(_BATCH[-1], _HIDDEN, batch_first=True)
    inputs = torch.zeros(_BATCH)

    def work() -> None:
        with one_thread():  # as members train
            lstm.zero_grad()
            lstm(inputs)[0].sum().backward()

    return work
