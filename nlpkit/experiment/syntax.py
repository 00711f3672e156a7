"""What is wrong with a line of an experiment file that TOML cannot read, and the likely cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from nlpkit.errors import ConfigError

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_NOT_CLOSED = "an array that is opened with [ above is not closed with ]"
_IN_ONE_LINE = "write { ... } in one line, or a table with a line for each key"
_WORDS = {
    "true": "true and false are written in lower case",
    "false": "true and false are written in lower case",
    "none": "TOML has no None: leave the setting out",
    "null": "TOML has no null: leave the setting out",
    "yes": "write true or false, or put quotes around a string",
    "no": "write true or false, or put quotes around a string",
    "on": "write true or false, or put quotes around a string",
    "off": "write true or false, or put quotes around a string",
}


def not_toml(text: str, error: ValueError, path: str) -> ConfigError:
    """The refusal of a file whose text is no TOML: the place, the line itself and its likely cause."""
    found = _PLACE.search(str(error))
    if not found:
        return ConfigError(f"this is not TOML: {error}", location=path)
    reason = str(error)[: found.start()]
    lines = text.split("\n")
    number = int(found[1] or _last(lines, reason))
    line = lines[number - 1].rstrip("\r")
    column = int(found[2] or len(line) + 1)
    shown = "".join(char if char.isprintable() else " " for char in line).strip()
    return ConfigError(
        f"this is not TOML: {reason[:1].lower()}{reason[1:]}",
        hint="\n  ".join(filter(None, (shown, _cause(reason, line[: column - 1], line[column - 1 :])))),
        location=f"{path}:{number}:{column}",
    )


def _last(lines: Sequence[str], reason: str) -> int:
    """The number of the line that the end of a document leaves open: the last, or the last with the quote."""
    mark = "'" if "'" in reason else '"' if _LEFT_OPEN.match(reason) else ""
    return max(
        (number for number, line in enumerate(lines, start=1) if line.strip() and mark in line), default=1
    )


def _cause(reason: str, before: str, rest: str) -> str:
    """What is likely wrong with a line that cannot be read from `rest` on; empty where nobody can tell."""
    if re.match("[“”„‘’«»]", rest) or (_LEFT_OPEN.match(reason) and re.search("[“”„‘’]", before + rest)):
        return "curly quotes are not quotes in TOML: write \" or '"
    return next((cause(before, rest) for begins, cause in _CAUSES if re.match(begins, reason)), "")


def _value(before: str, rest: str) -> str:
    """Of a value that begins like none."""
    word = re.split(r"\s*[,\]}#]|\s+$", rest, maxsplit=1)[0]
    if rest.startswith(",") and not before.rstrip().endswith("="):
        return "a value is missing before this comma"
    if not word:
        return "the value is missing" if before.rstrip().endswith("=") else _NOT_CLOSED
    if "=" not in before and (before.strip() or "=" in rest):  # a table or a setting, read as an element
        return _NOT_CLOSED
    if re.fullmatch(r"[-+]?\.\d+", word):
        return f"write a digit before the point: {word.replace('.', '0.')}"
    return _WORDS.get(word.lower()) or _unquoted(word)


def _unquoted(word: str) -> str:
    return "put quotes around a string" + ("" if set(word) & set("\"'") else f": '{word}'")


def _after_value(before: str, rest: str) -> str:
    """Of what follows a value in its line."""
    value = before.rpartition("=")[2].lstrip()
    if (tail := re.match(r",(\d+)", rest)) and re.fullmatch(r"[-+]?\d+", value):
        return f"write a number with a point: {value}.{tail[1]}"
    if re.fullmatch(r"[-+]?0", value) and rest[:1].isdigit():
        return "a number does not begin with 0"
    if re.match(r"\.(\D|$)", rest) and value.isdecimal():
        return f"write a digit after the point: {value}.0"
    if "=" in rest:
        return "write one setting a line"
    if value.rstrip().endswith(('"', "'")):
        return "the string ends at its second quote mark: put '...' around \", or \"...\" around '"
    if rest.strip() == ",":
        return "write no comma at the end of a line"
    return _unquoted(f"{value}{rest}".partition("#")[0].strip()) if "=" in before else ""


def _key(before: str, rest: str) -> str:
    if rest.startswith(":"):
        return "write = between a key and its value"
    return "put quotes around a key with spaces" if "=" in rest else "write KEY = VALUE"


def _part_of_key(before: str, rest: str) -> str:
    if not rest.strip():
        return _IN_ONE_LINE
    return "write no comma before }" if rest.startswith("}") else "write KEY = VALUE"


def _array(before: str, rest: str) -> str:
    if "[" in before and rest.strip():
        return "write a comma between the values of an array, and ] after the last"
    return _NOT_CLOSED


def _table(before: str, rest: str) -> str:
    return f"this table is begun above already: write its keys below one {before.strip()}]"


def _twice(before: str, rest: str) -> str:
    if before.lstrip().startswith("["):
        return "this name has a value above already, and is no table"
    return "this key has a value above already: keep one of them"


def _statement(before: str, rest: str) -> str:
    return (
        "a comment begins with #" if rest.startswith(("//", ";", "--")) else "write KEY = VALUE, or [TABLE]"
    )


def _always(cause: str) -> Callable[[str, str], str]:
    return lambda before, rest: cause


_LEFT_OPEN = re.compile(r"Unterminated|(Illegal|Found invalid) character '\\[nr]|Expected \"'\"")
_CAUSES: tuple[tuple[str, Callable[[str, str], str]], ...] = (
    ("Invalid value", _value),
    ("Expected newline", _after_value),
    (
        r"Unescaped '\\'|Invalid hex value|Escaped character",
        _always(r"a backslash in double quotes is an escape: write '...', as in 'C:\data\train.csv'"),
    ),
    ("Cannot declare", _table),
    ("Cannot overwrite|Cannot mutate|Duplicate inline", _twice),
    (_LEFT_OPEN.pattern, _always("a quote is opened and not closed")),
    ("Expected '='", _key),
    (r"Expected '\]", _always("close the name of the table with ]")),
    ("Unclosed array", _array),
    ("Unclosed inline", _always(_IN_ONE_LINE)),
    ("Invalid initial", _part_of_key),
    ("Invalid statement", _statement),
    ("Found invalid", _always("remove this character, which cannot be seen")),
)
