from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.data.one_file import read_texts

Written = Callable[[str, bytes], Path]
SAID = r'kept the backslashes of \"...\" (set escapechar = "\\" if they are no part of the text)'


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_escaped_quotes_outside_quotes_are_noted_with_the_setting_that_reads_them(
    written: Written, name: str
) -> None:
    mark = "," if name == "a.csv" else "\t"
    rows = [("text", "label"), (r"say \"no\" now", "a"), ("art", "b"), (r"\"a\" or \"b\"", "a")]
    path = written(name, "".join(f"{mark.join(row)}\n" for row in rows).encode())

    found = read_texts(path)
    assert list(found.texts.texts) == [text for text, _ in rows[1:]]
    assert [note.text for note in found.notes] == [f"{path}: {SAID}, 2 times (lines 2, 4)"]

    mended = read_texts(path, escapechar="\\")
    assert list(mended.texts.texts) == ['say "no" now', "art", '"a" or "b"']
    assert mended.notes == ()


@pytest.mark.parametrize("text", [r"in C:\ and \"", r'"A\" and "B\"', r"5\" by 3\\", "a\\b"])
def test_other_backslashes_say_nothing(written: Written, text: str) -> None:
    content = io.StringIO()
    csv.writer(content).writerows([("text", "label"), (text, "a"), ("b", "b")])

    found = read_texts(written("a.csv", content.getvalue().encode()))
    assert (found.texts.texts[0], found.notes) == (text, ())
