"""What a run found, for a person: a text for the terminal and a page for a browser."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

Scored = Mapping[str, Any]
LOUD = "!" * 78
NAME_CHARS = 24  # of a class name in a table
MATRIX_COLUMNS = 80
MATRIX_CLASSES = 40  # more are no matrix to look at, on a page neither


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


def one_line(text: str) -> str:
    """A text that is safe in a line of a terminal or a cell of a table.

    >>> one_line("two" + chr(10) + "lines")
    'two\\\\nlines'
    """
    return plain(text).replace("\n", "\\n").replace("\t", "\\t")


def shown(names: Sequence[str], chars: int = NAME_CHARS) -> list[str]:
    """Names as a table has them: on one line, short, and still distinct.

    >>> shown(["World", "a very long name of a class", "a very long name of a class, too"], 12)
    ['World', 'a very long…', 'a very lo…#3']
    """
    found: dict[str, None] = {}
    for place, name in enumerate(map(one_line, names), 1):
        short = name if len(name) <= chars else f"{name[: chars - 1]}…"
        while short in found or (short != name and short in names):
            mark = f"…#{place}"
            short = name[: chars - len(mark)] + mark
            place += len(names)
        found[short] = None
    return list(found)


_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def number(value: float | None) -> str:
    """A score for a person: four decimals, or that it is not defined."""
    return "not defined" if value is None or math.isnan(value) else f"{value:.4f}"


def _scores(scored: Scored) -> str:
    rows = [(name, number(value)) for name, value in scored["scores"].items()]
    if scored["texts"]:
        rows.append(("majority_accuracy", f"{number(scored['majority_accuracy'])}  (always the same class)"))
    width = max(len(name) for name, _ in rows)
    lines = [f"scores of {scored['texts']:,} texts"]
    return "\n".join([*lines, *(f"  {name:<{width}}  {value}" for name, value in rows)])


def _matrix(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> str:
    """The matrix where it fits a terminal, and else what is taken for what most often."""
    rows = [f"{number} {name}" for number, name in enumerate(shown(names, 14), 1)]
    cell = max(4, *(len(f"{count}") + 2 for row in matrix for count in row))
    label = max(map(len, rows))
    if label + cell * len(names) > MATRIX_COLUMNS:
        return _confusions(names, matrix)
    head = " " * label + "".join(f"{number:>{cell}}" for number in range(1, len(names) + 1))
    lines = [
        f"{row:<{label}}" + "".join(f"{count:>{cell}}" for count in counts)
        for row, counts in zip(rows, matrix, strict=True)
    ]
    return "\n".join(["confusion matrix (rows: gold, columns: predicted)", head, *lines])


def _confusions(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> str:
    short = shown(names)
    lines = [f"  {short[gold]} -> {short[found]}: {count:,}" for gold, found, count in confusions(matrix)]
    return "\n".join(["most frequent confusions (gold -> predicted), all in scores.json", *lines])


def confusions(matrix: Sequence[Sequence[int]], most: int = 10) -> list[tuple[int, int, int]]:
    """The most frequent errors: gold class, class found instead, and how often."""
    counts = Counter(
        {
            (gold, found): count
            for gold, row in enumerate(matrix)
            for found, count in enumerate(row)
            if count and gold != found
        }
    )
    return [(gold, found, count) for (gold, found), count in counts.most_common(most)]


def html(scored: Scored, described: Mapping[str, Any], epochs: Sequence[Mapping[str, Any]]) -> str:
    """One page without scripts and without anything from elsewhere; every value in it is escaped."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    environment.filters["score"] = number
    template = files("nlpkit").joinpath("templates/report.html").read_text(encoding="utf-8")
    matrix = scored.get("confusion_matrix", [])
    return environment.from_string(template).render(
        scored=scored,
        run=described,
        epochs=epochs,
        curves=curves(epochs),
        names=shown(scored.get("classes", []), 60),
        shades=_shades(matrix) if len(matrix) <= MATRIX_CLASSES else [],
        confusions=confusions(matrix, 20),
    )


def curves(
    epochs: Sequence[Mapping[str, Any]], width: int = 560, height: int = 200
) -> dict[str, list[tuple[float, float]]]:
    """Points of each accuracy over the epochs, in a box of width x height; one epoch is in the middle."""
    found = {}
    step = width / max(1, len(epochs) - 1)
    start = width / 2 if len(epochs) == 1 else 0.0
    for name in ("train_accuracy", "valid_accuracy"):
        values = [(i, epoch[name]) for i, epoch in enumerate(epochs) if epoch.get(name) is not None]
        found[name] = [(round(start + i * step, 1), round(height * (1 - value), 1)) for i, value in values]
    return found


def _shades(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """How opaque each cell is, in percent: the root of its share of the row, which lets few errors show."""
    return [[round(60 * math.sqrt(count / max(1, sum(row)))) for count in row] for row in matrix]
