"""Text in another format than it was read as: told by how it begins, once it could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nlpkit.data.reading.source.magic import format_set
from nlpkit.errors import DataError

_WEB_PAGE = re.compile(r"\s*(<!--.*?-->\s*)?<(!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL)
_XML = re.compile(r"\s*<\?xml\s")
_ARRAY = re.compile(r"\s*\[\s*[{\]]")
_OBJECT = re.compile(r'\s*\{\s*"')
_OBJECT_LINES = re.compile(r'\s*\{\s*"[^\r\n]*\}[ \t]*[\r\n]+\s*\{')
_FASTTEXT = re.compile(r"\s*__label__\S")
_BRACKET = re.compile(r"\s*[\[{]")
_ARRAY_INSIDE = re.compile(r":\s*\[\s*\{")
_HEAD_CHARS = 1 << 16


def remembered(chunks: Iterable[str], head: list[str]) -> Iterator[str]:
    """The chunks; the beginning of the first is put into `head`."""
    for chunk in chunks:
        if not head:
            head.append(chunk[:_HEAD_CHARS])
        yield chunk


def with_format(refusal: DataError, head: str, format: str) -> DataError:
    """A refusal of text in a format that names the one it looks like, where it looks like another."""
    what, other = _looks_like(head)
    alone = other == "jsonl" and not _OBJECT_LINES.match(head)
    if not what and "is not JSON" in refusal.message and not _BRACKET.match(head):
        refusal.hint = f"this does not look like JSON: set the format that it has, {format_set()}"
    if not what or other == format or (alone and format == "json"):
        return refusal
    hint = f"this looks like {what}: " + (f"set {format_set(other)}" if other else _SAVE)
    refusal.hint = hint
    return refusal


_SAVE = "name a file with text in it, such as csv or jsonl"


def _looks_like(head: str) -> tuple[str, str]:
    if _WEB_PAGE.match(head):
        return "a web page", ""
    if _XML.match(head):
        return "XML", ""
    if _FASTTEXT.match(head):
        return "fastText", "fasttext"
    if _ARRAY.match(head):
        return "a JSON document", "json"
    if _OBJECT_LINES.match(head):
        return "JSON Lines", "jsonl"
    if _OBJECT.match(head):
        lines = [line for line in re.split(r"[\r\n]+", head) if line.strip()]
        whole = lines[0].rstrip().endswith("}") and not _ARRAY_INSIDE.search(lines[0])
        return ("JSON Lines", "jsonl") if whole else ("a JSON document", "json")
    return "", ""
