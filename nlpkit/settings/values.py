"""Rules for values, which a class of settings holds its own against."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from types import UnionType

from nlpkit.errors import SettingsError
from nlpkit.settings.hints import briefly


def refuse(*problems: Mapping[str, str]) -> None:
    """Raise one SettingsError that names every problem; do nothing where there is none."""
    found = {field: problem for each in problems for field, problem in each.items()}
    if found:
        raise SettingsError(found)


def whole(low: int, high: int, /, **values: int | None) -> dict[str, str]:
    """The problems of values that have to be whole numbers from `low` to `high` (None passes).

    >>> whole(1, 8, layers=0, size=4)
    {'layers': '0 is not a whole number from 1 to 8'}
    """
    return {
        name: f"{briefly(value)} is not a whole number from {low} to {high}"
        for name, value in values.items()
        if value is not None and not (_is_number(value, int) and low <= value <= high)
    }


def number(low: float, high: float = math.inf, /, **values: float | None) -> dict[str, str]:
    """The problems of values that have to be finite numbers from `low` to `high` (None passes).

    >>> number(0, 1, dropout=float("nan"))
    {'dropout': 'nan is not a number from 0 to 1'}
    """
    span = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
    return {
        name: f"{briefly(value)} is not a number {span}"
        for name, value in values.items()
        # NaN is in no span; isfinite overflows at 10**400
        if value is not None and not (_is_number(value) and low <= value <= high and abs(value) < math.inf)
    }


def one_of(options: Collection[str], /, **values: str) -> dict[str, str]:
    """The problems of values that have to be among `options`.

    >>> one_of(("head", "tail"), keep="tial")
    {'keep': "'tial' is not one of head, tail"}
    """
    return {
        name: f"{briefly(value)} is not one of {', '.join(options)}"
        for name, value in values.items()
        if value not in options
    }


def _is_number(value: object, kind: type | UnionType = int | float) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
