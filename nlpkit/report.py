"""What a run found, for a person: a text for the terminal and a page for a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

Scored = Mapping[str, Any]
LOUD = "!" * 78


def text(scored: Scored, described: Mapping[str, Any] | None = None) -> str:
    """The scores, the report by class and the confusion matrix; `described` is the run's manifest."""
    parts = []
    if described and described["data"]["substitute"]:
        parts.append(f"{LOUD}\n{described['data']['substitute']}\n{LOUD}")
    parts.append(_scores(scored))
    if scored["texts"]:
        parts.append(scored["classification_report"].rstrip())
        parts.append(_matrix(scored["classes"], scored["confusion_matrix"]))
    if described and described["warnings"]:
        parts.append("\n".join(f"note: {warning}" for warning in described["warnings"]))
    return plain("\n\n".join(parts)) + "\n"


def plain(text: str) -> str:
    """A text that is safe on a terminal: control characters and bidirectional controls as \\x escapes.

    >>> plain("red \\x1b[31m")
    'red \\\\x1b[31m'
    """
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def number(value: float | None) -> str:
    """A score for a person: four decimals, or that it is not defined."""
    return "not defined" if value is None else f"{value:.4f}"


def _scores(scored: Scored) -> str:
    rows = [(name, number(value)) for name, value in scored["scores"].items()]
    if scored["texts"]:
        rows.append(("majority_accuracy", f"{number(scored['majority_accuracy'])}  (always the same class)"))
    width = max(len(name) for name, _ in rows)
    lines = [f"test scores ({scored['texts']:,} texts)"]
    return "\n".join([*lines, *(f"  {name:<{width}}  {value}" for name, value in rows)])


def _matrix(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> str:
    """At most 20 classes: more would not fit a terminal."""
    if len(names) > 20:
        return f"confusion matrix: {len(names)} classes, see scores.json"
    short = [name if len(name) <= 14 else name[:13] + "\u2026" for name in names]
    cell = max(5, *(len(f"{count}") + 1 for row in matrix for count in row))
    label = max(len(name) for name in short)
    head = " " * (label + 2) + "".join(f"{name[: cell - 1]:>{cell}}" for name in short)
    rows = [
        f"{name:>{label}}  " + "".join(f"{count:>{cell}}" for count in row)
        for name, row in zip(short, matrix, strict=True)
    ]
    return "\n".join(["confusion matrix (rows: gold, columns: predicted)", head, *rows])


def html(scored: Scored, described: Mapping[str, Any], epochs: Sequence[Mapping[str, Any]]) -> str:
    """One page without scripts and without anything from elsewhere; every value in it is escaped."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["score"] = number
    template = files("nlpkit").joinpath("templates/report.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        scored=scored, run=described, epochs=epochs, curves=curves(epochs), shades=_shades(scored)
    )


def curves(epochs: Sequence[Mapping[str, Any]], width: int = 560, height: int = 200) -> dict[str, str]:
    """Points of a polyline for each accuracy over the epochs, in a box of width x height."""
    found = {}
    for name in ("train_accuracy", "valid_accuracy"):
        values = [(i, epoch[name]) for i, epoch in enumerate(epochs) if epoch.get(name) is not None]
        step = width / max(1, len(epochs) - 1)
        found[name] = " ".join(f"{i * step:.1f},{height * (1 - value):.1f}" for i, value in values)
    return found


def _shades(scored: Scored) -> list[list[int]]:
    """For each cell of the confusion matrix its percentage of the row."""
    return [
        [round(100 * count / max(1, sum(row))) for count in row] for row in scored.get("confusion_matrix", [])
    ]
