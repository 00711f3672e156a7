"""Texts that are nearly the same: hand-computed similarities, and every pair compared as witness."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.auditing import near
from nlpkit.data.auditing.near import LISTED, near_texts
from nlpkit.data.auditing.words import spelt, words_of

Found = list[tuple[int, int, float]]


def found(texts: list[str], parts: list[int] | None = None) -> Found:
    """Text, the other one and their similarity."""
    of = near_texts(words_of(texts), np.array(parts or [0] * len(texts), np.int64))
    columns = (of.text.tolist(), of.other.tolist(), of.similarity.round(6).tolist())
    return list(zip(*columns, strict=True))


def runs(text: str) -> frozenset[tuple[str, ...]]:
    words = tuple(spelt(text))
    if len(words) < 3:
        return frozenset([words]) if words else frozenset()
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def every_pair(texts: list[str], parts: list[int]) -> Found:
    """What comparing all texts with all before them finds."""
    sets, rows = [runs(text) for text in texts], []
    for text, other in itertools.product(range(len(texts)), sorted(set(parts))):
        if other > parts[text] or not sets[text]:
            continue
        those = [place for place, part in enumerate(parts) if part == other and place < text and sets[place]]
        alike = [(len(sets[text] & sets[each]) / len(sets[text] | sets[each]), -each) for each in those]
        if alike and max(alike)[0] >= LISTED:
            best, place = max(alike)
            rows.append((text, -place, round(best, 6)))
    return rows


def test_one_word_of_twenty_changed_is_near() -> None:
    words = [f"w{number}" for number in range(20)]
    changed = [*words[:9], "zebra", *words[10:]]
    assert found([" ".join(words), " ".join(changed)]) == [(1, 0, round(15 / 21, 6))]


def test_case_spaces_and_unicode_form_make_no_difference() -> None:
    assert found(["Caf\u00e9 oil  UP", "cafe\u0301 OIL up"]) == [(1, 0, 1.0)]


@pytest.mark.parametrize(
    ("one", "two"), [("it was :)", "it was :("), ("5.0", "5-0"), ("oil", "oil!"), ("so good", "so bad")]
)
def test_a_sign_is_as_much_of_a_text_as_a_word(one: str, two: str) -> None:
    assert found([one, two]) == []


def test_texts_without_words_are_like_none() -> None:
    assert found(["", " ", "oil", ""], [0, 0, 1, 2]) == []


def test_characters_of_scripts_without_spaces_are_words() -> None:
    text = "\u6cb9\u4fa1\u5728\u661f\u671f\u4e94\u4e0b\u8dcc\u4e86\u767e\u5206\u4e4b\u4e09"
    assert found([text, text + "\u3002"]) == [(1, 0, round(11 / 12, 6))]


def test_each_part_has_a_row_of_its_own() -> None:
    assert found(["the same old text"] * 4, [0, 1, 2, 2]) == [
        (1, 0, 1.0),
        (2, 0, 1.0),
        (2, 1, 1.0),
        (3, 0, 1.0),
        (3, 1, 1.0),
        (3, 2, 1.0),
    ]


WORDS = st.lists(st.sampled_from("abcd"), max_size=7).map(" ".join)


@given(st.lists(WORDS, max_size=12), st.data())
def test_nothing_is_missed_that_comparing_all_pairs_finds(texts: list[str], data: st.DataObject) -> None:
    parts = sorted(data.draw(st.lists(st.integers(0, 2), min_size=len(texts), max_size=len(texts))))
    told = [(text, round(similarity, 6), parts[other]) for text, other, similarity in found(texts, parts)]
    want = [(text, similarity, parts[other]) for text, other, similarity in every_pair(texts, parts)]
    firsts = {runs(text): place for place, text in reversed(list(enumerate(texts)))}
    again = {place for place, text in enumerate(texts) if firsts[runs(text)] != place}
    assert {each for each in told if each[0] not in again} <= set(want)
    assert {each[0] for each in told} == {each[0] for each in want}


@given(st.lists(WORDS, min_size=1, max_size=12), st.data())
def test_a_copy_is_always_found(texts: list[str], data: st.DataObject) -> None:
    copied = data.draw(st.sampled_from(texts))
    rows = found([*texts, copied], [*[0] * len(texts), 2])
    assert [row[2] for row in rows if row[0] == len(texts)] == ([1.0] if copied else [])


def test_planted_copies_are_found_among_many_texts() -> None:
    drawn = random.Random(1)
    texts = [" ".join(f"w{drawn.randrange(3000)}" for _ in range(30)) for _ in range(2000)]
    planted = [text.split() for text in texts[:40]]
    for each in planted[20:]:
        each[drawn.randrange(30)] = "zebra"
    rows = found([*texts, *map(" ".join, planted)], [0] * 2000 + [2] * 40)
    assert [row[:2] for row in rows] == [(2000 + place, place) for place in range(40)]


def test_texts_that_are_all_alike_are_compared_with_some_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "MOST_COMPARED", 4)
    words = " ".join(f"w{number}" for number in range(30))
    texts = [f"order {number} of {words}" for number in range(200)]
    of = near_texts(words_of(texts), np.zeros(200, np.int64))
    assert of.bounded
    assert len(of) > 150
