from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.layout import JsonlLayout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.records.jsonl import read_jsonl
from nlpkit.data.reading.source.lines import Lines
from nlpkit.errors import DataError
from tests.data.one_file import GivenLines, read_texts

OTHERS = Asked(label=False, others=("by",))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(st.tuples(TEXT, TEXT)), st.booleans())
def test_objects_that_python_writes_come_back_equal(rows: list[tuple[str, str]], ascii_only: bool) -> None:
    content = "".join(
        json.dumps({"text": text, "label": label}, ensure_ascii=ascii_only) + "\n" for text, label in rows
    )
    lines = Lines([content], name="a.jsonl", max_chars=10_000)

    [columns] = read_jsonl(lines, JsonlLayout(), Asked(), FileNotes("a.jsonl"))

    assert list(zip(columns.texts, columns.labels, strict=True)) == rows


def test_several_keys_are_joined_by_one_space_and_others_are_left() -> None:
    line = '{"id": 7, "title": "Oil", "tags": [1, {"x": null}], "body": "up", "class": "a", "by": 12}'
    layout = JsonlLayout(text=("title", "body"), label="class")

    [columns] = read_jsonl(GivenLines([line]), layout, Asked(others=("by",)), FileNotes("a.jsonl"))

    assert (columns.texts, columns.labels, columns.others) == (["Oil up"], ["a"], [[12]])


def test_lines_are_counted_with_the_blank_ones() -> None:
    lines = GivenLines(["\n", '{"text": "oil"}\n', " \n", '{"text": "art"}'])

    [columns] = read_jsonl(lines, JsonlLayout(), Asked(label=False), FileNotes("a.jsonl"))

    assert columns.lines.tolist() == [2, 4]
    assert columns.labels == ["", ""]


def test_other_columns_have_any_value_but_a_number_that_json_cannot_write() -> None:
    values = ["a", "\ud83d", 7, 1.5, None, True, ["x"], {"y": 1}]
    rows = [json.dumps({"text": "oil", "by": value}) + "\n" for value in values]

    [columns] = read_jsonl(GivenLines(rows), JsonlLayout(), OTHERS, FileNotes("a.jsonl"))

    assert columns.others == [["a", "\ufffd", *values[2:]]]
    with pytest.raises(DataError) as refusal:
        list(read_jsonl(GivenLines(['{"text": "", "by": [1e999]}']), JsonlLayout(), OTHERS, FileNotes("a")))
    assert str(refusal.value) == "a:1: 'by' has a number that is too large\n  write it as a string"


ROWS = [{"text": "oil {up}", "label": "a"}, {"text": "art, ", "label": "b"}, {"text": "", "label": "a"}]


@pytest.mark.parametrize("indent", [None, 0, 3])
@pytest.mark.parametrize("between", [",\n", ", ", "\n", "\n,", "", "\r\n\r\n", " "])
@pytest.mark.parametrize("end", ["", "\n", ",\n"])
def test_objects_one_after_another_are_read_and_noted(
    written: Callable[[str, bytes], Path], indent: int | None, between: str, end: str
) -> None:
    path = written("a.jsonl", (between.join(json.dumps(row, indent=indent) for row in ROWS) + end).encode())

    found = read_texts(path)
    assert [
        {"text": t, "label": n} for t, n in zip(found.texts.texts, found.texts.labels, strict=True)
    ] == ROWS
    in_lines = indent is None and between.isspace() and "\n" in between and "," not in end
    noted = [note.text for note in found.notes if "not one a line" in note.text]
    assert [text.rpartition(" (")[0] for text in noted] == (
        [] if in_lines else [f"{path}: read objects that are not one a line, once"]
    )


def test_objects_one_after_another_are_numbered_by_line(written: Callable[[str, bytes], Path]) -> None:
    path = written(
        "a.jsonl", b'\n{\n"text": "a", "label": "x"} {"text": "b",\r\n"label": "x"},\n\n{"text": 3}\n'
    )

    with pytest.raises(DataError, match=r"a\.jsonl:6: 'text' is a number, not a string"):
        read_texts(path)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{"text": "oil", "label": "a"\n{"text": "art", "label": "b"}\n', "1:30"),
        ('{"text": "oil", "label": NaN}\n{"text": "art", "label": "b"}\n', "1"),
        ('{"text": "oil", "label": "a"},\n{"text": "art" "label": "b"},\n', "2:16"),
        ('{"text": "oil", "label": "a"}\n{"text": "art", "label": "b"\n', "2:30"),
        ('{"text": "oil", "label": "a"}\n{"text": "art", "label": "b"},,\n', "2:31"),
    ],
)
def test_damage_is_told_where_it_is(written: Callable[[str, bytes], Path], content: str, place: str) -> None:
    with pytest.raises(DataError) as refusal:
        read_texts(written("a.jsonl", content.encode()))

    assert refusal.value.location.endswith(f"a.jsonl:{place}")
