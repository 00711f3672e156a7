"""What a run found, as a text for the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nlpkit.system.terminal import LOUD, plain, short_names

Scored = Mapping[str, Any]
COLUMNS = 80
TEXT_CLASSES = 100
RATES = ("precision", "recall", "f1")


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


def score_text(value: float | None) -> str:
    """A score for a person: four decimals, or that it is not defined."""
    return "not defined" if value is None or math.isnan(value) else f"{value:.4f}"


def _scores(scored: Scored) -> str:
    rows = {name: score_text(value) for name, value in scored["scores"].items()}
    if scored["texts"]:
        rows["majority_accuracy"] = f"{score_text(scored['majority_accuracy'])}  (always the same class)"
    best = {name: score_text(value) for name, value in scored.get("best_valid", {}).items()}
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
    names = short_names([row["name"] for row in classes]) if len(classes) <= TEXT_CLASSES else []
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
    names = short_names([row["name"] for row in scored["classes"]], 14) if matrix else []
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
    names = (short_names([each["gold"], each["predicted"]]) for each in found)
    lines = [
        f"  {gold} -> {predicted}: {each['texts']:,}"
        for (gold, predicted), each in zip(names, found, strict=True)
    ]
    return "\n".join(["most frequent confusions (gold -> predicted); more are in scores.json", *lines])
