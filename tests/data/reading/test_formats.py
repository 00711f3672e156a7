from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.reading.formats import LAYOUTS, known_ending, layout_from, layout_of, layout_table
from nlpkit.data.reading.layout import CsvLayout, FastTextLayout, JsonlLayout, Layout, TsvLayout, TxtLayout
from nlpkit.errors import ConfigError, DataError

TRAINED = CsvLayout(text=("body",), label="team", delimiter=";", encoding="latin-1", max_chars=500)


@pytest.mark.parametrize(
    ("name", "format", "layout"),
    [
        ("new.csv", None, TRAINED),
        ("new.dat", None, TRAINED),
        ("new.csv.gz", None, TRAINED),
        ("new.dat", "csv", TRAINED),
        ("new.jsonl", None, JsonlLayout(text=("body",), label="team", max_chars=500)),
        ("new.csv", "jsonl", JsonlLayout(text=("body",), label="team", max_chars=500)),
        ("new.ft", None, FastTextLayout(max_chars=500)),
        ("new.txt", None, TxtLayout(max_chars=500)),
    ],
)
def test_a_file_is_read_as_those_before_it(name: str, format: str | None, layout: Layout) -> None:
    assert layout_of(Path(name), {}, format=format, known=TRAINED) == layout


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("new.tsv", TsvLayout(text=(1, 2), label=0)),
        ("new.jsonl", JsonlLayout()),
    ],
)
def test_numbers_of_columns_are_for_tables_alone(name: str, layout: Layout) -> None:
    assert layout_of(Path(name), {}, known=CsvLayout(text=(1, 2), label=0, header=False)) == layout


def test_what_is_given_goes_before_what_is_known() -> None:
    found = layout_of(Path("new.csv"), {"delimiter": ",", "text": ("title",)}, known=TRAINED)

    assert found == CsvLayout(text=("title",), label="team", encoding="latin-1", max_chars=500)


def test_a_setting_of_another_format_is_refused() -> None:
    with pytest.raises(ConfigError) as refusal:
        layout_of(Path("a.jsonl"), {"delimiter": ";"})

    assert str(refusal.value).startswith(
        'delimiter = ";" is not for jsonl files\n  known: coerce, encoding, '
    )


@pytest.mark.parametrize("name", ["a.dat", "a", "a.gz"])
def test_a_name_that_says_no_format_is_refused_where_none_is_known(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("oil up", encoding="utf-8")

    assert not known_ending(path)
    with pytest.raises(DataError, match=r"or end the name in one of \.csv"):
        layout_of(path, {})


def test_what_is_no_text_is_told_by_name_and_not_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"\x80\x04abc")

    with pytest.raises(DataError, match="this is a pickle, not text"):
        layout_of(path, {})


@pytest.mark.parametrize(
    "layout", [TRAINED, JsonlLayout(coerce=True), FastTextLayout(), CsvLayout(header=False)]
)
def test_a_layout_and_its_table_say_the_same(layout: Layout) -> None:
    table = layout_table(layout)

    assert layout_from(table) == layout
    assert "errors" not in table and "escapechar" not in table


@pytest.mark.parametrize(
    "table",
    [
        None,
        [],
        {},
        {"format": "xlsx"},
        {"format": ["csv"]},
        {"format": "csv", "delimiter": 3},
        {"format": "csv", "delimitr": ";"},
        {"format": "csv", "skip_rows": -1},
        {"format": "csv", "text": {"a": 1}},
    ],
)
def test_a_table_that_is_no_layout_is_refused(table: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        layout_from(table)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_format_is_called_as_its_layout_says(name: str) -> None:
    assert LAYOUTS[name].format == name
