from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.errors import DataError
from tests.data.one_file import read_texts

Written = Callable[[str, bytes], Path]
HINT = "  set quoted = false if quote marks are ordinary characters, or quoted = true if it is right"


@pytest.mark.parametrize(
    ("rows", "what", "count"),
    [
        ('"oil is up\ta\nart\tb\nso "\ta\n', "a tab", 3),
        ('"oil is up\ta\nso "\ta\n', "a tab", 2),
        ('"oil, up"\ta\n"art\nmore"\tb\n', "a line break", None),
    ],
)
def test_two_stray_quotes_in_a_file_of_tabs_are_refused(
    written: Written, rows: str, what: str, count: int | None
) -> None:
    path = written("a.tsv", f"text\tlabel\n{rows}".encode())

    with pytest.raises(DataError) as refusal:
        read_texts(path)

    line = 2 if count else 3
    said = f"{path}:{line}: a quoted cell in the row that begins here has {what}\n{HINT}"
    assert str(refusal.value) == said
    assert read_texts(path, quoted=True).texts.labels[0] == "a"
    if count:
        assert len(read_texts(path, quoted=False).texts) == count


@pytest.mark.parametrize(
    "swallowing",
    [
        '"oil is up,a\nart,b\nso,b\nhe said ",b\n',
        '"oil is up,a\nhe said ",b\n',
    ],
)
def test_rows_within_a_quoted_cell_are_refused(written: Written, swallowing: str) -> None:
    path = written("a.csv", f"text,label\none,a\n{swallowing}two,b\nthree,a\n".encode())

    with pytest.raises(DataError) as refusal:
        read_texts(path)

    lines = swallowing.count("\n")
    assert str(refusal.value) == (
        f"{path}:3: a quoted cell in the row that begins here has {lines} lines, and some of these are rows "
        f"by themselves\n{HINT}"
    )
    assert len(read_texts(path, quoted=False).texts) == 3 + lines
    assert len(read_texts(path, quoted=True).texts) == 4


@pytest.mark.parametrize(
    "content",
    [
        'text,label\n"one, two\nand three, too",a\nart,b\noil,a\n',
        'label,text\na,"one\ntwo\nthree"\nb,art\na,oil\n',
        'text,label\n"a list:\noil, x\nart, y\n",a\nart,b\noil,a\n',
    ],
)
def test_a_cell_of_several_lines_is_a_text(written: Written, content: str) -> None:
    assert len(read_texts(written("a.csv", content.encode())).texts) == 3


def test_rows_within_a_quoted_cell_are_refused_below_lines_that_are_skipped(written: Written) -> None:
    path = written("a.csv", b'from May\ntext,label\none,a\n"oil is up,a\nhe said ",b\ntwo,b\n')

    with pytest.raises(DataError, match=r":4: a quoted cell in the row that begins here has 2 lines"):
        read_texts(path, skip_rows=1)


def test_the_first_of_several_such_cells_is_named(written: Written) -> None:
    path = written("a.csv", b'text,label\none,a\n"see\noil,a\n",b\n"see\noil,a\n",b\n')

    with pytest.raises(DataError, match=r":3: a quoted cell in the row that begins here"):
        read_texts(path)
