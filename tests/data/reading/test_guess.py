from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.reading.guess import guessed
from nlpkit.data.reading.layout import CsvLayout, FastTextLayout, JsonlLayout, Layout, TsvLayout
from nlpkit.errors import DataError

Written = Callable[[str, bytes], Path]
ROWS = [("the oven leaks", "bad"), ("the lamp works", "good"), ("the kettle hums", "good")] * 4
ROWS = [(f"{text} on day {day}", label) for day, (text, label) in enumerate(ROWS)]


def rows(line: str) -> str:
    return "".join(line.format(*row) for row in ROWS)


@pytest.mark.parametrize(
    ("name", "content", "layout"),
    [
        ("a.csv", "text,label\n" + rows("{},{}\n"), CsvLayout()),
        ("a.csv", "verdict;remark\n" + rows("{1};{0}\n"), CsvLayout(
            text=("remark",), label="verdict", delimiter=";"
        )),
        ("a.csv", rows("{1},{0}\n"), CsvLayout(text=(1,), label=0)),
        ("a.csv", ",0,1\n" + "".join(f"{i},{t},{v}\n" for i, (t, v) in enumerate(ROWS)), CsvLayout(
            text=("0",), label="1"
        )),
        ("a.csv", "id,title,stars\n" + "".join(f"{i},{t},{v}\n" for i, (t, v) in enumerate(ROWS)), CsvLayout(
            text=("title",), label="stars"
        )),
        ("a.tsv", "body\tclass\n" + rows("{}\t{}\n"), TsvLayout(text=("body",), label="class")),
        ("a.jsonl", rows('{{"id": 3, "body": "{}", "team": ["{}"]}}\n'), JsonlLayout(
            text=("body",), label="team"
        )),
        ("a.ft", rows("__label__{1} {0}\n"), FastTextLayout()),
    ],
)  # fmt: skip
def test_the_one_way_to_read_a_file_is_found(
    written: Written, name: str, content: str, layout: Layout
) -> None:
    assert guessed(written(name, content.encode()), {}).layout == layout


def test_what_is_given_is_not_guessed(written: Written) -> None:
    content = "a;b;c\n" + "".join(f"{text};{text} too;{label}\n" for text, label in ROWS)
    path = written("a.csv", content.encode())

    guess = guessed(path, {"text": ("b",)})

    assert guess.layout == CsvLayout(text=("b",), label="c", delimiter=";")
    assert guess.said == 'delimiter = ";" and label = "c"'


@pytest.mark.parametrize(
    ("content", "given", "said"),
    [
        (
            "a,b,c\n" + "".join(f"{text},{text} too,{label}\n" for text, label in ROWS),
            {},
            "several columns could be the text\n"
            "  name it: --text COLUMN; the columns, and what they begin with:\n"
            "  a: 'the oven leaks on day 0', 'the lamp works on day 1', 'the kettle hums on day 2'\n"
            "  b: 'the oven leaks on day 0 too', 'the lamp works on day 1 too', "
            "'the kettle hums on day 2 too'\n"
            "  c: 'bad', 'good', 'good'",
        ),
        (
            "text,n\n" + "".join(f"{text},{text}\n" for text, _ in ROWS),
            {},
            "no column looks like the label\n",
        ),
    ],
)
def test_several_ways_are_none(written: Written, content: str, given: dict[str, Any], said: str) -> None:
    path = written("a.csv", content.encode())

    with pytest.raises(DataError) as refusal:
        guessed(path, given)

    assert str(refusal.value).startswith(f"{path}: {said}")


@pytest.mark.parametrize("other", ["null", '["good", "dull"]', "[]", '{"name": "good"}'])
def test_a_label_that_cannot_be_read_in_each_row_is_still_the_label(written: Written, other: str) -> None:
    values = ['"good"', '"bad"', other] * 6
    lines = [
        f'{{"text": "day {day} was long", "tags": {value}, "label": {value}}}\n'
        for day, value in enumerate(values)
    ]

    assert guessed(written("a.jsonl", "".join(lines).encode()), {}).layout == JsonlLayout()


def test_a_label_that_the_first_record_lacks_is_found(written: Written) -> None:
    lines = [f'{{"text": "day {day} was long", "topic": "{"ab"[day % 2]}"}}\n' for day in range(12)]
    content = '{"text": "day one was long"}\n' + "".join(lines)

    assert guessed(written("a.jsonl", content.encode()), {}).layout == JsonlLayout(label="topic")
