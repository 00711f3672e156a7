"""How much of a vocabulary, and of the texts to learn from, has a vector."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nlpkit.notes import Note

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Coverage(Note):
    """A note on how many tokens of the vocabulary have a vector: those of `ids`, int64 (K,)."""

    ids: NDArray[np.int64] = field(kw_only=True, compare=False, repr=False)

    def among(self, part: str, values: NDArray[np.int32]) -> Note:
        """The same note, with the share of all tokens in a part that have one: ids int32 (N,)."""
        import numpy as np

        from nlpkit.ragged import blocks

        if not len(self.ids) or not len(values):
            return self
        covered = np.zeros(max(int(self.ids.max()), int(values.max())) + 1, bool)
        covered[self.ids] = True
        share = percent(sum(int(covered[block].sum()) for block in blocks(values)), len(values))
        return Note(f"{self.text}, which are {share} of all tokens in {part}", self.level)


def percent(count: int, total: int) -> str:
    """A share, as notes write it.

    >>> percent(1, 8)
    '12.5 %'
    """
    return f"{100 * count / total:.1f} %"
