"""Notes and reports as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpkit.notes import Note
from nlpkit.training.state import EpochReport


def table_of_note(note: Note) -> dict[str, Any]:
    """A note as JSON has it."""
    return {"text": note.text, "level": note.level, "paths": list(map(str, note.paths))}


def note_of(table: Mapping[str, Any]) -> Note:
    """A note from its table."""
    return Note(table["text"], table["level"], tuple(map(Path, table["paths"])))


def table_of_report(report: EpochReport) -> dict[str, Any]:
    """A report as JSON has it."""
    return {**vars(report), "notes": list(map(table_of_note, report.notes))}


def report_of(table: Mapping[str, Any]) -> EpochReport:
    """A report from its table."""
    return EpochReport(**{**table, "notes": tuple(map(note_of, table["notes"]))})
