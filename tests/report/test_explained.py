"""Explained texts as a page and as a piece of a notebook."""

from __future__ import annotations

import numpy as np
import pytest

from nlpkit.models.explanation import Explanation
from nlpkit.report.explained import explained_fragment, explained_html, marked
from tests.report.payloads import PAYLOADS
from tests.report.test_report import Elements


def explained(payload: str) -> Explanation:
    """Three tokens, of which one stands in no single place."""
    text = f"{payload} fell"
    spans = ((0, len(payload)), (len(text) - 4, len(text)), None)
    weights = np.array([2.0, -0.5, 0.25])
    return Explanation(text, payload, 0.9, "gradients", (payload, "fell", payload), weights, spans, 0.0)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_changes_no_element(payload: str) -> None:
    for page, plain in (
        (explained_html([explained(payload)], payload), explained_html([explained("plain")], "plain")),
        (explained_fragment([explained(payload)]), explained_fragment([explained("plain")])),
    ):
        assert Elements(page).found == Elements(plain).found


def test_words_are_marked_by_their_share_of_the_largest_weight() -> None:
    assert list(marked(explained("oil"))) == [("oil", "for-3"), (" ", ""), ("fell", "against-1")]
    none = Explanation("a", "b", 0.5, "leave-one-out", ("a",), np.zeros(1), ((0, 1),))
    assert list(marked(none)) == [("a", "")]


def test_a_page_has_no_script_and_nothing_from_elsewhere() -> None:
    page = explained_html([explained("oil"), explained("gas")], "runs/tickets")
    assert "<script" not in page
    assert "http://" not in page.replace("http-equiv", "") and "https://" not in page
    assert "default-src 'none'" in page
    assert page.count("<li>") == 2
    assert "+2.00" in page
