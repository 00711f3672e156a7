"""Scores in one line, and as a small table for a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from nlpkit.report.numbers import interval_text, score_text
from nlpkit.system.terminal import counted


def scores_line(scored: Mapping[str, Any]) -> str:
    """How many texts were scored, and the scores with their intervals.

    >>> scores_line({"texts": 20, "scores": {"accuracy": 0.9}, "intervals": {"accuracy": [0.7, 0.97]}})
    '20 texts: accuracy 0.9000 [0.7000, 0.9700]'
    """
    ends = scored.get("intervals", {})
    told = (f"{name} {score_text(value, ends.get(name))}" for name, value in scored["scores"].items())
    return f"{counted(scored['texts'], 'text')}: {', '.join(told) or 'no scores'}"


def scores_html(scored: Mapping[str, Any]) -> str:
    """A table of the scores with their intervals."""
    ends = scored.get("intervals", {})
    lines = {
        name: (score_text(value), interval_text(ends.get(name))) for name, value in scored["scores"].items()
    }
    return table_html(f"scores of {counted(scored['texts'], 'text')}", lines)


def table_html(caption: str, lines: Mapping[str, tuple[str, ...]]) -> str:
    """A table with a line for each name; everything in it is text."""
    cells = (
        f"<tr><th scope='row'>{escape(name)}</th>{''.join(f'<td>{escape(each)}</td>' for each in line)}</tr>"
        for name, line in lines.items()
    )
    return f"<table><caption>{escape(caption)}</caption>{''.join(cells)}</table>"
