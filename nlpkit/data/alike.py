"""Which texts are the same, exactly or but for case and spaces: a number of 64 bits for each.

Of a million texts two that differ get one number with a probability of 3e-8: Python's own hash of strings,
whose key is another in each process, so that nobody can arrange it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nlpkit.data.reading.packed import chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLANK = hash("")  # of texts that have nothing but spaces

# All that str.split() takes for a space, but the space itself.
_SPACES = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


def codes(texts: Sequence[str]) -> NDArray[np.int64]:
    """Int64, one number a text."""
    import numpy as np

    return np.fromiter(map(hash, texts), np.int64, len(texts))


def normal_forms(texts: Sequence[str]) -> list[str]:
    """What texts have in common that differ in case and in spaces only, for all of a few texts at once.

    >>> normal_forms([" Oil  UP ", "oil\\tup", ""])
    ['oil up', 'oil up', '']
    """
    folded = list(map(str.casefold, texts))
    joined = "\0".join(folded)
    if joined.count("\0") != len(folded) - 1:  # a text has one in it
        return [" ".join(text.split()) for text in folded]
    for space in _SPACES:
        if space in joined:
            joined = joined.replace(space, " ")
    while "  " in joined:
        joined = " ".join(joined.split("  "))  # 12 ms of 24,000 AG News texts, where replace takes 22
    return list(map(str.strip, joined.split("\0")))


def first_rows(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Int64 (R,): for each row the first one with the same code, perhaps itself."""
    import numpy as np

    _, firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)
    found: NDArray[np.int64] = firsts[inverse]
    return found


def first_alike(texts: Sequence[str]) -> NDArray[np.int64]:
    """Int64 (R,): for each text the first one that is the same but for case and spaces.

    A blank text is the same as no other.

    >>> first_alike(["oil", "", "Oil ", ""]).tolist()
    [0, 1, 0, 3]
    """
    import numpy as np

    found = [codes(normal_forms(chunk)) for chunk in chunks(texts)]
    joined = np.concatenate(found) if found else np.empty(0, np.int64)
    return np.where(joined == BLANK, np.arange(len(joined)), first_rows(joined))
