"""What an encoder gives for many rows, as scikit-learn takes it.

Axes: R rows, B texts of a batch, V features.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nlpkit.batch import Batch
from nlpkit.nn.encoded import encoded
from nlpkit.training.rows import Rows

BATCH_TEXTS = 1024
Features: TypeAlias = "sp.csr_matrix | NDArray[np.float64]"
"""What an encoder gives for many rows, float64 (R, V): a sparse matrix of SciPy, or an array."""


def batches(rows: Rows) -> Iterator[Batch]:
    """All rows in their own order."""
    for start in range(0, len(rows), BATCH_TEXTS):
        chosen = np.arange(start, min(start + BATCH_TEXTS, len(rows)))
        yield rows.batch(chosen, torch.device("cpu"))[0]


def features(encoder: nn.Module, rows: Rows) -> Features:
    """Float64 (R, V), the float32 numbers of the encoder: sparse where its output is, else dense."""
    with torch.inference_mode():
        pieces = [_array(encoded(encoder(batch)).vectors) for batch in batches(rows)]
    if pieces and not sp.issparse(pieces[0]):
        return np.concatenate(pieces)
    return sp.vstack(pieces, format="csr") if pieces else sp.csr_matrix((0, int(encoder.output_dim)))  # type: ignore[arg-type]


def seen(features: Features) -> NDArray[np.int64]:
    """The columns that any row has; all of them where the features are dense."""
    if isinstance(features, np.ndarray):
        return np.arange(features.shape[1])
    return np.flatnonzero(np.bincount(features.indices, minlength=features.shape[1]))


def _array(output: Tensor) -> Features:
    if output.layout != torch.sparse_csr:
        return output.double().numpy()
    parts = (output.values().double(), output.col_indices(), output.crow_indices())
    matrix = sp.csr_matrix(tuple(part.numpy() for part in parts), shape=tuple(output.shape))
    matrix.eliminate_zeros()
    return matrix
