"""Word vectors in each format that is read, and what comes of them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.vectors.reading import FoundVectors, read_vectors
from nlpkit.errors import DataError
from nlpkit.vocab import Vocab

Words = dict[str, list[float]]

WORDS: Words = {"the": [0.5, -1.0, 2.0], "cat": [0.25, 0.0, -0.125], "café": [1.5, 3.0, -4.0]}
VOCAB = Vocab(["cat", "dog", "café"])  # ids 2, 3, 4
FOUND = {2: WORDS["cat"], 4: WORDS["café"]}


def glove(words: Words) -> bytes:
    return b"".join(f"{word} {' '.join(map(repr, vector))}\n".encode() for word, vector in words.items())


def word2vec_text(words: Words) -> bytes:
    return f"{len(words)} {len(next(iter(words.values())))}\n".encode() + glove(words)


def fasttext_vec(words: Words) -> bytes:
    return word2vec_text(words).replace(b"\n", b" \n").replace(b" \n", b"\n", 1)


def word2vec_binary(words: Words, end: bytes = b"\n") -> bytes:
    rows = [
        word.encode() + b" " + struct.pack(f"<{len(vector)}f", *vector) + end
        for word, vector in words.items()
    ]
    return f"{len(words)} {len(next(iter(words.values())))}\n".encode() + b"".join(rows)


def fasttext_bin(words: Words) -> bytes:
    rows = list(words.values())
    size = len(rows[0])
    #        magic, version, dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, rate
    front = [793712314, 12, size, 5, 1, 1, 5, 1, 2, 2, 0, 0, 0, 100]
    return b"".join(
        [
            struct.pack("<14id", *front, 1e-4),
            struct.pack("<3i2q", len(words), len(words), 0, 9, -1),
            *(word.encode() + b"\0" + struct.pack("<qb", 3, 0) for word in words),
            struct.pack("<?2q", False, len(rows), size),
            *(struct.pack(f"<{size}f", *row) for row in rows),
            b"the output matrix, which is not read",
        ]
    )


FORMATS: dict[str, Callable[[Words], bytes]] = {
    "glove": glove,
    "word2vec text": word2vec_text,
    "fasttext vec": fasttext_vec,
    "word2vec binary": word2vec_binary,
    "word2vec binary without line ends": lambda words: word2vec_binary(words, end=b""),
    "fasttext bin": fasttext_bin,
}
each_format = pytest.mark.parametrize("written", FORMATS.values(), ids=FORMATS)


def read(folder: Path, content: bytes, vocab: Vocab = VOCAB, size: int = 3) -> FoundVectors:
    path = folder / "words.any"
    path.write_bytes(content)
    return read_vectors(path, vocab, size)


def by_id(found: FoundVectors) -> dict[int, list[float]]:
    return dict(zip(found.ids.tolist(), found.vectors.tolist(), strict=True))


def refusal(folder: Path, content: bytes, size: int = 3) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, content, size=size)
    text = str(caught.value).replace(str(folder), "FOLDER")
    assert 1 <= text.count("\n") + 1 <= 5
    return text
