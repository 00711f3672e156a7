"""What of JSON is read: objects whose keys come once, and no constants that JSON does not have."""

from __future__ import annotations

import json

from nlpkit.data.reading.records.objects import kind_of
from nlpkit.errors import DataError

Record = dict[str, object]


class _NotPlainError(Exception):
    """What Python's json reads and JSON does not have."""


UNREADABLE = (ValueError, RecursionError, _NotPlainError)


def unreadable(error: Exception, location: str) -> DataError:
    """The refusal of what is no JSON."""
    message, hint = str(error), "correct it, or remove it"
    if isinstance(error, json.JSONDecodeError):
        reason = error.msg.removesuffix(" at").removesuffix(" starting")
        message, hint = f"this is not JSON: {reason[:1].lower()}{reason[1:]}", _way_out(error)
    elif isinstance(error, RecursionError):
        message, hint = "nested too deep", "texts need no nesting"
    elif isinstance(error, ValueError):  # more digits than Python turns into an integer
        message, hint = "a number with too many digits", "write it as a string"
    return DataError(message, hint=hint, location=location)


def _way_out(error: json.JSONDecodeError) -> str:
    """What mends text that is no JSON, by how it goes on where it cannot be read."""
    rest = error.doc[error.pos :]
    for said, way_out in _WAYS_OUT.items():
        if said in error.msg:
            return way_out
    if not rest.strip():
        return "close what is open with } or ]; if the file is cut off, get it again"
    if rest.startswith(("#", "//", "/*")):
        return "JSON has no comments: remove this one"
    if rest.startswith(("True", "False", "None")):
        return "write true, false and null as JSON has them"
    if not rest[0].isprintable():
        return f"remove the character U+{ord(rest[0]):04X}, which cannot be seen"
    return "use double quotes, and write no comma after the last value"


_WAYS_OUT = {
    "Unterminated": 'close the string with "; if the file is cut off, get it again',
    "control character": r"write a line break inside a string as \n, and a tab as \t",
    "escape": r"write a backslash in a string as \\",
}


def object_of(value: object, location: str) -> Record:
    """The value, which has to be an object."""
    if isinstance(value, dict):
        return value
    raise DataError(
        f"{kind_of(value)} instead of an object",
        hint='write an object: {"text": "...", "label": "..."}',
        location=location,
    )


def once_each(pairs: list[tuple[str, object]]) -> Record:
    """An object of keys of which none comes twice."""
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        raise twice(next(key for key in keys if keys.count(key) > 1))
    return record


def twice(key: str) -> Exception:
    """What is raised where an object has a key again."""
    return _NotPlainError(f"the key {key!r} more than once in one object")


def _no_constant(word: str) -> object:
    raise _NotPlainError(f"{word} is not JSON")


DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=once_each)
