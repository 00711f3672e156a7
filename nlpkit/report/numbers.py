"""Scores and intervals for a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from textwrap import fill as wrapped_at
from typing import Final

COLUMNS: Final = 80

fill = partial(wrapped_at, width=COLUMNS)


def score_text(value: float | None, ends: Sequence[float] | None = None) -> str:
    """A score for a person: four decimals, or that it is not defined; with its interval, if there is one.

    >>> score_text(0.90623, [0.89961, 0.91274]), score_text(None)
    ('0.9062 [0.8996, 0.9127]', 'not defined')
    """
    shown = "not defined" if value is None or math.isnan(value) else f"{value:.4f}"
    return f"{shown} {interval_text(ends)}" if ends else shown


def interval_text(ends: Sequence[float] | None) -> str:
    """An interval for a person, empty where there is none.

    >>> interval_text([0.89961, 0.91274]), interval_text(None)
    ('[0.8996, 0.9127]', '')
    """
    return f"[{ends[0]:.4f}, {ends[1]:.4f}]" if ends else ""
