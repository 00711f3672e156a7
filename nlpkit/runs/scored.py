"""The table of scores of texts that a model labelled, whatever number of labels a text has.

Axes: R rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nlpkit.scoring.set_tables import set_table
from nlpkit.scoring.tables import score_table

if TYPE_CHECKING:
    from nlpkit.data.texts import Texts
    from nlpkit.scoring.intervals import Interval
    from nlpkit.scoring.metric import ScoredRows
    from nlpkit.vocab import Labels


def table_of_texts(
    values: Mapping[str, float],
    texts: Texts,
    rows: ScoredRows,
    labels: Labels,
    intervals: Mapping[str, Interval],
) -> dict[str, Any]:
    """The scores of texts (R,) and of the rows that stand for them, by label and with their intervals."""
    if texts.separator:
        return set_table(values, labels, texts.label_sets, rows, intervals, texts.groups)
    return score_table(values, labels, texts.labels, rows.predicted, intervals, texts.groups)
