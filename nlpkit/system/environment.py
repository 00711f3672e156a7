"""How environment variables are read: a switch, or a folder."""

from __future__ import annotations

import os
from pathlib import Path


def switched_on(name: str) -> bool:
    """Whether a variable is set to anything but nothing, 0, false, no or off."""
    return os.environ.get(name, "").strip().lower() not in ("", "0", "false", "no", "off")


def folder_of(name: str) -> Path | None:
    """The folder that a variable names; None where it is not set, or empty."""
    named = os.environ.get(name)
    return Path(named) if named else None
