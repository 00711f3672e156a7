"""Which sections a page has, and the trainings that one of them draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nlpkit.report.charts import Chart, lines
from nlpkit.report.tables import RunTables, Table
from nlpkit.report.text import MATRIX_CLASSES

MOST_MEMBERS: Final = 12


@dataclass(frozen=True)
class Training:
    """The epochs of one classifier, and their charts."""

    member: str
    epochs: Sequence[Table]
    charts: tuple[Chart, ...]


def sections(told: RunTables) -> dict[str, str]:
    """The heading of each section that has something to show, by its anchor."""
    scored, run = told.scored, told.described
    shown: Mapping[str, Any] = told.shown
    there = {
        "notes": ("Worth knowing", run["warnings"]),
        "members": ("Members", scored.get("members")),
        "seeds": ("Seeds", scored.get("seeds")),
        "learning": ("Learning", _by_member(told)),
        "confusion": ("Confusions", _matrix(scored) or scored.get("confusions")),
        "classes": ("Classes", scored["texts"] and scored.get("classes")),
        "slices": ("Slices", scored.get("slices")),
        "calibration": ("Calibration", scored.get("calibration")),
        "decision": ("Decision", scored.get("decision")),
        "mistakes": ("Texts worth reading", shown.get("sure") or shown.get("unsure")),
        "words": ("Words", shown.get("words", {}).get("classes")),
        "audit": ("Audit of the data", audit_tables(told)),
        "cost": ("Cost", True),
        "origin": ("Settings and origin", True),
    }
    return {anchor: title for anchor, (title, found) in there.items() if found}


def _matrix(scored: Table) -> bool:
    return 0 < len(scored.get("confusion_matrix", [])) <= MATRIX_CLASSES


def audit_tables(told: RunTables) -> dict[str, Any]:
    """The tables of the audit that have rows, by their names."""
    tables = {**told.audited, **told.scored.get("audit", {})}
    return {name: rows for name, rows in tables.items() if isinstance(rows, list) and rows}


def trainings(told: RunTables) -> list[Training]:
    """Each classifier that has epochs, with its losses and its accuracies."""
    return [
        Training(member, epochs, tuple(_charts(epochs, str(place))))
        for place, (member, epochs) in enumerate(_by_member(told)[:MOST_MEMBERS])
    ]


def _charts(epochs: Sequence[Table], salt: str) -> list[Chart]:
    best = next((place for place, each in reversed(list(enumerate(epochs, 1))) if each.get("best")), None)
    drawn = []
    for title, valid in (("loss", "log_loss"), ("accuracy", "accuracy")):
        series = {
            "train": [epoch.get(f"train_{title}") for epoch in epochs],
            "valid": [epoch.get(f"valid_{valid}") for epoch in epochs],
        }
        drawn.append(lines(title, series, best, salt))
    return [chart for chart in drawn if chart is not None]


def _by_member(told: RunTables) -> list[tuple[str, list[Table]]]:
    """The epochs of each classifier of the pool that has more than one, or of the only one."""
    left_out = {each["name"] for each in told.scored.get("members", []) if not each["weight"]}
    found: dict[str, list[Table]] = {}
    for epoch in told.epochs:
        found.setdefault(epoch.get("member", ""), []).append(epoch)
    return [
        (member, some)
        for member, some in found.items()
        if member not in left_out and (not member or len(some) > 1)
    ]
