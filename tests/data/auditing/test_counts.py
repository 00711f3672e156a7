"""Words that tell a class, and words that training lacks, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nlpkit.data.auditing.counts import counts_of, give_aways, missing_words, spelling
from nlpkit.data.auditing.words import words_of


def told(
    texts: list[str], labels: list[int], others: list[str] | None = None
) -> list[tuple[str, int, int, float]]:
    every = [*texts, *(others or [])]
    words, parts = words_of(every), np.repeat([0, 2], [len(texts), len(every) - len(texts)])
    counts = counts_of(words, parts)
    found = give_aways(counts, np.array(labels, np.int64))
    return [
        (spelling(counts, words, every, each.word), each.label, each.texts, each.purity) for each in found
    ]


def test_a_word_of_one_class_alone_gives_it_away() -> None:
    texts = [f"Ticket{place % 2} about w{place} is open" for place in range(100)]
    assert told(texts, [place % 2 for place in range(100)]) == [
        ("ticket0", 0, 50, 1.0),
        ("ticket1", 1, 50, 1.0),
    ]


def test_a_word_counts_once_a_text() -> None:
    texts = ["spam spam spam"] * 10 + ["other words"] * 30
    assert told(texts, [0] * 10 + [1] * 30) == [("other", 1, 30, 1.0), ("words", 1, 30, 1.0)]


@pytest.mark.parametrize("having", [19, 5])
def test_a_word_of_few_texts_says_nothing(having: int) -> None:
    texts = ["mark here"] * having + ["plain here"] * 200
    labels = [0] * having + [place % 2 for place in range(200)]
    assert told(texts, labels) == []


def test_a_word_of_nearly_all_texts_of_the_only_frequent_class_says_nothing() -> None:
    assert told(["oil"] * 99 + ["art"], [0] * 99 + [1]) == []


def test_words_of_other_parts_are_not_counted() -> None:
    texts = [f"w{place % 2} here" for place in range(80)]
    assert told(texts, [place % 2 for place in range(80)], ["w0"] * 50)[0][:3] == ("w0", 0, 40)


def test_missing_words_are_those_that_training_lacks() -> None:
    texts = ["oil up", "oil oil art new", "new new"]
    words, parts = words_of(texts), np.array([0, 1, 2])
    counts = counts_of(words, parts)
    share, missing = missing_words(counts, 1)
    assert share == 0.5
    assert [(spelling(counts, words, texts, word), often) for word, often in missing] == [
        ("art", 1),
        ("new", 1),
    ]
    assert missing_words(counts, 2)[0] == 1.0
    assert missing_words(counts, 0) == (0.0, [])


def test_no_texts_have_no_words() -> None:
    counts = counts_of(words_of([]), np.empty(0, np.int64))
    assert give_aways(counts, np.empty(0, np.int64)) == []
    assert missing_words(counts, 2) == (0.0, [])
