from __future__ import annotations

from nlpkit.report.notebook import scores_html, scores_line, table_html

SCORED = {
    "texts": 1200,
    "scores": {"accuracy": 0.9, "log_loss": None},
    "intervals": {"accuracy": [0.85, 0.95]},
}


def test_scores_are_told_in_a_line_with_their_intervals() -> None:
    assert scores_line(SCORED) == "1,200 texts: accuracy 0.9000 [0.8500, 0.9500], log_loss not defined"
    assert scores_line({"texts": 0, "scores": {}}) == "0 texts: no scores"


def test_scores_are_shown_as_a_table() -> None:
    shown = scores_html(SCORED)
    assert "<caption>scores of 1,200 texts</caption>" in shown
    assert "<tr><th scope='row'>accuracy</th><td>0.9000</td><td>[0.8500, 0.9500]</td></tr>" in shown


def test_everything_in_a_table_is_text() -> None:
    shown = table_html("<b>", {"<script>": ("<img>", "'\"&")})
    assert shown.count("<") == 2 * 5 + 1 * 2
    assert "&lt;script&gt;" in shown
    assert "&lt;img&gt;" in shown
