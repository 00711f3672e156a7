"""How probabilities become labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def decide(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class ids (R,) from probabilities (R, C): the likeliest, the first of equals."""
    found: NDArray[np.int64] = probabilities.argmax(axis=1)
    return found
