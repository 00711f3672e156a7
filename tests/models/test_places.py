from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit import BasicEnglish, Character, Ngrams, Unicode, Whitespace, WordCharNgrams
from nlpkit.components.kinds import Tokenizer
from nlpkit.models.places import joined, spans_of

TOKENIZERS = [BasicEnglish(), Unicode(), Character(), Whitespace(), Ngrams(), WordCharNgrams()]


def named(text: str, tokenizer: Tokenizer) -> list[tuple[str, str | None]]:
    """Each token beside what stands in the text at its place."""
    tokenize = tokenizer.build()
    tokens = tokenize(text)
    spans = spans_of(text, tokens, tokenize)
    return [(token, span and text[slice(*span)]) for token, span in zip(tokens, spans, strict=True)]


@pytest.mark.parametrize(
    ("tokenizer", "text", "expected"),
    [
        (BasicEnglish(), "It's Oil!", [("it", "It"), ("'", "'"), ("s", "s"), ("oil", "Oil"), ("!", "!")]),
        (Unicode(), "(Oil) oil", [("(", "("), ("oil", "Oil"), (")", ")"), ("oil", "oil")]),
        (Character(), "\u6cb9\u4fa1 A", [("\u6cb9", "\u6cb9"), ("\u4fa1", "\u4fa1"), ("a", "A")]),
        (Ngrams(), "Oil falls", [("oil", "Oil"), ("falls", "falls"), ("oil falls", None)]),
        (
            WordCharNgrams(word_ngrams=(1, 2), char_ngrams=(4, 4)),
            "Big oil",
            [
                *(("w:big", "Big"), ("w:oil", "oil"), ("w:big oil", None)),
                *(("c: big", "Big"), ("c:big ", "Big"), ("c: oil", "oil"), ("c:oil ", "oil")),
            ],
        ),
    ],
    ids=["basic english", "unicode", "characters", "n-grams", "words and characters"],
)
def test_tokens_stand_where_one_reads_them(
    tokenizer: Tokenizer, text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert named(text, tokenizer) == expected


def test_the_second_of_two_words_is_the_second() -> None:
    tokenize = Whitespace().build()
    assert spans_of("no no", ["no", "no"], tokenize) == [(0, 2), (3, 5)]


def test_a_token_that_is_spelled_otherwise_has_the_piece_it_is_from() -> None:
    assert spans_of("a stra\u00dfe", ["a", "strasse"], lambda text: text.replace("\u00df", "ss").split()) == [
        (0, 1),
        (2, 8),
    ]


@given(st.text(max_size=40), st.sampled_from(TOKENIZERS))
def test_places_are_in_the_text_and_in_one_piece_of_it(text: str, tokenizer: Tokenizer) -> None:
    for _, piece in named(text, tokenizer):
        assert piece is None or (piece and piece.split() == [piece])


@given(st.text(max_size=40))
def test_words_between_white_space_all_have_their_place(text: str) -> None:
    assert [piece for _, piece in named(text, Whitespace())] == text.split()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda pair: (pair[0], sum(pair)))))
def test_joined_places_are_apart_and_hold_all(spans: list[tuple[int, int]]) -> None:
    found = joined(spans)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    assert all(any(start <= one and other <= end for start, end in found) for one, other in spans)
