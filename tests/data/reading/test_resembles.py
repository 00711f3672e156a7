from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from nlpkit.errors import DataError
from tests.data.one_file import read_texts

LINES = '{"text": "oil, up", "label": "a"}\n{"text": "art", "label": "b"}\n'
ARRAY = '[{"text": "oil, up", "label": "a"},\n {"text": "art", "label": "b"}]\n'
PRETTY = '{\n  "rows": [\n    {"text": "oil", "label": "a"}\n  ]\n}\n'
SHORT = '{"rows": [{"text": "oil", "label": "a"}]}'
SPREAD = '{\n  "text": "oil, up",\n  "label": "a"\n}\n{\n  "text": "art",\n  "label": "b"\n}\n'
TABLE = '{"schema": {"fields": [{"name": "n"}]},\n "data": [{"text": "oil", "label": "a"}]}'
COLUMNS = '{"text": {"0": "oil"}, "label": {"0": "a"}}'
PAGE = "\n<!DOCTYPE html>\n<html><body>404</body></html>\n"
XML = '<?xml version="1.0"?>\n<rows/>\n'
JSONL_HINT = 'this looks like JSON Lines: set type = "jsonl"'
ONE_HINT = 'this looks like a JSON object: set type = "jsonl"'
SEQUENCE_HINT = 'this looks like objects one after another: set type = "jsonl"'
JSON_HINT = 'this looks like a JSON document: set type = "json"'
FASTTEXT_HINT = 'this looks like fastText: set type = "fasttext"'
NO_JSON_HINT = 'this does not look like JSON: set the format that it has, type = "FORMAT"'
COLUMNS_HINT = (
    'this looks like JSON by columns: write an object for each row; pandas does with orient="records"'
)
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
        *((format, LINES.split("\n")[0], ONE_HINT) for format in ("csv", "fasttext")),
        *((format, ARRAY, JSON_HINT) for format in ("csv", "tsv", "fasttext")),
        *((format, PRETTY, JSON_HINT) for format in ("csv", "tsv", "fasttext")),
        *((format, SPREAD, SEQUENCE_HINT) for format in ("csv", "tsv", "json", "fasttext")),
        ("json", LINES.replace("}\n", "},\n"), SEQUENCE_HINT),
        ("csv", LINES.replace("text", "body"), f"{JSONL_HINT}, and name the columns it has: body, label"),
        ("jsonl", TABLE, JSON_HINT),
        *((format, COLUMNS, COLUMNS_HINT) for format in ("csv", "jsonl", "fasttext")),
        ("jsonl", TABLE.replace("text", "body"), f"{JSON_HINT}, and name the columns it has: body, label"),
        *((format, PAGE, PAGE_HINT) for format in ("csv", "tsv", "jsonl", "json", "fasttext")),
        *((format, "__label__a oil\n", FASTTEXT_HINT) for format in ("csv", "tsv", "jsonl", "json")),
        *((format, "text,label\noil,a\n", NO_JSON_HINT) for format in ("jsonl", "json")),
        ("jsonl", f"// by us\n{LINES}", "remove what is above the JSON, which begins in line 2"),
        ("json", f")]}}'\n\n{ARRAY}", "remove what is above the JSON, which begins in line 3"),
        *((format, XML, XML_HINT) for format in ("csv", "tsv", "jsonl", "json", "fasttext")),
    ],
)
def test_a_refusal_names_the_format_that_the_text_looks_like(
    written: Callable[[str, bytes], Path], format: str, content: str, hint: str
) -> None:
    with pytest.raises(DataError) as refusal:
        read_texts(written("a.dat", content.encode()), format=format)

    assert refusal.value.hint == hint


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl", "json", "fasttext", "label_text"])
@pytest.mark.parametrize(
    "content",
    [LINES, ARRAY, PRETTY, SHORT, SPREAD, TABLE, LINES.replace("\n", ""), LINES.replace("\n", ",\n"),
     "__label__a oil\n", "[1, 2]\n", '{"text": ["oil"]}', "{}"],
)  # fmt: skip
def test_a_format_that_a_hint_names_reads_the_text(
    written: Callable[[str, bytes], Path], format: str, content: str
) -> None:
    path = written("a.dat", content.encode())
    with suppress(DataError):
        read_texts(path, format=format)
        return
    with pytest.raises(DataError) as refusal:
        read_texts(path, format=format)
    for other in re.findall('type = "([a-z]+)"', refusal.value.hint):
        assert other != format
        assert len(read_texts(path, format=other).texts)


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
