from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.layout import CsvLayout
from nlpkit.data.reading.readers import read_file
from nlpkit.errors import DataError

Written = Callable[[str, bytes], Path]
ROWS = "the oven leaks,bad\nthe lamp works,good\nthe fan hums,good\nthe pan sticks,bad\n"
UNLABELLED = Asked(label=False)


def layout(lines: int, label: int = 1) -> CsvLayout:
    return CsvLayout(text=(0,), label=label, header=False, skip_rows=lines)


@pytest.mark.parametrize("asked", [Asked(), UNLABELLED])
@pytest.mark.parametrize(("above", "lines"), [("", 1), ("", 2), ("All tickets\n", 2), ("Tickets, 2024\n", 2)])
def test_a_row_that_would_be_skipped_is_refused(
    written: Written, above: str, lines: int, asked: Asked
) -> None:
    path = written("a.csv", (above + ROWS).encode())
    first = above.count("\n")

    with pytest.raises(DataError) as refusal:
        read_file(path, layout(lines), asked)

    assert str(refusal.value) == (
        f"{path}:{first + 1}: this line is skipped, and is a row with a label of the rows below it\n"
        f"  set skip_rows = {first} if the table begins here, or remove this line"
    )
    assert len(read_file(path, layout(first), asked).texts) == 4


@pytest.mark.parametrize("title", ["All tickets", "Tickets, 2024", "text,label", "# made, on Monday", ""])
def test_a_title_is_skipped_without_a_word(written: Written, title: str) -> None:
    found = read_file(written("a.csv", f"{title}\n{ROWS}".encode()), layout(1))

    assert (len(found.texts), found.notes) == (4, ())


def test_a_line_that_may_be_a_row_is_noted_where_no_label_tells(written: Written) -> None:
    texts = "".join(f"{line.split(',')[0]}\n" for line in ROWS.splitlines())
    path = written("a.csv", texts.encode())

    found = read_file(path, layout(1), UNLABELLED)
    assert [note.text for note in found.notes] == [
        f"{path}: skipped a line above the table (set skip_rows = 0 if it is a row), once (line 1)"
    ]
    assert read_file(written("b.csv", f"text\n{texts}".encode()), layout(1), UNLABELLED).notes == ()
