from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.jsonl import read_jsonl
from nlpkit.data.reading.layout import JsonlLayout
from nlpkit.data.reading.lines import split_lines
from nlpkit.data.reading.notes import FileNotes

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(st.tuples(TEXT, TEXT)), st.booleans())
def test_objects_that_python_writes_come_back_equal(rows: list[tuple[str, str]], ascii_only: bool) -> None:
    content = "".join(
        json.dumps({"text": text, "label": label}, ensure_ascii=ascii_only) + "\n" for text, label in rows
    )
    lines = split_lines([content], name="a.jsonl", max_chars=10_000)

    [columns] = read_jsonl(lines, JsonlLayout(), Asked(), FileNotes("a.jsonl"))

    assert list(zip(columns.texts, columns.labels, strict=True)) == rows


def test_several_keys_are_joined_by_one_space_and_others_are_left() -> None:
    line = '{"id": 7, "title": "Oil", "tags": [1, {"x": null}], "body": "up", "class": "a", "by": 12}'
    layout = JsonlLayout(text=("title", "body"), label="class")

    [columns] = read_jsonl([line], layout, Asked(others=("by",)), FileNotes("a.jsonl"))

    assert (columns.texts, columns.labels, columns.others) == (["Oil up"], ["a"], [["12"]])


def test_lines_are_counted_with_the_blank_ones() -> None:
    lines = ["\n", '{"text": "oil"}\n', " \n", '{"text": "art"}']

    [columns] = read_jsonl(lines, JsonlLayout(), Asked(label=False), FileNotes("a.jsonl"))

    assert columns.lines.tolist() == [2, 4]
    assert columns.labels == ["", ""]
