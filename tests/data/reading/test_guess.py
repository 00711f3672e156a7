from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.reading.guess import guessed
from nlpkit.data.reading.layout import CsvLayout, FastTextLayout, JsonLayout, JsonlLayout, Layout, TsvLayout
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
        ("a.csv", "# of May\n# 'for us'\nremark|verdict\n" + rows("{}|{}\n"), CsvLayout(
            text=("remark",), label="verdict", delimiter="|", skip_rows=2
        )),
        ("a.tsv", "remark\tverdict\n" + rows('"{}\t{}\n'), TsvLayout(
            text=("remark",), label="verdict", quoted=False
        )),
        ("a.jsonl", rows('{{"body": "{}", "team": ["{}", "x"]}}\n') + '{"by": null}', JsonlLayout(
            text=("body",), label="team"
        )),
        ("a.json", rows('{{"body": "{}", "team": "{}"}}\n'), JsonLayout()),
        ("a.csv", "0,1\n" + "".join(f"{t},{int(v == 'bad')}\n" for t, v in ROWS), CsvLayout(
            text=("0",), label="1"
        )),
        ("a.csv", "Export of May,\ntext,label\n" + rows("{},{}\n"), CsvLayout(skip_rows=1)),
        ("a.csv", "# of May, by us\ntext,label\n" + rows("{},{}\n"), CsvLayout(skip_rows=1)),
        ("a.csv", "'remark';'verdict'\n" + rows("'{}';'{}'\n"), CsvLayout(
            text=("remark",), label="verdict", delimiter=";", quotechar="'"
        )),
        ("a.csv", "remark~verdict\n" + rows("so, {}~{}\n"), CsvLayout(
            text=("remark",), label="verdict", delimiter="~"
        )),
    ],
)  # fmt: skip
def test_the_one_way_to_read_a_file_is_found(
    written: Written, name: str, content: str, layout: Layout
) -> None:
    assert guessed(written(name, content.encode()), {}).layout == layout


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize(
    "line",
    ['{{"body": "{}", "team": "{}"}}\n', "{{'body': '{}', 'team': '{}'}}\n", '["{}", "{}"],\n'],
)
@pytest.mark.parametrize("above", ["", "["])
def test_json_is_not_guessed_to_be_a_table(written: Written, name: str, line: str, above: str) -> None:
    path = written(name, (above + rows(line)).encode())

    assert guessed(path, {}).layout == (CsvLayout() if name == "a.csv" else TsvLayout())


def test_what_is_given_is_not_guessed(written: Written) -> None:
    content = "a;b;c\n" + "".join(f"{text};{text} too;{label}\n" for text, label in ROWS)
    path = written("a.csv", content.encode())

    guess = guessed(path, {"text": ("b",)})

    assert guess.layout == CsvLayout(text=("b",), label="c", delimiter=";")
    assert guess.said == 'with delimiter = ";" and label = "c"'


@pytest.mark.parametrize(
    ("content", "given", "said"),
    [
        (
            "a,b,c\n" + "".join(f"{text},{text} too,{label}\n" for text, label in ROWS),
            {},
            "several columns could be the text\n"
            '  name it: text = "COLUMN"; the columns, and what they begin with:\n'
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


def test_a_first_row_with_a_sentence_and_a_label_of_its_own_is_not_taken_for_names(written: Written) -> None:
    path = written("a.csv", ("where is my new lamp,question\n" + rows("{},{}\n")).encode())

    with pytest.raises(DataError) as refusal:
        guessed(path, {})

    assert str(refusal.value) == (
        f"{path}: the first row may be a header or a text with its label: "
        "'where is my new lamp', 'question'\n"
        "  say which: header = true or header = false"
    )
    assert guessed(path, {"header": False}).layout == CsvLayout(text=(0,), label=1, header=False)
    named = CsvLayout(text=("where is my new lamp",), label="question", header=True)
    assert guessed(path, {"header": True}).layout == named
    assert guessed(path, {"text": (0,), "label": 1}).layout == CsvLayout(text=(0,), label=1)


def test_a_line_without_names_is_not_skipped_as_if_it_were_a_comment(written: Written) -> None:
    path = written("a.csv", ("remark is verdict\n" + rows("so, {} is {}\n")).encode())

    assert guessed(path, {}).layout == CsvLayout()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.json",
            '{"fields": [{"name": "remark"}], "data": [{"remark": "oil", "verdict": "a"}]}',
            "the document has several arrays of objects: 'fields' and 'data'",
        ),
        ("a.parquet", "text,label\noil,a\n", "this is a file of another format, not a Parquet file"),
    ],
)
def test_what_cannot_be_guessed_from_is_refused(written: Written, name: str, content: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        guessed(written(name, content.encode()), {})
