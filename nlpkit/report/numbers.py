"""Scores and intervals for a person."""

from __future__ import annotations

import math
from collections.abc import Sequence


def score_text(value: float | None) -> str:
    """A score for a person: four decimals, or that it is not defined."""
    return "not defined" if value is None or math.isnan(value) else f"{value:.4f}"


def interval_text(ends: Sequence[float]) -> str:
    """An interval for a person.

    >>> interval_text([0.89961, 0.91274])
    '[0.8996, 0.9127]'
    """
    return f"[{ends[0]:.4f}, {ends[1]:.4f}]"
