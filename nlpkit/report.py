"""What a run found, for a person: a text for the terminal and a page for a browser."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

Scored = Mapping[str, Any]
LOUD = "!" * 78
NAME_CHARS = 24  # of a class name in a table of the terminal
PAGE_CHARS = 60  # of one on the page
COLUMNS = 80
TEXT_CLASSES = 100
PAGE_CLASSES = 1000
RATES = ("precision", "recall", "f1")
MATRIX_CLASSES = 40  # more are no matrix to look at, on a page neither


def text(scored: Scored, described: Mapping[str, Any] | None = None) -> str:
    """The scores, the report by class and the confusion matrix; `described` is the run's manifest."""
    parts = []
    if described and described["data"]["substitute"]:
        parts.append(f"{LOUD}\n{described['data']['substitute']}\n{LOUD}")
    parts.append(_scores(scored))
    if scored["texts"]:
        parts.append(_by_class(scored))
        parts.append(_matrix(scored))
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
    rows = {name: number(value) for name, value in scored["scores"].items()}
    if scored["texts"]:
        rows["majority_accuracy"] = f"{number(scored['majority_accuracy'])}  (always the same class)"
    best = {name: number(value) for name, value in scored.get("best_valid", {}).items()}
    width = max(map(len, [*rows, *best]))
    heads = {f"scores of {scored['texts']:,} texts": rows}
    if best:
        heads[f"validation scores of epoch {scored['best_epoch']}, which the model is from"] = best
    return "\n".join(
        line
        for head, values in heads.items()
        for line in (head, *(f"  {name:<{width}}  {value}" for name, value in values.items()))
    )


def _by_class(scored: Scored) -> str:
    """Precision, recall and F1 of each class; of very many classes only their averages."""
    texts, classes = scored["texts"], scored["classes"]
    averages = {f"{name} avg": {**row, "support": texts} for name, row in scored["averages"].items()}
    lines = [f"... {len(classes):,} classes, each in scores.json"]
    names = shown([row["name"] for row in classes]) if len(classes) <= TEXT_CLASSES else []
    width = max(map(len, [*names, *averages]))
    if names:
        lines = [_row(width, name, row) for name, row in zip(names, classes, strict=True)]
    head = " " * width + " " + "".join(f" {name:>9}" for name in (*RATES, "support"))
    accuracy = f"{'accuracy':>{width}} {'':20} {scored['accuracy']:9.3f} {texts:9}"
    return "\n".join([head, "", *lines, "", accuracy, *(_row(width, *each) for each in averages.items())])


def _row(width: int, name: str, row: Mapping[str, Any]) -> str:
    return f"{name:>{width}} " + "".join(f" {row[rate]:9.3f}" for rate in RATES) + f" {row['support']:9}"


def _matrix(scored: Scored) -> str:
    """The matrix where it fits a terminal, and else what is taken for what most often."""
    matrix = scored["confusion_matrix"]
    names = shown([row["name"] for row in scored["classes"]], 14) if matrix else []
    rows = [f"{number} {name}" for number, name in enumerate(names, 1)]
    cell = max([4, *(len(f"{count}") + 2 for row in matrix for count in row)])
    label = max(map(len, rows), default=0)
    if not matrix or label + cell * len(names) > COLUMNS:
        return _confusions(scored["confusions"][:10])
    head = " " * label + "".join(f"{number:>{cell}}" for number in range(1, len(names) + 1))
    lines = [
        f"{row:<{label}}" + "".join(f"{count:>{cell}}" for count in counts)
        for row, counts in zip(rows, matrix, strict=True)
    ]
    return "\n".join(["confusion matrix (rows: gold, columns: predicted)", head, *lines])


def _confusions(found: Sequence[Mapping[str, Any]]) -> str:
    names = (shown([each["gold"], each["predicted"]]) for each in found)
    lines = [
        f"  {gold} -> {predicted}: {each['texts']:,}"
        for (gold, predicted), each in zip(names, found, strict=True)
    ]
    return "\n".join(["most frequent confusions (gold -> predicted); more are in scores.json", *lines])


def html(scored: Scored, described: Mapping[str, Any], epochs: Sequence[Mapping[str, Any]]) -> str:
    """One page without scripts and without anything from elsewhere; every value in it is escaped."""
    from importlib.resources import files

    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    environment.filters["score"] = number
    environment.filters["short"] = lambda name: shown([name], PAGE_CHARS)[0]
    template = files("nlpkit").joinpath("templates/report.html").read_text(encoding="utf-8")
    classes, matrix = scored.get("classes", [])[:PAGE_CLASSES], scored.get("confusion_matrix", [])
    return environment.from_string(template).render(
        scored=scored,
        run=described,
        epochs=epochs,
        curves=curves(epochs),
        names=shown([row["name"] for row in classes], PAGE_CHARS),
        shades=_shades(matrix) if len(matrix) <= MATRIX_CLASSES else [],
        confusions=scored.get("confusions", [])[:20],
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
