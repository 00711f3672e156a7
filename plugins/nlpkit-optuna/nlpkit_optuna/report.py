"""What a search found, as a text for the terminal and as a document for programs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from nlpkit_optuna.found import Row, Sweep, bytes_text, short_names, shown, value_text

_ROWS = 10  # of the table; the page has all of them


def text(sweep: Sweep) -> str:
    """The best trials in a table, and how the best one is had."""
    states = [each.state for each in sweep.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    parts = [f"{sweep.name}: {len(states)} trials ({counts})"]
    rows = list(sweep.front) if sweep.search.against != "none" else ranked(sweep)[:_ROWS]
    if rows:
        title = "none is better in both" if sweep.search.against != "none" else "best first"
        parts.append(f"{title}:\n{_table([cells(row, sweep) for row in rows])}")
    if sweep.importances:
        names = short_names(list(sweep.importances))
        shares = (f"{names[name]} {share:.0%}" for name, share in list(sweep.importances.items())[:6])
        parts.append(f"what made the difference: {', '.join(shares)}")
    return "\n\n".join(parts) + "\n"


def ranked(sweep: Sweep) -> list[Row]:
    """The trials that are complete, best first."""
    sign = -1 if sweep.higher_is_better else 1
    scored = [each for each in sweep.trials if each.score is not None]
    return sorted(scored, key=lambda row: (not row.fits, sign * (row.score or 0.0), row.number))


def cells(row: Row, sweep: Sweep) -> dict[str, str]:
    """A trial with the settings that were searched."""
    names = short_names([each.name for each in sweep.space.parameters])
    settings = {names[name]: value_text(row.settings[name]) if name in row.settings else "" for name in names}
    return {**shown(row, sweep), **settings}


def nothing_found(sweep: Sweep) -> tuple[str, str]:
    """Why there is no best trial, and what to do."""
    complete = [each for each in sweep.trials if each.score is not None]
    if complete and sweep.search.max_size is not None:
        least = min(each.size or 0 for each in complete)
        limit, smallest = sweep.search.max_size, bytes_text(least)
        said = f"no model is within {limit}: the smallest of {len(complete)} has {smallest}"
        return said, "allow smaller values in the space: of hidden_size, of size, or a higher vocab.min_count"
    return "no trial has come to an end", "give it more --time-limit; the same command goes on"


def document(sweep: Sweep) -> dict[str, Any]:
    """The result for programs."""
    return {
        "name": sweep.name,
        "storage": sweep.storage,
        "folder": str(sweep.folder),
        "metric": sweep.metric,
        "higher_is_better": sweep.higher_is_better,
        "search": asdict(sweep.search)
        | {"storage": sweep.storage, "metric": sweep.metric, "name": sweep.name},
        "best": None if sweep.best is None else sweep.best.number,
        "front": [row.number for row in sweep.front],
        "importances": sweep.importances,
        "trials": [{**asdict(row), "epochs": _finite(row.epochs)} for row in sweep.trials],
    }


def _finite(epochs: Sequence[tuple[int, float]]) -> list[tuple[int, float | None]]:
    """Scores of epochs as JSON can have them."""
    return [(epoch, value if math.isfinite(value) else None) for epoch, value in epochs]


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    """Columns that have something in them, right-aligned, two spaces apart."""
    names = [name for name in rows[0] if name != "state" and any(row[name] not in ("", "-") for row in rows)]
    lines = [names, *([row[name] for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
