from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.columns import PIECE_ROWS, Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.layout import JsonLayout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.readers import Reading
from nlpkit.data.reading.records.document import read_json
from nlpkit.errors import DataError, SettingsError
from tests.data.one_file import read_texts

Written = Callable[[str, bytes], Path]
ROWS = [{"text": "oil up", "label": "a"}, {"text": "art", "label": "b"}]
HINT = "use double quotes, and write no comma after the last value"


def refusal_of(written: Written, content: str, **settings: Any) -> str:
    path = written("a.json", content.encode())
    with pytest.raises(DataError) as refusal:
        read_texts(path, **settings)
    return str(refusal.value).replace(str(path), "a.json")


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("document", "settings", "place"),
    [
        (ROWS, {}, ""),
        ({"rows": ROWS}, {}, "rows"),
        ({"version": 1, "data": {"tags": ["x", 2], "items": ROWS}, "end": None}, {}, "data.items"),
        ({"train": ROWS, "test": [{"other": 1}]}, {"records": "train"}, ""),
        ({"test": [{"other": 1}], "all": {"train": ROWS}}, {"records": "all.train"}, ""),
        ({"all.train": ROWS, "all": []}, {"records": "all.train"}, ""),
    ],
)
def test_the_array_of_objects_is_read_wherever_it_is(
    written: Written, document: object, settings: dict[str, Any], place: str, indent: int | None
) -> None:
    path = written("a.json", json.dumps(document, indent=indent).encode())
    found = read_texts(path, **settings)

    assert list(zip(found.texts.texts, found.texts.labels, strict=True)) == [("oil up", "a"), ("art", "b")]
    told = [f"{path}: took the records at {place!r}, once (record 1)"] if place else []
    assert [note.text for note in found.notes] == told


def test_several_arrays_are_refused_unless_one_is_named(written: Written) -> None:
    content = json.dumps({"train": ROWS, "more": {"test": ROWS}})

    assert refusal_of(written, content) == (
        "a.json: the document has several arrays of objects: 'train' and 'more.test'\n"
        '  name the one to read: records = "train" or records = "more.test"'
    )
    assert refusal_of(written, content, records="tran") == (
        "a.json: there is no array of objects at records = 'tran'\n  did you mean train?"
    )


def test_of_several_arrays_the_one_with_the_columns_is_read(written: Written) -> None:
    table = {"schema": {"fields": [{"name": "text", "type": "string"}]}, "data": ROWS, "more": [{"a": 1}]}
    path = written("a.json", json.dumps(table).encode())

    found = read_texts(path)
    assert list(zip(found.texts.texts, found.texts.labels, strict=True)) == [("oil up", "a"), ("art", "b")]
    assert [note.text for note in found.notes] == [f"{path}: took the records at 'data', once (record 1)"]


def test_where_no_array_has_the_columns_all_are_listed_with_theirs(written: Written) -> None:
    name = "a long name, longer than others are"
    content = json.dumps({"schema": {"fields": [{"name": "n"}]}, name: [{"body": "oil", "team": "a"}]})

    assert refusal_of(written, content) == (
        "a.json: the document has several arrays of objects: 'schema.fields' and "
        "'a long name, longer than othe…'\n"
        "  name the one to read, and the columns it has\n"
        '  records = "schema.fields": name\n'
        f'  records = "{name}": body, team'
    )
    path = written("a.json", content.encode())
    assert list(read_texts(path, records=name, text=("body",), label="team").texts.texts) == ["oil"]


def test_the_only_array_is_read_by_its_own_columns(written: Written) -> None:
    content = json.dumps({"data": [{"body": "oil", "label": "a"}]})

    assert refusal_of(written, content) == "a.json, record 1: there is no key 'text'\n  known: body, label"


def test_a_document_of_arrays_without_end_is_refused_early() -> None:
    def chunks() -> Iterator[str]:
        yield "{"
        for number in range(1000):
            assert number < 100
            yield f'"{number}": [{{"a": 1}}],'

    with pytest.raises(DataError, match="the document has several arrays of objects: '0' and '1' and "):
        list(read_json(chunks(), JsonLayout(), Asked(), FileNotes("a.json")))


@pytest.mark.parametrize("content", ["[]", "{}", '{"text": {"0": "oil"}, "label": {"0": "a"}}', "3", '"oil"'])
def test_a_document_without_an_array_of_objects_is_refused(written: Written, content: str) -> None:
    assert refusal_of(written, content) == (
        "a.json: there is no array of objects in the document\n"
        '  write an array of objects: [{"text": "...", "label": "..."}, ...]; '
        'pandas does with orient="records"'
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"text": "oil", "label": "a"},]', "a.json:1:32: this is not JSON: expecting value"),
        ('[\n{"text": "oil",\r\n"label": a}]', "a.json:3:10: this is not JSON: expecting value"),
        ('{"rows" []}', "a.json:1:9: this is not JSON: expecting ':'"),
        ("{rows: []}", "a.json:1:2: this is not JSON: expecting a key in double quotes"),
    ],
)
def test_what_is_no_json_is_refused_with_line_and_column(
    written: Written, content: str, message: str
) -> None:
    assert refusal_of(written, content) == f"{message}\n  {HINT}"


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ('[{"text": "oil', "1:11: this is not JSON: unterminated string", 'close the string with "; if the'),
        ('{"a": [7]', "1:10: this is not JSON: expecting ',' or '}'", "close what is"),
        ('{"a": [7],', "1:11: this is not JSON: expecting a key in double quotes", "close what is"),
        ('[{"text": "oil\nup"}]', "1:15: this is not JSON: invalid control character", "write a line break"),
        (
            r'[{"text": "C:\data"}]',
            r"1:14: this is not JSON: invalid \escape",
            "write a backslash in a string",
        ),
        ('[\n// new\n{"text": "oil"}]', "2:1: this is not JSON: expecting value", "JSON has no comments: re"),
        ('[{"text": "oil", "label": True}]', "1:27: this is not JSON: expecting value", "write true, false"),
        ('{"a":\xa07}', "1:6: this is not JSON: expecting value", "remove the character U+00A0"),
    ],
)
def test_a_refusal_of_what_is_no_json_says_what_mends_it(
    written: Written, content: str, message: str, hint: str
) -> None:
    assert refusal_of(written, content).startswith(f"a.json:{message}\n  {hint}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"text": "oil", "label": NaN}]', "a.json:1:2: NaN is not JSON"),
        ('[{"text": "a", "text": "b"}]', "a.json:1:2: the key 'text' more than once in one object"),
        ('{"a": [],\n "a": []}', "a.json:2:6: the key 'a' more than once in one object"),
        ("[" * 100_000, "a.json:1:2: nested too deep"),
        ('[{"text": "oil", "label": "a"}, 7]', "a.json, record 2: a number instead of an object"),
        ('[{"text": "oil", "label": "a"},\n{"text": "b"}]', "a.json, record 2: there is no key 'label'"),
        ('[{"text": null, "label": "a"}]', "a.json, record 1: 'text' is null, not a string"),
        ('[{"text": "oil", "label": null}]', "a.json, record 1: the label is missing"),
        ('[{"text": "a", "label": "x"}, {"text": "b", "label": 2}]', "a.json, record 2: the labels are of"),
        ('[{"text": "o\\u0000", "label": "a"}]', "a.json, record 1: an escaped NUL character in the text"),
        ("[] []", "a.json:1:4: text goes on after the end of the document"),
    ],
)
def test_the_rules_for_objects_hold_as_in_json_lines(written: Written, content: str, message: str) -> None:
    assert refusal_of(written, content).startswith(message)


def test_deeply_nested_objects_are_refused(written: Written) -> None:
    assert "nested too deep" in refusal_of(written, '{"a":' * 100_000)


def test_numbers_are_texts_where_that_is_asked_for(written: Written) -> None:
    path = written("a.json", b'[{"text": 4.5, "label": 1}]')

    found = read_texts(path, coerce=True).texts
    assert (list(found.texts), list(found.labels)) == (["4.5"], ["1"])


def test_bytes_that_are_no_text_are_counted_by_line(written: Written) -> None:
    path = written("a.json", b'[\n{"text": "oil \xff",\n"label": "a"}]')

    found = read_texts(path, errors="replace")
    assert list(found.texts.texts) == ["oil \ufffd"]
    assert [note.text for note in found.notes] == [
        f"{path}: read bytes that are no text as U+FFFD, once (line 2)"
    ]


def test_an_empty_place_is_refused() -> None:
    with pytest.raises(SettingsError, match="records: is empty; name a key, or leave it out"):
        JsonLayout(records="")


@given(
    st.lists(st.tuples(st.text(), st.sampled_from("ab")), min_size=1, max_size=5),
    st.integers(1, 9),
    st.sampled_from([None, 0, 3]),
)
def test_chunks_of_any_size_give_the_same(rows: list[tuple[str, str]], size: int, indent: int | None) -> None:
    rows = [(text.replace("\0", ""), label) for text, label in rows]
    whole = {"skipped": [1, [2.5e3], True, {"a": {}}], "rows": [{"text": t, "label": n} for t, n in rows]}
    text = json.dumps(whole, indent=indent)
    chunks = (text[start : start + size] for start in range(0, len(text), size))

    layout = JsonLayout(records="rows")
    pieces = list(read_json(chunks, layout, Asked(), FileNotes("a.json")))

    found = [pair for piece in pieces for pair in zip(piece.texts, piece.labels, strict=True)]
    expected = [(text.encode("utf-8", "replace").decode(), label) for text, label in rows]
    assert found == expected or any("\ud800" <= char <= "\udfff" for t, _ in rows for char in t)


def test_a_document_is_read_in_the_memory_of_a_piece() -> None:
    rows, chars = 20 * PIECE_ROWS, 500

    def chunks() -> Iterator[str]:
        yield '{"skipped": ["x"'
        for _ in range(rows):
            yield ', "' + "x" * chars + '"'
        yield '], "rows": [{"text": ""}'
        for _ in range(rows):
            yield ', {"text": "' + "x" * chars + '"}'
        yield "]}"

    tracemalloc.start()
    pieces = read_json(chunks(), JsonLayout(records="rows"), Asked(label=False), FileNotes("a.json"))
    count = sum(len(piece.texts) for piece in pieces)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == rows + 1
    assert peak < 4 * PIECE_ROWS * chars < rows * chars / 4


def test_a_value_that_never_ends_is_refused(written: Written) -> None:
    content = '[{"text": "' + "x" * 2_000_000

    assert refusal_of(written, content, max_chars=1000) == (
        "a.json:1:2: more than 10,000 characters in one text\n"
        "  raise max_chars if that is right, or look for a missing line break or quote"
    )


def test_a_document_is_read_piece_by_piece(written: Written) -> None:
    rows = [{"text": f"oil {number}"} for number in range(2 * PIECE_ROWS + 3)]
    path = written("a.json", json.dumps(rows).encode())

    reading = Reading(path, layout_of(path, {}), Asked(label=False))
    pieces = list(reading)

    assert [len(piece.texts) for piece in pieces] == [PIECE_ROWS, PIECE_ROWS, 3]
    assert [text for piece in pieces for text in piece.texts] == [row["text"] for row in rows]
    assert [number for piece in pieces for number in piece.lines] == list(range(1, len(rows) + 1))
    assert (reading.fraction, reading.sources[0].size) == (1.0, path.stat().st_size)
