from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.packed import PackedTexts, chunks, utf8_chunks
from nlpkit.data.texts import Texts

any_text = st.text(alphabet=st.characters(codec=None) | st.characters(categories=["Cs"]), max_size=5)
some_texts = st.lists(any_text, max_size=8)


@given(some_texts, some_texts)
def test_packed_texts_are_the_texts_that_were_packed(texts: list[str], more: list[str]) -> None:
    packed = PackedTexts(texts)
    packed.extend(more)
    packed.extend(iter(texts))
    expected = texts + more + texts
    assert list(packed) == expected
    assert packed == expected
    assert len(packed) == len(expected)
    assert [packed[place] for place in range(-len(expected), len(expected))] == expected * 2


@given(some_texts, st.data())
def test_a_choice_of_them_is_that_of_a_list(texts: list[str], data: st.DataObject) -> None:
    packed = PackedTexts(texts)
    cut = slice(*(data.draw(st.none() | st.integers(-9, 9)) for _ in range(2)))
    places = data.draw(st.lists(st.integers(0, len(texts) - 1))) if texts else []
    assert list(packed[cut]) == texts[cut]
    assert list(packed.take(places)) == [texts[place] for place in places]
    assert list(packed.take(places)[cut]) == [texts[place] for place in places][cut]


def test_a_place_beyond_the_texts_is_an_index_error() -> None:
    for place in (1, -2):
        with pytest.raises(IndexError):
            PackedTexts(["a"])[place]


def test_other_texts_are_not_equal() -> None:
    packed = PackedTexts(["a", "b"])
    assert packed != ["a"]
    assert packed != ["a", "c"]
    assert packed != "ab"
    assert repr(packed) == "<PackedTexts: 2 texts>"


def test_they_take_little_more_memory_than_their_characters() -> None:
    tracemalloc.start()
    packed = PackedTexts(f"{row:0100}" for row in range(10_000))
    half = packed.take(range(0, 10_000, 2))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert half[1] == f"{2:0100}"
    assert kept < 1.7e6  # as strings 1.6e6 for all and more for a list of half of them


def test_taking_rows_leaves_texts_packed_and_counts_rows_as_the_file_does() -> None:
    texts = Texts(PackedTexts(["a", "b", "c"]), ["x", "y", "x"])
    taken = texts.take([2, 0])
    assert isinstance(taken.texts, PackedTexts)
    assert (list(taken.texts), taken.labels, list(taken.rows)) == (["c", "a"], ["x", "x"], [3, 1])
    assert list(taken.take([1]).rows) == [1]


@given(some_texts)
def test_chunks_are_all_texts_in_order(texts: list[str]) -> None:
    assert [text for chunk in chunks(texts) for text in chunk] == texts
    for column in (texts, PackedTexts(texts)):
        pieces = [bytes(piece) for chunk in utf8_chunks(column) for piece in chunk]
        assert [piece.decode("utf-8", "surrogatepass") for piece in pieces] == texts


def test_long_texts_come_one_at_a_time() -> None:
    assert [len(chunk) for chunk in chunks(["a"] * 300)] == [128, 128, 44]
    assert [len(chunk) for chunk in chunks(["a" * 600_000] * 3)] == [1, 1, 1]
