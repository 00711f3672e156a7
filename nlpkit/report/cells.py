"""Values as the cells of a page have them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nlpkit.report.tables import RunTables

# of a word left out: from which change of the log-odds on it is marked, weaker to stronger
_FORCES: Final = (0.3, 0.7, 1.4)
_QUOTED: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_FOLDERS: Final = re.compile(r".*[/\\]")
_ABSOLUTE: Final = re.compile(r"/|[A-Za-z]:[/\\]|\\{4}")  # each backslash stands there twice
_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")


def cell(value: Any) -> str:
    """Any value of a table that others made.

    >>> cell(0.123456), cell(12345), cell(None), cell([1, 2]), cell(True)
    ('0.1235', '12,345', '–', '[1, 2]', 'yes')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def heading(name: str) -> str:
    """The name of a column or a table in words.

    >>> heading("near_duplicates")
    'near duplicates'
    """
    return name.replace("_", " ")


def without_folders(settings: str) -> str:
    """The text of an experiment with the names of its files, but not where they are on this machine.

    >>> without_folders('train = "/home/ada/tickets.csv"')
    'train = "…/tickets.csv"'
    """

    def named(found: re.Match[str]) -> str:
        name = _FOLDERS.sub("", found[1])
        return f'"…/{name}"' if _ABSOLUTE.match(found[1]) else found[0]

    return _QUOTED.sub(named, settings)


def size_text(count: float) -> str:
    """A number of bytes.

    >>> size_text(900), size_text(3 * 1024**2)
    ('900 bytes', '3.0 MiB')
    """
    power = min(len(_UNITS) - 1, int(math.log2(count) // 10)) if count >= 1 else 0
    return f"{count / 1024**power:,.1f} {_UNITS[power]}" if power else f"{count:,.0f} bytes"


def force(drop: float | None, forces: Sequence[float] = _FORCES) -> str:
    """The class of a word by what its absence does: how strong, and for or against what was predicted.
    `forces` are from which changes on it is marked.

    >>> force(1.5), force(-0.5), force(0.001), force(None)
    ('for-3', 'against-1', '', '')
    """
    strength = sum(abs(drop or 0.0) >= least for least in forces)
    return f"{'for' if (drop or 0.0) > 0 else 'against'}-{strength}" if strength else ""


def shades(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """How opaque each cell is, in percent: the root of its share of the row, which lets few errors show."""
    return [[round(60 * math.sqrt(count / max(1, sum(row)))) for count in row] for row in matrix]


def cost(told: RunTables) -> dict[str, str]:
    """What the run took and what its model takes, as far as it is known."""
    return dict(_cost(told))


def _cost(told: RunTables) -> Iterator[tuple[str, str]]:
    run, known = told.described, told.described.get("cost", {})
    seconds: Mapping[str, float] = run.get("wall_seconds", {})
    if seconds:
        yield "seconds in all", f"{sum(seconds.values()):,.1f} s"
    if known.get("peak_memory_bytes"):
        yield "peak memory", size_text(known["peak_memory_bytes"])
    if known.get("energy_joules") is not None:
        yield "energy of the machine", f"{known['energy_joules']:,.0f} J"
    if run["model"].get("parameters"):
        yield "parameters", f"{run['model']['parameters']:,}"
    if told.model_bytes:
        yield "model on disk", size_text(told.model_bytes)
    if run["model"].get("vocab_size"):
        yield "vocabulary", f"{run['model']['vocab_size']:,}"
