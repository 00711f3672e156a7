from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.corpora import with_fresh_words, write_rows
from benchmarks.peers.protocol import read_rows, read_texts
from benchmarks.zipf import CLASSES, Shape, shape_of, word, zipf_rows

SHAPE = Shape(documents=400, test_documents=50, words=900, log_mean=math.log(30), log_deviation=0.4)


def test_words_are_told_apart_by_their_rank() -> None:
    assert [word(rank) for rank in (0, 99, 100, 10_099, 10_100)] == ["ba", "zu", "baba", "zuzu", "bababa"]
    assert len({word(rank) for rank in range(20_000)}) == 20_000


def test_a_zipf_corpus_has_the_words_and_the_lengths_asked_for() -> None:
    rows = zipf_rows(SHAPE, seed=1)
    train_rows = rows[: SHAPE.documents]
    found = shape_of([text for _, text in train_rows])
    assert (len(rows), found.words) == (SHAPE.documents + SHAPE.test_documents, SHAPE.words)
    assert found.log_mean == pytest.approx(SHAPE.log_mean, abs=0.1)
    assert found.log_deviation == pytest.approx(SHAPE.log_deviation, abs=0.1)
    assert {label for label, _ in rows} == set(CLASSES)
    counts = Counter(token for _, text in train_rows for token in text.split())
    assert counts["ba"] > counts[word(50)] > 0


def test_a_zipf_corpus_follows_from_its_seed() -> None:
    assert zipf_rows(SHAPE, seed=1) == zipf_rows(SHAPE, seed=1)
    assert zipf_rows(SHAPE, seed=1) != zipf_rows(SHAPE, seed=2)


def test_a_zipf_corpus_has_words_that_tell_the_classes_apart() -> None:
    rows = zipf_rows(SHAPE, seed=1)
    own = [set(map(word, range(200 + place, SHAPE.words, len(CLASSES)))) for place in range(len(CLASSES))]

    def share(of: int, place: int) -> float:
        """Of the words of one class in the texts of another."""
        tokens = [token for label, text in rows if label == CLASSES[place] for token in text.split()]
        return sum(token in own[of] for token in tokens) / len(tokens)

    for place in range(len(CLASSES)):
        others = [share(place, other) for other in range(len(CLASSES)) if other != place]
        assert share(place, place) > max(others) + 0.01


def test_copies_grow_by_a_fresh_word_a_text() -> None:
    rows = [("x", "one two"), ("y", "three")]
    grown = list(with_fresh_words(rows, copies=3, fresh=5))
    assert grown[:2] == rows
    assert [label for label, _ in grown] == ["x", "y"] * 3
    for copy in (1, 2):
        for (_, plain), (_, text) in zip(rows, grown[2 * copy : 2 * copy + 2], strict=True):
            tokens = text.split()
            fresh = [token for token in tokens if token.startswith(f"fresh{copy}x")]
            assert len(fresh) == 1
            assert [token for token in tokens if token not in fresh] == plain.split()
    assert grown == list(with_fresh_words(rows, copies=3, fresh=5))


def test_rows_on_disk_are_counted_and_read_back(tmp_path: Path) -> None:
    rows = [("a", 'Tea, "black"'), ("b", "tea\nand milk")]
    assert write_rows(tmp_path / "x.csv", rows) == (2, 5, 5)
    assert read_rows(tmp_path / "x.csv") == ([text for _, text in rows], ["a", "b"])
    assert read_texts(tmp_path / "x.csv") == [text for _, text in rows]
