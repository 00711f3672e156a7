"""Notes and reports as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from nlpkit.notes import Note
from nlpkit.training.state import EpochReport

T = TypeVar("T")
_NOTE = Note("")
_REPORT = EpochReport(0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, {}, True)
_OF_NUMBERS = ("valid", "losses")


def table_of_note(note: Note) -> dict[str, Any]:
    """A note as JSON has it."""
    return {"text": note.text, "level": note.level, "paths": list(map(str, note.paths))}


def note_of(table: Mapping[str, Any]) -> Note:
    """A note from its table; this, and what reads others, raises TypeError or KeyError for another table."""
    return like(_NOTE, Note(table["text"], table["level"], tuple(map(Path, table["paths"]))))


def table_of_report(report: EpochReport) -> dict[str, Any]:
    """A report as JSON has it."""
    return {**vars(report), "notes": list(map(table_of_note, report.notes))}


def report_of(table: Mapping[str, Any]) -> EpochReport:
    """A report from its table."""
    return like(_REPORT, EpochReport(**{**table, "notes": tuple(map(note_of, table["notes"]))}))


def like(one: T, read: T) -> T:
    """What was read, whose fields have to be of the types of those of another one."""
    for name, value in vars(one).items():
        found = getattr(read, name)
        types = (int, float) if type(value) is float else type(value)
        fits = isinstance(found, types) and isinstance(found, bool) is isinstance(value, bool)
        inside = found.values() if fits and name in _OF_NUMBERS else ()
        if not fits or not all(isinstance(each, int | float) for each in inside):
            raise TypeError(f"{name} is {type(found).__name__}")
    return read
