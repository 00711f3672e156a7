"""How fast this machine is now: a few hundredths of a second of the work that a plan is made of."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_lowercase
from time import perf_counter
from typing import Final

from nlpkit.components.word_char_ngrams import WordCharNgrams

_TURNS: Final = 7  # of which the middle one counts
_WORDS: Final = 1500  # none of them twice
_BATCH: Final = (64, 40, 64)  # texts, tokens, numbers
_HIDDEN: Final = 32
_TEXT_SECONDS: Final = 0.021  # of the machine that the seconds of a plan were measured on
_STEP_SECONDS: Final = 0.0085


@dataclass(frozen=True)
class Pace:
    """What a second of a plan takes here, in seconds: counting n-grams, and steps of a network."""

    text: float = 1.0
    steps: float = 1.0

    @classmethod
    def measured(cls) -> Pace:
        """That of this machine, with whatever else it does now."""
        return cls(_seconds(_count_ngrams()) / _TEXT_SECONDS, _seconds(_take_steps()) / _STEP_SECONDS)


SAME: Final = Pace()
"""That of the machine that a plan's seconds were measured on."""


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
    tokenize, turns = WordCharNgrams(char_ngrams=(3, 5)).build(), iter(range(_TURNS + 1))

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
