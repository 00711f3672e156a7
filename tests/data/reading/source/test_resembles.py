from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.errors import DataError
from tests.data.one_file import read_texts

LINES = '{"text": "oil, up", "label": "a"}\n{"text": "art", "label": "b"}\n'
ARRAY = '[{"text": "oil, up", "label": "a"},\n {"text": "art", "label": "b"}]\n'
PRETTY = '{\n  "rows": [\n    {"text": "oil", "label": "a"}\n  ]\n}\n'
SHORT = '{"rows": [{"text": "oil", "label": "a"}]}'
PAGE = "\n<!DOCTYPE html>\n<html><body>404</body></html>\n"
XML = '<?xml version="1.0"?>\n<rows/>\n'
JSONL_HINT = 'this looks like JSON Lines: set type = "jsonl"'
JSON_HINT = 'this looks like a JSON document: set type = "json"'
FASTTEXT_HINT = 'this looks like fastText: set type = "fasttext"'
NO_JSON_HINT = 'this does not look like JSON: set the format that it has, type = "FORMAT"'
PAGE_HINT = "this looks like a web page: name a file with text in it, such as csv or jsonl"
XML_HINT = "this looks like XML: name a file with text in it, such as csv or jsonl"


@pytest.mark.parametrize(
    ("format", "content", "hint"),
    [
        ("json", LINES, JSONL_HINT),
        ("jsonl", ARRAY, JSON_HINT),
        ("jsonl", PRETTY, JSON_HINT),
        ("jsonl", SHORT, JSON_HINT),
        *((format, LINES, JSONL_HINT) for format in ("csv", "tsv", "fasttext")),
        *((format, LINES.split("\n")[0], JSONL_HINT) for format in ("csv", "fasttext")),
        *((format, ARRAY, JSON_HINT) for format in ("csv", "tsv", "fasttext")),
        *((format, PRETTY, JSON_HINT) for format in ("csv", "tsv", "fasttext")),
        *((format, PAGE, PAGE_HINT) for format in ("csv", "tsv", "jsonl", "json", "fasttext")),
        *((format, "__label__a oil\n", FASTTEXT_HINT) for format in ("csv", "tsv", "jsonl", "json")),
        *((format, "text,label\noil,a\n", NO_JSON_HINT) for format in ("jsonl", "json")),
        *((format, XML, XML_HINT) for format in ("csv", "tsv", "jsonl", "json", "fasttext")),
    ],
)
def test_a_refusal_names_the_format_that_the_text_looks_like(
    written: Callable[[str, bytes], Path], format: str, content: str, hint: str
) -> None:
    with pytest.raises(DataError) as refusal:
        read_texts(written("a.dat", content.encode()), format=format)

    assert refusal.value.hint == hint


@pytest.mark.parametrize(
    ("format", "content", "hint"),
    [
        ("jsonl", '{"body": "oil", "label": "a"}\n', "known: body, label"),
        ("csv", "[draft],label\noil,a\n", "known: [draft], label; where there is no header, name columns by"),
        ("json", '{"text": "oil", "label": "a"}', 'write an array of objects: [{"text": "...", "label":'),
    ],
)
def test_a_refusal_of_text_in_its_own_format_keeps_its_hint(
    written: Callable[[str, bytes], Path], format: str, content: str, hint: str
) -> None:
    with pytest.raises(DataError) as refusal:
        read_texts(written("a.dat", content.encode()), format=format)

    assert refusal.value.hint.startswith(hint)


def test_text_that_can_be_read_is_read_whatever_it_looks_like(written: Callable[[str, bytes], Path]) -> None:
    found = read_texts(written("a.txt", (PAGE + LINES).encode()), labelled=False).texts

    assert list(found.texts) == (PAGE + LINES).removesuffix("\n").split("\n")
