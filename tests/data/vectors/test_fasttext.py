from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from nlpkit.data.vectors.fasttext import ngram_rows
from nlpkit.data.vectors.reading import FoundVectors, read_vectors
from nlpkit.errors import DataError
from nlpkit.vocab import Vocab

Words = dict[str, list[float]]

WORDS: Words = {"the": [0.5, -1.0, 2.0], "cat": [0.25, 0.0, -0.125]}
VOCAB = Vocab(["cat", "dog"])  # ids 2, 3


def fasttext_bin(
    words: Words,
    *,
    ngrams: tuple[int, int] = (0, 0),
    bucket_rows: list[list[float]] | None = None,
    labels: tuple[str, ...] = (),
    version: int = 12,
    model: int = 2,
    quantised: bool = False,
    pruned: int = -1,
) -> bytes:
    rows = [*words.values(), *(bucket_rows or [])]
    size = len(rows[0])
    #             magic, version, dim, ws, epoch, minCount, neg, wordNgrams, loss, model
    front = [793712314, version, size, 5, 1, 1, 5, 1, 2, model, len(bucket_rows or []), *ngrams, 100]
    names = [(word, 0) for word in words] + [(label, 1) for label in labels]
    return b"".join(
        [
            struct.pack("<14id", *front, 1e-4),
            struct.pack("<3i2q", len(names), len(words), len(labels), 9, pruned),
            *(name.encode() + b"\0" + struct.pack("<qb", 3, kind) for name, kind in names),
            struct.pack("<?2q", quantised, len(rows), size),
            *(struct.pack(f"<{size}f", *row) for row in rows),
            b"the output matrix, which is not read",
        ]
    )


# Buckets that fastText 0.9.2 itself gave, `get_subwords(word)` less the words of the dictionary.
@pytest.mark.parametrize(
    ("word", "buckets", "ngrams", "expected"),
    [
        ("a", 5000, (1, 4), [3750, 2600, 2220, 4806]),
        ("é", 5000, (1, 4), [1627, 1231, 3777, 1781]),
        ("é", 20000, (3, 6), [6231]),
        ("日本", 5000, (1, 4), [2687, 3587, 3759, 4749, 2409, 1157, 417, 717]),
        ("日本", 20000, (3, 6), [18587, 13759, 16157]),
        ("the", 20000, (3, 6), [11151, 9726, 8960, 1980, 934, 16280]),
        ("the", 10000, (2, 4), [4941, 1151, 9726, 9089, 1980, 934, 3254, 6280, 8490]),
        ("</s>", 10000, (2, 4), []),
        ("the", 0, (3, 6), []),
    ],
)
def test_the_ngrams_of_a_word_fall_into_the_buckets_that_fasttext_gives(
    word: str, buckets: int, ngrams: tuple[int, int], expected: list[int]
) -> None:
    assert ngram_rows(word.encode(), 0, buckets, *ngrams) == expected
    assert ngram_rows(word.encode(), 7, buckets, *ngrams) == [row + 7 for row in expected]


def read(folder: Path, content: bytes, vocab: Vocab = VOCAB, size: int = 3) -> FoundVectors:
    path = folder / "model.any"
    path.write_bytes(content)
    return read_vectors(path, vocab, size)


# Of two buckets "<a", "<a>" and "a>" fall into 0, "<é", "<é>" and "é>" into 1: see 5000 above.
BUCKETS = [[4.0, 2.0], [3.0, 9.0]]


def test_a_fasttext_vector_is_the_mean_of_the_word_and_its_ngrams(tmp_path: Path) -> None:
    content = fasttext_bin({"a": [8.0, 0.0], "b": [0.0, 0.0]}, ngrams=(2, 3), bucket_rows=BUCKETS)
    found = read(tmp_path, content, Vocab(["a"]), size=2)
    assert found.vectors.tolist() == [[(8 + 4 + 4 + 4) / 4, (0 + 2 + 2 + 2) / 4]]
    assert tuple(map(str, found.notes)) == ("model.any: vectors for 1 of 1 token (100.0 %)",)


def test_fasttext_gives_a_word_it_never_saw_the_mean_of_its_ngrams(tmp_path: Path) -> None:
    content = fasttext_bin({"a": [8.0, 0.0]}, ngrams=(2, 3), bucket_rows=BUCKETS)
    found = read(tmp_path, content, Vocab(["é", "a"]), size=2)
    assert (found.ids.tolist(), found.vectors.tolist()) == ([2, 3], [[3.0, 9.0], [5.0, 1.5]])
    assert tuple(map(str, found.notes[1:])) == ("model.any: 1 of them from character n-grams alone",)


def test_a_fasttext_model_without_ngrams_gives_the_rows_of_its_words(tmp_path: Path) -> None:
    for buckets in ([], [[9.0, 9.0, 9.0]]):  # those of a model with word n-grams alone
        found = read(tmp_path, fasttext_bin(WORDS, bucket_rows=buckets))
        assert (found.ids.tolist(), found.vectors.tolist()) == ([2], [WORDS["cat"]])


def test_a_label_of_a_supervised_fasttext_model_is_no_word(tmp_path: Path) -> None:
    assert read(tmp_path, fasttext_bin(WORDS, labels=("dog",))).ids.tolist() == [2]


def test_a_supervised_model_of_version_11_has_no_character_ngrams(tmp_path: Path) -> None:
    content = fasttext_bin({"a": [8.0, 0.0]}, ngrams=(2, 3), bucket_rows=BUCKETS, version=11, model=3)
    assert read(tmp_path, content, Vocab(["é", "a"]), size=2).vectors.tolist() == [[8.0, 0.0]]


def test_a_vector_means_the_same_whatever_blocks_the_matrix_is_read_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = np.random.default_rng(13).standard_normal((1040, 5)).astype(np.float32)
    words = {f"word{i}": numbers[i].tolist() for i in range(40)}
    content = fasttext_bin(words, ngrams=(2, 4), bucket_rows=numbers[40:].tolist())
    found = read(tmp_path, content, Vocab([*words, "another"]), size=5)
    monkeypatch.setattr("nlpkit.data.vectors.fasttext._BLOCK_BYTES", 60)
    again = read(tmp_path, content, Vocab([*words, "another"]), size=5)
    rows = [[i] if i < 40 else [] for i in range(41)]
    rows = [
        own + ngram_rows(w.encode(), 40, 1000, 2, 4) for own, w in zip(rows, [*words, "another"], strict=True)
    ]
    expected = np.stack([numbers[own].mean(axis=0) for own in rows])
    np.testing.assert_allclose(found.vectors, expected, atol=1e-6)
    np.testing.assert_allclose(again.vectors, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (fasttext_bin(WORDS, quantised=True), "this fastText model is quantised"),
        (fasttext_bin(WORDS, pruned=5), "this fastText model is quantised"),
        (fasttext_bin(WORDS, version=13), "fastText file version 13 is not known"),
        (fasttext_bin(WORDS, ngrams=(3, 10**9)), "the front of the file contradicts itself"),
        (fasttext_bin(WORDS, ngrams=(3, -1)), "the front of the file contradicts itself"),
    ],
)
def test_a_fasttext_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, content)


def test_of_300_mutants_each_is_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(13)
    content = fasttext_bin(WORDS, ngrams=(2, 3), bucket_rows=[[1.0, 2.0, 3.0]] * 5)
    outcomes = set()
    for _ in range(300):
        data = bytearray(content)
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(5)] = chance.choice([b"", b"\xff\xff\xff\x7f", chance.randbytes(3)])
        try:
            found = read(tmp_path, bytes(data))
        except DataError as error:
            assert len(str(error).splitlines()) <= 5
            outcomes.add("refused")
        else:
            assert found.vectors.shape == (len(found.ids), 3)
            assert np.isfinite(found.vectors).all()
            outcomes.add("read")
    assert outcomes == {"read", "refused"}
