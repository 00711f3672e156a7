from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from nlpkit import SettingsError, WordCharNgrams

TEXTS = st.text(st.sampled_from("aB1ßİ_é \n\t\u00a0.,-'") | st.characters(codec="utf-8"), max_size=60)
SPANS = st.tuples(st.integers(1, 6), st.integers(1, 6)).map(lambda ends: (min(ends), max(ends)))


def unmarked(tokens: list[str], mark: str) -> list[str]:
    assert all(token.startswith(mark) for token in tokens)
    return [token.removeprefix(mark) for token in tokens]


@given(TEXTS, SPANS, st.booleans())
def test_word_ngrams_are_those_of_scikit_learn(text: str, span: tuple[int, int], lowercase: bool) -> None:
    found = WordCharNgrams(word_ngrams=span, char_ngrams=None, lowercase=lowercase).build()(text)
    expected = CountVectorizer(ngram_range=span, lowercase=lowercase).build_analyzer()(text)
    assert unmarked(found, "w:") == expected


@pytest.mark.parametrize(("within_words", "analyzer"), [(True, "char_wb"), (False, "char")])
@given(text=TEXTS, span=SPANS)
@example(text="a" * 80 + " b", span=(2, 5))
@example(text="a  \n b", span=(1, 3))
def test_character_ngrams_are_those_of_scikit_learn(
    within_words: bool, analyzer: Any, text: str, span: tuple[int, int]
) -> None:
    settings = WordCharNgrams(word_ngrams=None, char_ngrams=span, within_words=within_words)
    expected = CountVectorizer(analyzer=analyzer, ngram_range=span).build_analyzer()(text)
    assert unmarked(settings.build()(text), "c:") == expected


def test_words_come_first_and_characters_after_them() -> None:
    tokens = WordCharNgrams(word_ngrams=(1, 2), char_ngrams=(3, 3)).build()("An ox")
    assert tokens == ["w:an", "w:ox", "w:an ox", "c: an", "c:an ", "c: ox", "c:ox "]


@given(TEXTS)
def test_no_word_is_a_character_ngram_whatever_a_word_is(text: str) -> None:
    pattern = r"\S+|\s"
    words = WordCharNgrams(char_ngrams=None, pattern=pattern).build()(text)
    chars = WordCharNgrams(word_ngrams=None, pattern=pattern).build()(text)
    assert not set(words) & set(chars)
    assert WordCharNgrams(pattern=pattern).build()(text) == [*words, *chars]


def test_a_group_of_the_pattern_is_not_captured() -> None:
    assert WordCharNgrams((1, 1), None, pattern="a(b)").build()("ab") == ["w:ab"]


def test_an_empty_text_has_no_tokens() -> None:
    assert WordCharNgrams().build()(" ") == []


def test_what_is_built_can_be_pickled() -> None:
    tokenize = WordCharNgrams().build()
    assert pickle.loads(pickle.dumps(tokenize))("one two") == tokenize("one two")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"word_ngrams": None, "char_ngrams": None},
         "word_ngrams: is none, and so is char_ngrams; give one of them"),
        ({"word_ngrams": (2, 1)},
         "word_ngrams: (2, 1) is not two whole numbers from 1 to 16, the smaller one first"),
        ({"char_ngrams": (0, 3)},
         "char_ngrams: (0, 3) is not two whole numbers from 1 to 16, the smaller one first"),
        ({"char_ngrams": (3,)},
         "char_ngrams: (3,) is not a list of 2: a whole number or none"),
        ({"pattern": "("}, "pattern: '(' is not a regular expression: missing ), unterminated subpattern at "
                           "position 0"),
        ({"pattern": "a*"}, "pattern: 'a*' matches the empty text"),
    ],
)  # fmt: skip
def test_a_setting_out_of_bounds_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        WordCharNgrams(**changes)
    assert str(caught.value) == problem
