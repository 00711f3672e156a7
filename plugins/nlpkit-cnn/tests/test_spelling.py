from __future__ import annotations

import doctest

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpkit import Ragged, SettingsError, Vocab
from nlpkit_cnn import Spell, spelling
from nlpkit_cnn.spelling import END, FIRST, START, UNKNOWN, alphabet, alphabet_size, spellings

WORDS = st.lists(st.text(max_size=6), unique=True, max_size=8)


def test_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(spelling).failed == 0


@given(WORDS)
def test_a_token_can_be_read_back_from_its_spelling(words: list[str]) -> None:
    vocab = Vocab(words)
    letters = {number: character for character, number in alphabet(vocab).items()}
    for token in words:
        start, *inner, end = spellings(vocab, max_chars=6)[vocab[token]].tolist()
        assert (start, end) == (START, END)
        assert "".join(letters[number] for number in inner) == token


@given(WORDS)
def test_numbers_follow_from_the_vocabulary_alone(words: list[str]) -> None:
    numbers = alphabet(Vocab(words))
    assert numbers == alphabet(Vocab(words[::-1]))
    assert sorted(numbers.values()) == list(range(FIRST, alphabet_size(Vocab(words))))


def test_what_is_no_token_has_one_unknown_character() -> None:
    vocab = Vocab(["ab"], specials=["<cls>"], buckets=2)
    spelt = spellings(vocab, max_chars=8)
    assert len(spelt) == len(vocab)
    assert [row.tolist() for row in (spelt[0], spelt[3])] == [[], [START, 4, 5, END]]
    assert {tuple(spelt[id].tolist()) for id in (1, 2, 4, 5)} == {(START, UNKNOWN, END)}


def test_a_batch_spells_each_distinct_token_once() -> None:
    vocab = Vocab(["ba", "a"])
    batch = Spell().build(vocab)(Ragged.from_rows([[2, 3, 2], [3]]))
    assert batch.ids.tolist() == [[2, 3, 2], [3, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]
    assert batch.characters.tolist() == [[0, 0, 0, 0], [START, 5, 4, END], [START, 4, END, 0]]
    assert batch.places.tolist() == [[1, 2, 1], [2, 0, 0]]
    assert batch.characters.dtype == batch.places.dtype == torch.int64


def test_a_long_token_keeps_its_first_characters() -> None:
    batch = Spell(max_chars=2).build(Vocab(["abc"]))(Ragged.from_rows([[2]]))
    assert batch.characters.tolist() == [[START, 4, 5, END]]


def test_settings_of_the_collator_are_checked_with_those_it_inherits() -> None:
    with pytest.raises(SettingsError, match="0 is not a whole number from 1 to 10000"):
        Spell(max_chars=0)
    with pytest.raises(SettingsError, match="max_tokens"):
        Spell(max_tokens=0)
