"""Labels that look like several labels in one cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

# As Python, numpy and Stack Overflow write them: ['a', 'b'], [1 0] and <a><b>
_LIST = re.compile(
    r"""[\[({].*[,'"].*[\])}]|\[\s*\d[\d.]*(?:\s+\d[\d.]*)+\s*\]|(?:<[^<>]+>){2,}""", re.DOTALL
)
# What stands between labels, and how sure it is: a bar hardly stands in a name, a comma or a space may.
_SEPARATORS = dict.fromkeys("|;\n\t\uff5c\uff1b\u061b", 1) | dict.fromkeys(",\uff0c\u3001\u060c", 2)
_SEPARATORS |= dict.fromkeys("/+& ", 3)


def looks_like_a_list(label: str) -> bool:
    """Whether a label is written as Python, numpy and Stack Overflow write lists."""
    return _LIST.fullmatch(label) is not None


def several_in_one(labels: Sequence[str]) -> list[str]:
    """The labels, of all distinct ones of a file, that look like several.

    A label does that looks like a list, or whose parts are labels themselves.

    >>> several_in_one(["good", "slow", "good|slow", "not good", "Sci/Tech", "['bad']"])
    ["['bad']", 'good|slow']
    """
    found = [label for label in labels if _LIST.fullmatch(label)]
    for separator, doubt in _SEPARATORS.items():
        found += _joined(labels, separator, doubt)
    return list(dict.fromkeys(found))


def _joined(labels: Sequence[str], separator: str, doubt: int) -> list[str]:
    """The labels whose parts are known: as a label alone or, with little doubt, as a part of others too."""
    parts = {label: _parts(label, separator) for label in labels if separator in label}
    alone = set(labels) - parts.keys()
    counts = Counter(part for each in parts.values() for part in each)

    def fits(each: set[str]) -> bool:
        known = [part in alone or (doubt < 3 and counts[part] > 1) for part in each]
        if doubt == 1:
            return any(known)
        return all(known) and not alone.isdisjoint(each)

    return [label for label, each in parts.items() if len(each) > 1 and fits(each)]


def _parts(label: str, separator: str) -> set[str]:
    return {part.strip() for part in label.split(separator)} - {""}
