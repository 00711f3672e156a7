from __future__ import annotations

import pytest

from nlpkit.data.reading.columns import LABELLED
from nlpkit.data.reading.layout import CsvLayout, Table, TsvLayout
from nlpkit.data.reading.tables.dialect import even_rows, read_with, separator, written


@pytest.mark.parametrize(
    ("lines", "settings"),
    [
        (["text;label", "oil, gas;a", "art;b"], {"delimiter": ";"}),
        (["text|label", "oil|a", "art|b"], {"delimiter": "|"}),
        (["text,label", "'oil, gas',a", "'art, too',b"], {"quotechar": "'"}),
        (["text;label", "'oil; gas';a", "'it''s';b"], {"delimiter": ";", "quotechar": "'"}),
        (["text,label", '"say \\"oil\\", they",a', '"art",b'], {"escapechar": "\\"}),
        (["label, text", 'a, "oil, gas"', 'b, "art, too"'], {"skip_spaces": True}),
        (["# from the shop", "text,label", "oil,a", "art,b"], {"skip_rows": 1}),
        (["a comment", "", "text;label", "oil;a", "art;b"], {"delimiter": ";", "skip_rows": 1}),
        (["one", "two", "text,label", "oil,a", "art,b"], {"skip_rows": 2}),
        (["# a", "# b", "# c", "# d", "# e, f", "text,label", "oil,a", "art,b"], {"skip_rows": 5}),
        (["sep=,", "text;label", "oil, gas;a", "art, too;b"], {"delimiter": ";", "skip_rows": 1}),
        (["text^label", "oil, gas^a", "art, too^b"], {"delimiter": "^"}),
        (["text\x1flabel", "oil\x1fa", "art\x1fb"], {"delimiter": "\x1f"}),
        (["'text','label'", "'oil''s up','a'", "'art','b'"], {"quotechar": "'"}),
    ],
)
def test_the_settings_that_read_a_table_are_found(lines: list[str], settings: dict[str, object]) -> None:
    assert read_with([f"{line}\n" for line in lines], CsvLayout(), LABELLED) == settings


def test_what_a_model_remembers_may_be_undone() -> None:
    layout = CsvLayout(delimiter=";", quotechar="'", skip_rows=1)
    lines = ["text,label\n", '"oil, gas",a\n', "art,b\n"]

    assert read_with(lines, layout, LABELLED) == {"delimiter": ",", "quotechar": '"', "skip_rows": 0}


@pytest.mark.parametrize(
    "lines",
    [
        ["text,label", "oil, gas,a", "art,b"],
        ["text,label", '"oil,a', "art,b"],
        ["txt,lbl", "oil,a", "art,b"],
        ["text,label"],
        [],
    ],
)
def test_a_table_that_no_setting_mends_gets_none(lines: list[str]) -> None:
    assert read_with([f"{line}\n" for line in lines], CsvLayout(), LABELLED) == {}


def test_a_quote_mark_that_wraps_nothing_is_none() -> None:
    assert even_rows(["a;b\n", "c;d\n"], CsvLayout(delimiter=";", quotechar="'")) == []


@pytest.mark.parametrize(
    ("layout", "lines", "rows"),
    [
        (CsvLayout(), ["a,b", "c,d"], [["a", "b"], ["c", "d"]]),
        (TsvLayout(), ["a\tb", "c\td"], [["a", "b"], ["c", "d"]]),
        (CsvLayout(), ["sep=;", "a;b", "c;d"], [["a", "b"], ["c", "d"]]),
        (CsvLayout(), ["a,b", "1,c,d", "2,e,f"], [["a", "b"], ["1", "c", "d"], ["2", "e", "f"]]),
        (CsvLayout(), ["a,b", "c,d,", "e,f,"], [["a", "b"], ["c", "d", ""], ["e", "f", ""]]),
        (CsvLayout(), ["a,b", "1,c,d", "1,e,f"], []),
        (CsvLayout(skip_rows=1), ["x", "sep=;", "a;b", "c;d"], [["a", "b"], ["c", "d"]]),
        (CsvLayout(quoted=False), ["a,b", '"c,d'], [["a", "b"], ['"c', "d"]]),
        (CsvLayout(), ["'a','b'", "'c','d'"], []),
    ],
)
def test_rows_are_even_where_all_have_as_many_cells(
    layout: Table, lines: list[str], rows: list[list[str]]
) -> None:
    assert even_rows([f"{line}\n" for line in lines], layout, unnamed=True) == rows


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("sep=;\r\n", ";"),
        ("SEP=|", "|"),
        ('"sep=;"\n', ";"),
        ("sep = ;\n", ";"),
        ("sep=\t\n", "\t"),
        ("sep=;;\n", ""),
        ("separate\n", ""),
        ("", ""),
    ],
)
def test_a_line_may_say_the_delimiter(line: str, delimiter: str) -> None:
    assert separator(line) == delimiter


def test_settings_are_written_as_they_are_typed() -> None:
    settings = {"text": ("title", "body"), "skip_rows": 1, "quoted": False, "skip_spaces": True}

    assert written(settings) == (
        'text = ["title", "body"] and skip_rows = 1 and quoted = false and skip_spaces = true'
    )
