"""What the manifest of a run says of the components that the experiment file beside it names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from nlpkit.system.sealed import from_json

_MAX_BYTES = 1 << 24


def recorded_beside(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    """The components in `manifest.json` that the table of the experiment still names, by their path."""
    manifest = path.with_name("manifest.json")
    if not manifest.is_file():  # a pipe would be waited for
        return {}
    try:
        with manifest.open("rb") as file:
            components = from_json(file.read(_MAX_BYTES))["components"]
        return {
            place: each
            for place, each in components.items()
            if each["distribution"] and each["name"] == _named(table, place)
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # none, or another program's
        return {}


def _named(table: Any, place: str) -> Any:
    """The component at a place such as `encoder.encoders[0]`."""
    for step in re.findall(r"[^.\[\]]+", place):
        if isinstance(table, list) and step.isdecimal() and int(step) < len(table):
            table = table[int(step)]
        else:
            table = table.get(step) if isinstance(table, dict) else None
    return table.get("type") if isinstance(table, dict) else table
