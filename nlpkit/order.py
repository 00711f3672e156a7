"""In which order rows are read: batches of row indices, each row exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POOL_BATCHES = 128  # sorted by length together: 16,000 log-normal lengths (0.6) get 4 % padding, 64 get 8 %


def shuffled(
    lengths: NDArray[np.int64], batch_size: int, *, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """Batches in random order, texts of similar length together: a pure function of all arguments.

    Rows are shuffled, sorted by length within pools of `POOL_BATCHES` batches, cut into batches of
    `batch_size` (the last one of each epoch may be smaller), and the batches are shuffled.
    """
    import numpy as np

    random = np.random.default_rng([seed, epoch])
    rows = random.permutation(len(lengths))
    pool = batch_size * POOL_BATCHES
    batches = []
    for start in range(0, len(rows), pool):
        pooled = rows[start : start + pool]
        pooled = pooled[np.argsort(lengths[pooled], kind="stable")]
        batches += np.split(pooled, range(batch_size, len(pooled), batch_size))
    return [batches[i] for i in random.permutation(len(batches))]


def by_length(lengths: NDArray[np.int64], batch_size: int) -> list[NDArray[np.int64]]:
    """Batches from the longest texts to the shortest: the least padding, and memory peaks first."""
    import numpy as np

    rows = np.argsort(-lengths, kind="stable")
    return np.split(rows, range(batch_size, len(rows), batch_size)) if len(rows) else []
