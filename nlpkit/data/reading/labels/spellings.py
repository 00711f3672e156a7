"""How a label is written: what may stand around it, and which spellings of one value are a mistake.

One value in two forms, such as 1 and 1.0, is one. 4.1 and 4.10, or 7 and 007, differ in zeros only, which a
program that takes them for numbers drops: both in one file are codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import chain, combinations

from nlpkit.data.reading.labels.values import Value, values

# Characters that nobody sees, without those that belong to the one before them, as in flags and emoji.
_INVISIBLE = "".join(
    chr(code)
    for first, last in (
        (0x00, 0x08),  # control characters, but for spaces and the one that escapes others
        (0x0E, 0x1A),
        (0x7F, 0x7F),
        (0xAD, 0xAD),  # soft hyphen
        (0x34F, 0x34F),
        (0x61C, 0x61C),
        (0x115F, 0x1160),  # Hangul fillers
        (0x17B4, 0x17B5),
        (0x180E, 0x180E),
        (0x200B, 0x200F),  # zero-width space, joiners, marks of direction
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0x3164, 0x3164),
        (0xFEFF, 0xFEFF),  # byte order mark
        (0xFFA0, 0xFFA0),
        (0xFFF9, 0xFFFB),
    )
    for code in range(first, last + 1)
)
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _INVISIBLE
_REMOVED = dict.fromkeys(map(ord, _INVISIBLE))

_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e01ef]")  # of how the character before them looks
_DASHES = r"[-_\u2010-\u2015\s]+"
_JOINERS = re.compile(rf"(?<=[^\W\d_]){_DASHES}(?=\w)|(?<=\w){_DASHES}(?=[^\W\d_])")  # beside a letter


def stripped(label: str) -> str:
    """A label without the spaces and the invisible characters around it.

    >>> stripped(chr(0xFEFF) + " good" + chr(0x200B))
    'good'
    """
    return label.strip(_BLANK)


def visible(label: str) -> str:
    """A label without its invisible characters."""
    return label.translate(_REMOVED)


def look_alikes(labels: Iterable[str]) -> list[list[str]]:
    """The labels of which people may take one for another, in groups.

    They are the same but for case, spaces, dashes beside letters, invisible characters and Unicode form.

    >>> look_alikes(["Sci-Fi", "sci fi", "war", "-1", "1", "A-", "A"])
    [['Sci-Fi', 'sci fi']]
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for label in sorted(set(labels)):
        alike[_appearance(label)].append(label)
    return [same for same in alike.values() if len(same) > 1]


def _appearance(label: str) -> str:
    folded = unicodedata.normalize("NFKC", _SELECTORS.sub("", visible(label))).casefold()
    digits = "".join(str(unicodedata.decimal(char, char)) for char in folded)
    return "".join(_JOINERS.sub("", digits).split())


def clash_within(labels: Collection[str]) -> tuple[str, str] | None:
    """Two labels of one file that are one value and no codes.

    >>> clash_within(["1", "2", "1.0"]), clash_within(["4.1", "4.10"])
    (('1', '1.0'), None)
    """
    for same in _of_one_value(labels):
        forms: dict[str, str] = {}
        for label, value in same.items():
            forms.setdefault(value.form, label)
        if len(forms) > 1:
            one, two, *_ = forms.values()
            return one, two
    return None


def clash_between(*sources: Collection[str]) -> tuple[str, str] | None:
    """Two labels that are one value, where no source of labels has both and so says that they are codes.

    >>> clash_between({"7": 1}, {"007": 1}), clash_between({"7": 1, "007": 2}, {"007": 1})
    (('7', '007'), None)
    """
    for same in _of_one_value(dict.fromkeys(chain(*sources))):
        firsts: dict[tuple[frozenset[int], str], str] = {}  # of those that the same sources have
        for label, value in same.items():
            having = frozenset(number for number, source in enumerate(sources) if label in source)
            firsts.setdefault((having, value.form if value.word else ""), label)
        for (one, word), (two, another) in combinations(firsts, 2):
            if one.isdisjoint(two) and not (word and word == another):
                return firsts[one, word], firsts[two, another]
    return None


def codes(labels: Iterable[str]) -> list[list[str]]:
    """Labels that would be one number but for their zeros, such as 4.1 and 4.10."""
    return [
        list(same)
        for same in _of_one_value(labels)
        if len({value.form for value in same.values()}) == 1 and not any(each.word for each in same.values())
    ]


def _of_one_value(labels: Iterable[str]) -> list[dict[str, Value]]:
    """The labels that share their value with another one, in the order given."""
    same: dict[Decimal, dict[str, Value]] = defaultdict(dict)
    for label, value in values(labels).items():
        same[value.number][label] = value
    return [spellings for spellings in same.values() if len(spellings) > 1]
