"""Names on disk that are nearly the one that was typed."""

from __future__ import annotations

import difflib
import os
from contextlib import suppress
from itertools import islice
from pathlib import Path

_MOST_NAMES = 10_000  # looked at


def nearby(path: Path) -> Path | None:
    """The path that is there and is named most like one that is not; None where none is.

    The first part that is missing is corrected, and the rest is kept where it is there.
    """
    with suppress(OSError, ValueError):
        above = next((each for each in path.parents if each.exists()), None)
        if above is None or not above.is_dir():
            return None
        missing, *rest = path.relative_to(above).parts
        near = _nearest(missing, above)
        if near is None:
            return None
        return whole if rest and (whole := near.joinpath(*rest)).exists() else near
    return None


def did_you_mean_path(path: Path) -> str:
    """The hint that names it; empty where none is near."""
    near = nearby(path)
    return f"did you mean {near}?" if near else ""


def _nearest(name: str, folder: Path) -> Path | None:
    with os.scandir(folder) as entries:
        there = [each.name for each in islice(entries, _MOST_NAMES) if not each.name.startswith(".")]
    folded = {each.casefold(): each for each in sorted(there, reverse=True)}
    found = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folder / folded[found[0]] if found else None
