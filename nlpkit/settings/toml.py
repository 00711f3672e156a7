"""Values as TOML has them, for a person to read and to copy."""

from __future__ import annotations

import json
import re
import tomllib
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


def toml_or_text(text: str) -> Any:
    """The value that a text is in TOML, or the text itself.

    >>> toml_or_text("[1, 2]"), toml_or_text("ray://head:10001")
    ([1, 2], 'ray://head:10001')
    """
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return parsed["value"] if len(parsed) == 1 else text.strip()
