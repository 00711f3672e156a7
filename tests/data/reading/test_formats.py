from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.layout import CsvLayout, FastTextLayout, JsonlLayout, Layout, TsvLayout, TxtLayout


@pytest.mark.parametrize(
    ("known", "name", "layout"),
    [
        (CsvLayout(text=("a", "b"), delimiter=";", max_chars=9), "x.csv", None),
        (
            CsvLayout(text=("a", "b"), delimiter=";", max_chars=9),
            "x.jsonl",
            JsonlLayout(text=("a", "b"), max_chars=9),
        ),
        (CsvLayout(text=(1, 2), label=0, header=False), "x.tsv", TsvLayout(text=(1, 2), label=0)),
        (CsvLayout(text=(1, 2), label=0, max_chars=9), "x.jsonl", JsonlLayout(max_chars=9)),
        (CsvLayout(text=("a",), label=0), "x.jsonl", JsonlLayout(text=("a",))),
        (CsvLayout(text=("a",), max_chars=9), "x.txt", TxtLayout(max_chars=9)),
        (FastTextLayout(label_prefix="#", max_chars=9), "x.csv", CsvLayout(max_chars=9)),
    ],
)
def test_a_file_is_laid_out_as_the_model_remembers_where_its_format_has_that(
    known: Layout, name: str, layout: Layout | None
) -> None:
    assert layout_of(Path(name), {}, known=known) == (layout or known)
