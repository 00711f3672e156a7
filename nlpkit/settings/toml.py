"""Values as TOML has them, for a person to read and to copy."""

from __future__ import annotations

import json
import re
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any


def in_toml(value: Any) -> str:
    """A default as one would write it: a component by its class, None as what it is.

    >>> in_toml(True), in_toml("last"), in_toml(("text",)), in_toml(None), in_toml({"a": 2.0})
    ('true', '"last"', '["text"]', 'none', '{ a = 2.0 }')
    """
    if value is None:
        return "none"
    if is_dataclass(value):
        return type(value).__name__
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(in_toml, value))}]"
    if isinstance(value, dict):
        pairs = [f"{_key(key)} = {in_toml(item)}" for key, item in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, float):
        return repr(value)  # NaN and infinity, too
    written = json.dumps(value if not isinstance(value, Path) else str(value), ensure_ascii=False)
    return "".join(map(escaped, written))


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else in_toml(name)


def escaped(char: str) -> str:
    """A character as TOML and shells have it in a string: an escape where one cannot see it."""
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 1 << 16 else f"\\U{ord(char):08x}"
