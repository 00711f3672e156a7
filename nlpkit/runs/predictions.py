"""What `predictions.csv` says of each test text: its row, label, predicted class and probabilities.

Where the model abstains, `predicted` is empty, and `likeliest` has the label that it was not sure enough of.
Where it gives sets, `labels` has each as a JSON list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, compress, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.system.csv_row import csv_row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.runs.result import Result

COLUMN_CLASSES = 200  # more have no column each: of 4,000 they would be most of a run's time and bytes
LIKELIEST = 5
LIKELIEST_LABEL = "likeliest"


def write_predictions(path: Path, result: Result) -> None:
    """One line a test text, under the number of its row in the source, and with its group if it has one."""
    names, test = result.model.labels.names, result.splits.test
    predicted, decided = _labels(result)
    columns, chances = _probabilities(names, result.probabilities)
    grouped = ["group"] if test.groups else []
    groups = ([each] for each in test.groups) if test.groups else repeat([], len(test))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_row(["row", "gold", "predicted", *decided, *grouped, *columns]) + "\n")
        for row, gold, found, group, cells in zip(
            test.rows, test.labels, predicted, groups, chances, strict=True
        ):
            file.write(csv_row([row, gold, *found, *group, *cells]) + "\n")


def _labels(result: Result) -> tuple[Iterator[tuple[str, ...]], list[str]]:
    """The predicted label of each text and, where the model abstains or gives sets, what stands behind it;
    and the names of these columns.
    """
    model, names, separator = result.model, result.model.labels.names, result.splits.test.separator
    if separator:
        rows = (separator.join(compress(names, row)) for row in result.predicted.tolist())
        return zip(rows), []
    columns: dict[str, list[str]] = {}
    likeliest = [names[each] for each in result.predicted.tolist()]
    if model.decision.abstains:
        columns[LIKELIEST_LABEL] = likeliest
        likeliest = [each or "" for each in model.named(result.probabilities)]
    if model.decision.has_sets:
        sets = model.named_sets(result.probabilities)
        columns["labels"] = [json.dumps(each, ensure_ascii=False) for each in sets]
    return zip(likeliest, *columns.values(), strict=True), list(columns)


def _probabilities(
    names: tuple[str, ...], found: NDArray[np.float64]
) -> tuple[list[str], Iterator[list[str]]]:
    """Names of columns and the cells of each text: every class or, of very many, the likeliest and which."""
    if len(names) <= COLUMN_CLASSES:
        return [f"probability:{name}" for name in names], (
            [f"{p:.6g}" for p in row.tolist()] for row in found
        )
    ranks = range(1, LIKELIEST + 1)
    columns = chain.from_iterable((f"label_{rank}", f"probability_{rank}") for rank in ranks)
    return list(columns), (_likeliest(names, row) for row in found)


def _likeliest(names: tuple[str, ...], row: NDArray[np.float64]) -> list[str]:
    """The likeliest classes of one text, each before its probability; of equals the first is first."""
    best = (-row).argsort(kind="stable")[:LIKELIEST].tolist()
    return list(chain.from_iterable((names[each], f"{row[each]:.6g}") for each in best))
