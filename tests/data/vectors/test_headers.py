from __future__ import annotations

from pathlib import Path

import pytest

from tests.data.vectors.formats import (
    by_id,
    glove,
    read,
    refusal,
)

FOUR_WORDS = glove({name: [1, 2, 3] for name in ("the", "a", "cat", "dog")})


def test_a_header_that_counts_a_little_wrong_is_noted(tmp_path: Path) -> None:
    found = read(tmp_path, b"3 3\n" + glove({"the": [1, 2, 3], "cat": [4, 5, 6]}))
    assert by_id(found) == {2: [4, 5, 6]}
    assert tuple(map(str, found.notes[1:])) == ("words.any: the header says 3 words, and the file has 2",)


@pytest.mark.parametrize("count", [9, 10**17])
def test_the_first_lines_of_a_file_are_read_under_the_header_of_the_whole(tmp_path: Path, count: int) -> None:
    found = read(tmp_path, f"{count} 3\n".encode() + FOUR_WORDS)
    assert by_id(found) == {2: [1, 2, 3], 3: [1, 2, 3]}
    assert f"words.any: the header says {count:,} words, and the file has 4" in map(str, found.notes)


@pytest.mark.parametrize("count", [5, 9])
def test_a_file_that_is_cut_off_within_its_last_number_is_refused(tmp_path: Path, count: int) -> None:
    assert refusal(tmp_path, f"{count} 3\n".encode() + FOUR_WORDS.rstrip(b"\n")) == (
        f"FOLDER/words.any:1: the header says {count} words, and the file has 4\n"
        "  it is cut off within its last line: download or copy it again, or delete that line"
    )


def test_a_file_that_is_cut_off_between_the_numbers_of_a_line_is_refused(tmp_path: Path) -> None:
    for header in (b"", b"400000 3\n"):
        said = refusal(tmp_path, header + b"the 1 2 3\ncat 1 2 3\ndog 1 2")
        assert "2 numbers where 3 are expected\n  is it cut off here? download or copy it again" in said


def test_a_whole_file_needs_no_line_break_at_its_end(tmp_path: Path) -> None:
    for header in (b"", b"4 3\n"):
        found = read(tmp_path, header + FOUR_WORDS.rstrip(b"\n"))
        assert by_id(found) == {2: [1, 2, 3], 3: [1, 2, 3]}
        assert len(found.notes) == 1


def test_a_header_that_counts_far_too_few_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"1 3\n" + FOUR_WORDS) == (
        "FOLDER/words.any:1: the header says 1 word, and the file has 4\n"
        "  correct the number in the first line, or delete the line"
    )
