from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.source.lines import Lines
from nlpkit.errors import DataError

CHUNKS = st.lists(st.text("ab\r\n\u2028\x85\x0b", min_size=1, max_size=5))


@given(CHUNKS)
def test_lines_are_the_same_however_text_is_cut(chunks: list[str]) -> None:
    whole = "".join(chunks)

    found = list(Lines(chunks, name="a", max_chars=1000))

    assert found == list(io.StringIO(whole, newline=""))
    assert "".join(found) == whole


def test_a_line_is_given_before_the_next_is_read() -> None:
    def chunks() -> Iterator[str]:
        yield "one\n"
        raise AssertionError("asked for more than was needed")

    assert next(iter(Lines(chunks(), name="a", max_chars=10))) == "one\n"


def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(DataError) as refusal:
        list(Lines(["oil\n", *["x" * 8] * 9], name="a.txt", max_chars=20))

    assert str(refusal.value) == (
        "a.txt:2: more than 20 characters in one text\n"
        "  raise max_chars if that is right, or look for a missing line break or quote"
    )


@pytest.mark.parametrize(
    ("chunk", "idle", "few"),
    [("a\n" * 9, False, False), ("a\n" * 9, True, True), ("x" * 9000 + "\n", False, True)],
)
def test_lines_are_few_where_none_follows_or_they_are_long(chunk: str, idle: bool, few: bool) -> None:
    lines = Lines([chunk], name="a", max_chars=10_000, idle=lambda: idle)

    assert [lines.few for _ in lines] == [few] * chunk.count("\n")
