"""What `report.json` keeps for the page: the test texts worth reading, and words that go with predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlpkit.runs.deciding import left_out, typical_words
from nlpkit.runs.mistakes import mistakes, row_of

if TYPE_CHECKING:
    from nlpkit.runs.result import Result


def shown(result: Result) -> dict[str, Any]:
    """All of it as plain data. Rows are those of `row_of`; the surest mistakes also have `pieces`, which are
    those of `left_out`.
    """
    found = mistakes(result)
    sure = [row_of(result, place) for place in found.sure.tolist()]
    for place, row in zip(found.sure.tolist(), sure, strict=True):
        row["pieces"] = [] if row["cut"] else left_out(result, place, row["text"])
    confused = [[row_of(result, place) for place in places.tolist()] for places in found.confused]
    return {
        "format": 1,
        "sure": sure,
        "unsure": [row_of(result, place) for place in found.unsure.tolist()],
        "confused": confused,
        "words": typical_words(result),
    }
