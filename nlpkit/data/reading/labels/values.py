"""What a label stands for: a number or a truth, and the form it is written in.

1 and 1.0, 1000 and 1,000, and 1, true and yes are one value each: programs and people change one form into
another. Words of truth other than true and false are words like any other where a label is another number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

# A number as programs write it: an exponent has its sign, as in 1e+05, since 1e05 is more often a code.
_NUMBER = re.compile(r"([+\u2212-]?)(?=\.?\d)(\d*)(\.?)(\d*)((?:[eE][+-]\d{1,3})?)", re.ASCII)
# Thousands: 1,000.5 with a mark that is no point, or 1.000.000,5 with one, which alone is that of decimals.
_THOUSANDS = re.compile(
    r"[+-]?\d{1,3}([,'’_ \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*(?:\.\d+)?"
    r"|[+-]?\d{1,3}(\.)\d{3}(?:\.\d{3})+(?:,\d+)?",
    re.ASCII,
)
_TRUTHS = ("false", "true")
_ANSWERS = ("no", "yes")
_LETTERS = (("n", "y"), ("f", "t"))


class Value(NamedTuple):
    """The number that a label is, 1 for a truth, and its form: how it is written but for digits or case."""

    number: Decimal
    form: str
    word: bool = False


def values(labels: Iterable[str]) -> dict[str, Value]:
    """What those of some labels stand for that are numbers or truths, in the order given.

    >>> {label: str(value.number) for label, value in values(["1,000", "Yes", "maybe", "7"]).items()}
    {'1,000': '1000', '7': '7'}
    >>> {label: str(value.number) for label, value in values(["Yes", "maybe", "0"]).items()}
    {'Yes': '1', '0': '0'}
    """
    distinct = dict.fromkeys(labels)
    numbers = {label: value for label in distinct if (value := _number(label))}
    words = _words({label.lower() for label in distinct if label not in numbers}, numbers.values())
    found = {label: numbers.get(label) or words.get(label.lower()) for label in distinct}
    return {label: value for label, value in found.items() if value}


def _number(label: str) -> Value | None:
    if grouped := _THOUSANDS.fullmatch(label):
        mark = grouped[1] or grouped[2]
        label = label.replace(mark, "").replace(",", ".")
    match = _NUMBER.fullmatch(label)
    if not match:
        return None
    form = match[1] + "".join(part and "0" for part in match.groups()[1:])
    return Value(Decimal(label.replace("\u2212", "-")), f"{form} in thousands{mark}" if grouped else form)


def _words(words: set[str], numbers: Iterable[Value]) -> dict[str, Value]:
    """The words of truth among labels; letters are, where all labels are truths and the letters one pair."""
    pairs = [_TRUTHS]
    if all(value.number in (0, 1) for value in numbers):
        pairs.append(_ANSWERS)
        letters = [pair for pair in _LETTERS if not words.isdisjoint(pair)]
        pairs += letters if len(letters) == 1 and words <= {*_TRUTHS, *_ANSWERS, *letters[0]} else []
    return {word: Value(Decimal(truth), pair[1], True) for pair in pairs for truth, word in enumerate(pair)}
