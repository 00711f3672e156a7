"""Words as numbers: hand-computed cases, and Python's own strings as witness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data import PackedTexts
from nlpkit.data.auditing import words
from nlpkit.data.auditing.words import spelt, words_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \t\n\u200b", []),
        ("Oil's up 5.0% :)", ["oil", "'", "s", "up", "5", ".", "0", "%", ":", ")"]),
        ("e\u0301te\u0301 \u00c9T\u00c9", ["\u00e9t\u00e9", "\u00e9t\u00e9"]),
        ("snake_case", ["snake_case"]),
        ("\u6cb9\u4fa1 up", ["\u6cb9", "\u4fa1", "up"]),
        ("\u0e19\u0e49\u0e33", ["\u0e19", "\u0e49", "\u0e4d", "\u0e32"]),
        ("good\U0001f600\U0001f600", ["good", "\U0001f600", "\U0001f600"]),
        ("Stra\u00dfe STRASSE", ["strasse", "strasse"]),
    ],
)
def test_signs_are_words_and_case_and_form_do_not_matter(text: str, found: list[str]) -> None:
    assert spelt(text) == found


@given(st.lists(st.text(), max_size=8))
def test_each_text_has_the_words_it_is_spelt_with(texts: list[str]) -> None:
    found = words_of(texts)
    assert found.counts.tolist() == [len(spelt(text)) for text in texts]
    spelling = [word for text in texts for word in spelt(text)]
    pairs = set(zip(spelling, found.numbers.tolist(), strict=True))
    assert len(pairs) == len(set(spelling)) == len(np.unique(found.numbers))


def test_texts_are_cut_the_same_way_in_pieces_and_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["oil up", "", "art", "\u6cb9", " ", "a.b"] * 5
    whole = words_of(texts)
    monkeypatch.setattr(words, "_CHARS", 3)
    for again in (words_of(texts), words_of(PackedTexts(texts))):
        assert again.numbers.tolist() == whole.numbers.tolist()
        assert again.offsets.tolist() == whole.offsets.tolist()


def test_lone_surrogates_are_words_like_others() -> None:
    assert len(words_of(["a \ud800 b"]).numbers) == len(spelt("a \ud800 b"))
