from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlpkit.data.reading.layout import encoding_problem
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.source.decode import Decoding, without_surrogates
from nlpkit.errors import ConfigError, DataError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1)


def cut(content: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    return [content[a:b] for a, b in pairwise(edges)]


@given(TEXT, st.sampled_from(["utf-8", "utf-16", "utf-32", "utf-8-sig", "gb18030"]), st.lists(st.integers(0)))
def test_text_comes_back_however_its_bytes_are_cut(text: str, encoding: str, places: list[int]) -> None:
    pieces = cut(text.encode(encoding), places)

    assert "".join(Decoding("a", encoding, "strict", FileNotes("a")).chunks(pieces)) == text


@given(st.binary(min_size=1).filter(lambda content: b"\0" not in content), st.lists(st.integers(0)))
@example(b"\xef", [])
@example(b"\xef\xbb", [1])
def test_replacing_gives_what_python_replaces(content: bytes, places: list[int]) -> None:
    try:
        found = "".join(Decoding("a", "utf-8", "replace", FileNotes("a")).chunks(cut(content, places)))
    except DataError as refusal:
        assert "byte-order mark" in str(refusal)
        return

    assert found == content.decode("utf-8-sig", "replace")


@given(st.binary(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_a_bad_byte_is_named_by_offset_and_line_however_bytes_are_cut(
    rest: bytes, one: int, two: int
) -> None:
    before = b"a\r\nb\rc\n\nd\r\r\n"
    content = before + b"\xff" + rest

    with pytest.raises(DataError) as refusal:
        list(Decoding("a.csv", "utf-8", "strict", FileNotes("a")).chunks(cut(content, [one, two])))

    assert str(refusal.value).startswith("a.csv:7: byte 0xff at offset 12 is not UTF-8")


def test_replaced_bytes_are_counted_exactly_also_beside_real_replacement_characters() -> None:
    notes = FileNotes("a")
    content = "\ufffd\n".encode() + b"\xe9\n\xe9\xe9\n"

    list(Decoding("a", "utf-8", "replace", notes).chunks([content]))

    assert tuple(map(str, notes.all())) == (
        "a: read bytes that are no text as U+FFFD, 3 times (lines 2, 3, 3)",
    )


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "", "utf-8\0"])
def test_a_name_that_is_no_encoding_is_refused(encoding: str) -> None:
    assert "is not the name of a text encoding; try utf-8" in encoding_problem(encoding)
    with pytest.raises(ConfigError, match="is not the name of a text encoding"):
        Decoding("a", encoding, "strict", FileNotes("a"))


def test_an_encoding_that_never_decodes_is_refused_in_words() -> None:
    with pytest.raises(DataError, match="set another encoding"):
        list(Decoding("a", "idna", "strict", FileNotes("a")).chunks([b"xn--a..b"]))


def test_half_a_character_is_replaced_and_a_whole_one_stays() -> None:
    assert without_surrogates("\ud83d and \U0001f600") == "\ufffd and \U0001f600"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "ascii"])
@pytest.mark.parametrize("text", ["oil and gas", "Öl und Gas, und so fort"])
def test_utf16_without_a_mark_is_called_by_its_name(codec: str, encoding: str, text: str) -> None:
    decoding = Decoding("a.csv", encoding, "strict", FileNotes(Path("a.csv")))

    with pytest.raises(DataError, match=f'set encoding = "{codec}"'):
        list(decoding.chunks([text.encode(codec)]))
