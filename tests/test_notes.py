from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit import Note


@pytest.mark.parametrize(
    ("text", "paths", "expected"),
    [
        ("/home/ann/a b/t.csv: odd", ["/home/ann/a b/t.csv"], "t.csv: odd"),
        ("the label 'and/or'", [], "the label 'and/or'"),
        ("/home/ann/b/x and /home/ann/b", ["/home/ann/b", "/home/ann/b/x"], "x and b"),
        ("t.csv: odd", ["t.csv"], "t.csv: odd"),
    ],
)
def test_a_note_names_its_files_without_their_folders(text: str, paths: list[str], expected: str) -> None:
    assert Note(text, paths=tuple(map(Path, paths))).without_folders == expected


def test_a_note_is_shown_as_its_text() -> None:
    assert f"{Note('odd')}" == "odd"
    assert Note("odd").level == "note"
