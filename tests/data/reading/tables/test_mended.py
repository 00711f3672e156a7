from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.errors import DataError
from tests.data.one_file import read_texts

Written = Callable[[str, bytes], Path]
SPACED = "there are spaces between a closing quote and the delimiter in the row that begins here"


def refusal_of(path: Path, **settings: Any) -> list[str]:
    with pytest.raises(DataError) as refusal:
        read_texts(path, **settings)
    return str(refusal.value).removeprefix(f"{path.parent}/").split("\n  ")


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("between", ["{} ", " {} ", "  {}"])
def test_spaces_after_a_closing_quote_are_named_with_what_removes_them(
    written: Written, delimiter: str, between: str
) -> None:
    rows = [("text", "label"), (f"oil{delimiter.strip()} up", "a"), ("art", "b")]
    between = f" {between.format(delimiter)}"
    path = written("a.csv", "".join(f'"{text}"{between}"{label}"\n' for text, label in rows).encode())

    message, hint = refusal_of(path, delimiter=delimiter)
    assert message == f"a.csv:1: {SPACED}"
    command = hint.removeprefix("remove them: ").replace("FILE", "a.csv").replace("NEW", "new.csv")
    subprocess.run(command, shell=True, check=True, cwd=path.parent)
    found = read_texts(path.with_name("new.csv"), delimiter=delimiter).texts
    assert list(zip(found.texts, found.labels, strict=True)) == rows[1:]


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ('text,label\n"a" b,c\n', "text goes on after a closing quote in the row that begins here",
         'write a quote inside quotes twice ("")'),
        ('text,label\n"a,b\n', "a quote is opened in the row that begins here, and never closed", "close it"),
    ],
)  # fmt: skip
def test_unquoted_is_named_only_where_it_reads_the_first_lines(
    written: Written, content: str, message: str, hint: str
) -> None:
    path = written("a.csv", content.encode())
    also = f"{hint}, or set quoted = false if quote marks are ordinary characters"
    assert refusal_of(path) == [f"a.csv:2: {message}", also]
    assert len(read_texts(path, quoted=False).texts) == 1

    uneven = written("b.csv", f"{content[:-1]},d\n".encode())
    assert refusal_of(uneven) == [f"b.csv:2: {message}", hint]
