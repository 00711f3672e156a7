"""CSV and TSV: quotes, long fields, ragged rows, delimiters and headers: what each gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

READ = [
    pytest.param(
        "a.csv",
        b'text,label\n"one\ntwo\r\nthree",a\nfour,b\n',
        {},
        ["one\ntwo\r\nthree", "four"],
        ["a", "b"],
        [],
        id="B07-line-breaks-in-quotes",
    ),
    pytest.param(
        "a.csv",
        b'text,label\n"say ""hi"", all",a\n',
        {},
        ['say "hi", all'],
        ["a"],
        [],
        id="B07-doubled-quotes",
    ),
    pytest.param(
        "a.tsv",
        b'text\tlabel\n"open\tb\n',
        {"quoted": False},
        ['"open'],
        ["b"],
        [],
        id="B08-quote-as-a-character",
    ),
    pytest.param(
        "a.csv", b"text|label\nfine|a\n", {"delimiter": "|"}, ["fine"], ["a"], [], id="B11-bars-named"
    ),
    pytest.param(
        "a.csv",
        b"a,oil up\nb,art\n",
        {"text": (1,), "label": 0},
        ["oil up", "art"],
        ["a", "b"],
        [],
        id="B12-no-header-by-number",
    ),
    pytest.param(
        "a.csv",
        b"Label,Text\nb,art\n",
        {"text": (1,), "label": 0},
        ["art"],
        ["b"],
        ["a.csv: took the first row for a header (set header = false if it is none), once (line 1)"],
        id="B12-header-by-number",
    ),
    pytest.param(
        "a.csv",
        b"label,text\nb,art\n",
        {"text": (1,), "label": 0, "header": False},
        ["text", "art"],
        ["label", "b"],
        [],
        id="B12-header-by-number-denied",
    ),
    pytest.param(
        "a.csv",
        b"text,label\n" + b"x" * 140_000 + b",a\n",
        {},
        ["x" * 140_000],
        ["a"],
        [],
        id="B09-field-over-the-limit-of-csv",
    ),
]

REFUSED = [
    pytest.param(
        "a.csv",
        b'text,label\nfine,a\n"open,b\nmore,c\n',
        {},
        "a.csv:3: a quote is opened in the row that begins here, and never closed",
        "close it, or set quoted = false if quote marks are ordinary characters",
        id="B08-quote-never-closed",
    ),
    pytest.param(
        "a.csv",
        b'text,label\n"open,b\n"more",c\n',
        {},
        "a.csv:2: text goes on after a closing quote in the row that begins here",
        'write a quote inside quotes twice (""), '
        "or set quoted = false if quote marks are ordinary characters",
        id="B08-quote-closed-by-the-next",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine,a\n" + b"x" * 1_000_001 + b",a\n",
        {},
        "a.csv:3: more than 1,000,000 characters in one text",
        "raise max_chars if that is right, or look for a missing line break or quote",
        id="B09-field-over-the-limit-for-csv",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine,a\n" + b"x" * 11 + b",a\n",
        {"max_chars": 10},
        "a.csv:3: more than 10 characters in one text",
        "raise max_chars if that is right, or look for a missing line break or quote",
        id="B09-field-over-max-chars",
    ),
    pytest.param(
        "a.csv",
        b"text,more,label\nxxxxx,yyyyy,a\n",
        {"text": ("text", "more"), "max_chars": 10},
        "a.csv:2: more than 10 characters in one text",
        "raise max_chars if that is right, or look for a missing line break or quote",
        id="B09-joined-fields-over-max-chars",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "xxxxxxxxxxx", "label": "a"}\n',
        {"max_chars": 10},
        "a.jsonl:1: more than 10 characters in one text",
        "raise max_chars if that is right, or look for a missing line break or quote",
        id="B09-json-over-max-chars",
    ),
    pytest.param(
        "a.txt",
        b"fine\n" + b"x" * 300,
        {"labelled": False, "max_chars": 10},
        "a.txt:2: more than 10 characters in one text",
        "raise max_chars if that is right, or look for a missing line break or quote",
        id="B09-line-over-any-limit",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine,a\noil, gas,b\n",
        {},
        "a.csv:3: this row has 3 columns, not 2 like the first one",
        "quote a cell that has the delimiter in it, or add what is missing",
        id="B10-row-too-long",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine\n",
        {},
        "a.csv:2: this row has 1 column, not 2 like the first one",
        "quote a cell that has the delimiter in it, or add what is missing",
        id="B10-row-too-short",
    ),
    pytest.param(
        "a.csv",
        b'text,label\n"one\ntwo",a\noil, gas,b\n',
        {},
        "a.csv:4: this row has 3 columns, not 2 like the first one",
        "quote a cell that has the delimiter in it, or add what is missing",
        id="B10-row-after-a-cell-of-two-lines",
    ),
    pytest.param(
        "a.csv",
        b"text;label\nfine;a\n",
        {},
        "a.csv:1: only one column with the delimiter ','",
        'the first lines can be read with delimiter = ";"',
        id="B11-semicolons",
    ),
    pytest.param(
        "a.csv",
        b"text\tlabel\nfine\ta\n",
        {},
        "a.csv:1: only one column with the delimiter ','",
        'the first lines can be read with delimiter = "\\t"',
        id="B11-tabs-in-csv",
    ),
    pytest.param(
        "a.tsv",
        b"text,label\nfine,a\n",
        {},
        "a.tsv:1: only one column with the delimiter '\\t'",
        'the first lines can be read with delimiter = ","',
        id="B11-commas-in-tsv",
    ),
    pytest.param(
        "a.csv",
        b"1;oil\n2;art\n",
        {"text": (1,), "label": 0},
        "a.csv:1: only one column with the delimiter ','",
        'the first lines can be read with delimiter = ";"',
        id="B11-by-number",
    ),
    pytest.param(
        "a.csv",
        b"oil up,a\nart,b\n",
        {},
        "a.csv:1: the header has no column 'text'",
        "known: a, oil up; where there is no header, name columns by number: the first is 0",
        id="B12-header-missing",
    ),
    pytest.param(
        "a.csv",
        b"txt,label\nart,b\n",
        {},
        "a.csv:1: the header has no column 'text'",
        "did you mean txt?; where there is no header, name columns by number: the first is 0",
        id="B12-header-misspelt",
    ),
    pytest.param(
        "a.csv",
        b"text,text,label\nart,art,b\n",
        {},
        "a.csv:1: the header has the column 'text' more than once",
        "give each column its own name, or set header = true and name columns by number: the first is 0",
        id="B12-header-with-a-column-twice",
    ),
    pytest.param(
        "a.csv",
        b"text,label\n",
        {},
        "a.csv: there is a header and no row below it",
        "add rows to it",
        id="B12-header-only",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nart,b\ntext,label\noil,a\n",
        {},
        "a.csv:3: the header once more",
        "remove this line: it is left over from joining files",
        id="B12-header-once-more",
    ),
    pytest.param(
        "a.csv",
        b"a,oil up\n",
        {"text": (2,), "label": 0},
        "a.csv:1: there is no column 2",
        "the first row has 2 columns, 0 to 1",
        id="B12-number-too-large",
    ),
    pytest.param(
        "a.csv",
        b"a,oil up\n",
        {"text": ("text",), "label": 0, "header": False},
        "a.csv:1: there is no column 'text' without a header",
        "set header = true, or name columns by number: the first is 0",
        id="B12-name-without-header",
    ),
]


@pytest.mark.parametrize(("name", "content", "options", "texts", "labels", "warnings"), READ)
def test_a_table_is_read_cell_by_cell(
    reads: Callable[..., None],
    name: str,
    content: bytes,
    options: dict[str, Any],
    texts: list[str],
    labels: list[str],
    warnings: list[str],
) -> None:
    reads(name, content, options, texts, labels, warnings)


@pytest.mark.parametrize(("name", "content", "options", "message", "hint"), REFUSED)
def test_a_refusal_of_tables_says_where_why_and_what_to_do(
    refuses: Callable[..., None], name: str, content: bytes, options: dict[str, Any], message: str, hint: str
) -> None:
    refuses(name, content, options, message, hint)
