from __future__ import annotations

import itertools
import os
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpkit.text import numbering
from nlpkit.text.numbering import Numbered, number_tokens
from nlpkit.vocab import Vocab

Columns = list[list[str]]
texts_of_words = st.lists(st.text(alphabet="abc \u00e9\ud83d", max_size=12), max_size=12)
columns_of_texts = st.lists(texts_of_words, min_size=1, max_size=3)
COLUMNS = [["a b", "", "b c b"], ["d", "a"], []]


def found(numbered: Numbered, columns: Columns) -> list[Any]:
    """The counts of the first column, and the ids of all columns under its vocabulary."""
    vocab = Vocab.from_counts(numbered.counts(0))
    ids = [numbered.under(vocab).ragged(place) for place in range(len(columns))]
    return [vocab.tokens, *((each.values.tolist(), each.offsets.tolist()) for each in ids)]


@given(columns_of_texts)
def test_ids_are_those_of_counting_first_and_looking_up_after(columns: Columns) -> None:
    numbered = number_tokens(columns, str.split)
    counts = Counter(token for text in columns[0] for token in text.split())
    assert {token: count for token, count in numbered.counts(0).items() if count} == counts
    vocab = Vocab.from_counts(counts)
    for place, texts in enumerate(columns):
        ids = numbered.under(vocab).ragged(place)
        assert [row.tolist() for row in ids] == [vocab.ids(text.split()) for text in texts]


@settings(max_examples=25)
@given(columns_of_texts, st.integers(2, 5))
def test_how_many_processes_there_are_decides_nothing(columns: Columns, parts: int) -> None:
    alone, together = (number_tokens(columns, lambda text: text.split(), parts=n) for n in (1, parts))
    assert len(together.shares) == (parts if numbering.can_fork() else 1)
    assert found(together, columns) == found(alone, columns)


@settings(max_examples=25)
@given(st.lists(texts_of_words, min_size=3, max_size=3), st.integers(1, 3))
def test_joined_columns_are_those_of_texts_that_stood_in_one(columns: Columns, parts: int) -> None:
    train, valid, test = columns
    joined = number_tokens(columns, lambda text: text.split(), parts=parts).joined()
    together = [[*train, *valid], [], test]
    assert found(joined, together) == found(number_tokens(together, str.split, parts=1), together)


def test_where_no_process_can_be_forked_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = found(number_tokens(COLUMNS, str.split, parts=3), COLUMNS)
    monkeypatch.setattr(numbering, "can_fork", lambda: False)
    assert found(number_tokens(COLUMNS, str.split, parts=3), COLUMNS) == expected


def test_without_a_place_for_what_processes_write_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numbering, "in_parts", full)
    numbered = number_tokens(COLUMNS, str.split, parts=3)
    assert found(numbered, COLUMNS) == found(number_tokens(COLUMNS, str.split, parts=1), COLUMNS)


@pytest.mark.parametrize("error", [ValueError("odd"), OSError("odd")], ids=repr)
def test_an_error_of_the_tokenizer_is_what_it_was_in_any_process(error: Exception) -> None:
    def tokenize(text: str) -> list[str]:
        if text == "b c b":
            raise error
        return text.split()

    for parts in (1, 3):
        with pytest.raises(type(error)) as caught:
            number_tokens(COLUMNS, tokenize, parts=parts)
        assert caught.value is error


@pytest.mark.parametrize(("seconds", "shares"), [(1e-3, 1), (0.3, 3)])
def test_processes_are_started_where_all_texts_would_take_long(
    seconds: float, shares: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not numbering.can_fork():
        pytest.skip("no process can be forked here")
    clock = itertools.count(0.0, seconds)
    monkeypatch.setattr(numbering, "process_time", lambda: next(clock))
    monkeypatch.setattr(numbering, "cores", lambda: 3)
    assert len(number_tokens([["a b"] * 20], str.split).shares) == shares


def test_few_texts_say_how_long_all_take() -> None:
    asked: list[str] = []

    def tokenize(text: str) -> list[str]:
        asked.append(text)
        return text.split()

    number_tokens([[str(row) for row in range(10_000)]], tokenize)
    assert len(asked) < 10_100
    assert asked[-10_000:] == [str(row) for row in range(10_000)]


def test_the_processes_are_those_of_this_machine() -> None:
    def tokenize(text: str) -> list[str]:
        return [str(os.getpid())]

    tokens = {
        token for share in number_tokens([["a"] * 9], tokenize, parts=3).shares for token in share.tokens
    }
    assert len(tokens) == (3 if numbering.can_fork() else 1)
    assert str(os.getpid()) in tokens


class Generated(Sequence[str]):
    """Texts of forty words each, none of which is kept."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.words = [f"word{i}" for i in range(5000)]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: Any) -> Any:
        return self if isinstance(place, slice) else "word0"

    def __iter__(self) -> Iterator[str]:
        random = Random(3)
        return (" ".join(random.choices(self.words, k=40)) for _ in range(self.count))


def test_the_tokens_of_a_corpus_are_never_in_memory_together() -> None:
    tracemalloc.start()
    numbered = number_tokens([Generated(10_000)], str.split, parts=1)
    ids = numbered.under(Vocab.from_counts(numbered.counts(0))).ragged(0)
    del numbered
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(ids.values) == 400_000
    assert kept < 3e6  # 4 bytes an id, and the vocabulary
    assert peak < 12e6  # lists of ids alone would take 8 bytes each and 56 a text; lists of tokens 30 MB
