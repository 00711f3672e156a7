"""What `report.json` keeps for the page: the test texts worth reading, and words that go with predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from nlpkit.models.explanation import pieces_of
from nlpkit.models.left_out import left_out, words_of
from nlpkit.runs.deciding import typical_words
from nlpkit.runs.mistakes import mistakes, row_of

if TYPE_CHECKING:
    from nlpkit.runs.mistakes import Row
    from nlpkit.runs.result import Result

_MOST_WORDS: Final = 80  # of a text that is taken apart


def shown(result: Result) -> dict[str, Any]:
    """All of it as plain data. Rows are those of `row_of`, and with `pieces` of the text beside how far the
    log-odds of the label fall without each: none for what is no word.
    """
    found = mistakes(result)
    sure, unsure, *confused = [
        [row_of(result, place) for place in places.tolist()]
        for places in (found.sure, found.unsure, *found.confused)
    ]
    take_apart(result, [row for rows in (sure, unsure, *confused) for row in rows])
    return {
        "format": 1,
        "sure": sure,
        "unsure": unsure,
        "confused": confused,
        "words": typical_words(result),
    }


def take_apart(result: Result, rows: Sequence[Row]) -> None:
    """Give each row its `pieces`, of the label that it is shown for; none of a text that is cut, that has too
    many words, or fewer than two.
    """
    for row in rows:
        text, row["pieces"] = row["text"], []
        if row["cut"] or not 2 <= len(words_of(text)) <= _MOST_WORDS:
            continue
        label = result.model.labels[row.get("label") or row["predicted"]]
        spans, drops = left_out(result.model, text, label)
        pieces = pieces_of(text, spans, drops.tolist())
        row["pieces"] = [[piece, drop if drop is None else round(drop, 4)] for piece, drop in pieces]
