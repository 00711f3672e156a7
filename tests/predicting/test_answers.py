from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.predicting.answers import Answered, Content, json_lines, plain_lines, table_head, table_lines

CELL = st.text(st.sampled_from("ab \",;\t'\\\n\r\u2028é=%{}\0\x85"), max_size=6)
NAMES = st.lists(CELL, min_size=2, max_size=2, unique=True)
VALUE = CELL | st.none() | st.booleans() | st.integers() | st.lists(CELL, max_size=2)


def some_answers(labels: list[int], kept: list[list[object]], blank: list[int], first: int = 1) -> Answered:
    chances = np.array([[0.25, 0.75] if label else [0.625, 0.375] for label in labels])
    return Answered(range(first, first + len(labels)), labels, chances, kept, blank)


def test_plain_lines_are_class_names_and_nothing_else_is_in_them() -> None:
    some = some_answers([1, 0], [], blank=[1])

    assert plain_lines(Content(("a\nb", "c\td")))(some) == ["c\\td", "a\\nb"]
    assert plain_lines(Content(("no", "100 %"), probabilities=True))(some) == [
        "100 %\t0.2500\t0.7500",
        "no\t0.6250\t0.3750",
    ]


def test_a_json_line_has_the_row_the_kept_columns_and_a_note_where_the_text_is_blank() -> None:
    some = some_answers([1, 0], [["x", None], [7, {"a": "é"}]], blank=[1], first=9)

    assert list(map(json.loads, json_lines(Content(("no", "100 %"), ("id", "more")))(some))) == [
        {"row": 9, "id": "x", "more": 7, "label": "100 %", "probabilities": {"no": 0.25, "100 %": 0.75}},
        {
            "row": 10,
            "id": None,
            "more": {"a": "é"},
            "label": "no",
            "probabilities": {"no": 0.625, "100 %": 0.375},
            "note": "blank",
        },
    ]


def test_a_table_has_the_kept_columns_after_the_row_and_the_note_last() -> None:
    content = Content(("no", "yes"), ("id", "a,b"), probabilities=True)
    some = some_answers([1, 0], [["=1+1", None], [7, ["a"]]], blank=[0])

    assert table_head(content, ",") == 'row,id,"a,b",label,probability:no,probability:yes,note'
    assert table_lines(content, ",")(some) == [
        "1,=1+1,7,yes,0.25,0.75,blank",
        '2,,"[""a""]",no,0.625,0.375,',
    ]


def test_the_likeliest_classes_stand_behind_the_label_whatever_is_written() -> None:
    content = Content(("no", "a,b", "so"), ("id",), top=2)
    some = Answered(
        range(3, 5), [1, 0], np.array([[0.25, 0.5, 0.25], [0.625, 0.125, 0.25]]), [["x", "y"]], []
    )

    assert plain_lines(content)(some) == [
        "a,b\ta,b\t0.5000\tno\t0.2500",
        "no\tno\t0.6250\tso\t0.2500",
    ]
    assert table_head(content, ",") == "row,id,label,top:1,top:1:probability,top:2,top:2:probability,note"
    assert table_lines(content, ",")(some) == ['3,x,"a,b","a,b",0.5,no,0.25,', "4,y,no,no,0.625,so,0.25,"]
    top = [{"label": "a,b", "probability": 0.5}, {"label": "no", "probability": 0.25}]
    [found, _] = map(json.loads, json_lines(content)(some))
    assert found == {"row": 3, "id": "x", "label": "a,b", "top": top}
    both = Content(("no", "a,b", "so"), ("id",), top=2, probabilities=True)
    [found, _] = map(json.loads, json_lines(both)(some))
    assert found["top"] == top
    assert found["probabilities"] == {"no": 0.25, "a,b": 0.5, "so": 0.25}


@pytest.mark.parametrize("delimiter", [",", "\t"])
@given(names=NAMES, kept=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4), data=st.data())
def test_any_label_and_any_cell_come_back_through_csv(
    delimiter: str, names: list[str], kept: list[tuple[str, str]], data: st.DataObject
) -> None:
    labels = data.draw(st.lists(st.integers(0, 1), min_size=len(kept), max_size=len(kept)))
    content = Content(tuple(names), ("\n,", "two"))
    lines = table_lines(content, delimiter)(
        some_answers(labels, [[one for one, _ in kept], [two for _, two in kept]], [])
    )
    written = "".join(line + "\n" for line in [table_head(content, delimiter), *lines])

    rows = list(csv.reader(io.StringIO(written, newline=""), delimiter=delimiter))

    assert rows == [
        ["row", "\n,", "two", "label", "note"],
        *(
            [str(row), *cells, names[label], ""]
            for row, (cells, label) in enumerate(zip(kept, labels, strict=True), 1)
        ),
    ]


@given(names=NAMES, kept=st.lists(VALUE, min_size=1, max_size=4))
def test_any_label_and_any_value_come_back_through_json(names: list[str], kept: list[object]) -> None:
    lines = json_lines(Content(tuple(names), ("%s",)))(some_answers([1] * len(kept), [kept], []))

    found = [json.loads(line) for line in lines]

    assert [each["%s"] for each in found] == kept
    assert [each["label"] for each in found] == [names[1]] * len(kept)
