from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.vectors.reading import read_vectors, vectors_width
from nlpkit.errors import DataError
from tests.data.vectors.formats import (
    FOUND,
    VOCAB,
    WORDS,
    Words,
    by_id,
    each_format,
    fasttext_bin,
    refusal,
)


@each_format
def test_without_a_size_it_is_that_of_the_vectors(tmp_path: Path, written: Callable[[Words], bytes]) -> None:
    path = tmp_path / "words.any"
    path.write_bytes(written(WORDS))
    found = read_vectors(path, VOCAB)
    assert by_id(found) == FOUND
    assert vectors_width(path) == 3


@each_format
def test_vectors_of_another_size_are_refused_with_the_setting_and_both_sizes(
    tmp_path: Path, written: Callable[[Words], bytes]
) -> None:
    text = refusal(tmp_path, written(WORDS), size=4)
    assert "its vectors have 3 numbers, and encoder.embedding.size is 4" in text
    assert "set encoder.embedding.size to 3, or name a file with vectors of 4" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"2 0\nthe\ncat\n", ":1: its vectors have 0 numbers, not 1 to 65,536"),
        (b"2 70000\nthe 1\n", ":1: its vectors have 70,000 numbers, not 1 to 65,536"),
        (fasttext_bin(WORDS)[:8] + b"\xff" * 60, ": its vectors have -1 numbers, not 1 to 65,536"),
        (fasttext_bin(WORDS)[:11], " at byte 0: the file ends inside the front of the file"),
        (b"hello world\n", ":1: no word with numbers here"),
    ],
)
def test_a_width_that_no_vectors_have_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "words.any"
    path.write_bytes(content)
    for ask in (vectors_width, lambda path: read_vectors(path, VOCAB)):
        with pytest.raises(DataError) as refused:
            ask(path)
        assert str(refused.value).startswith(f"{path}{said}")


def test_the_width_of_many_and_of_few_numbers_is_found(tmp_path: Path) -> None:
    path = tmp_path / "words.any"
    for width in (1, 2, 300, 5000):
        path.write_bytes(b"".join(b"%s%s\n" % (word, b" 0.25" * width) for word in (b"the", b". .", b"4 2")))
        assert vectors_width(path) == (width if width > 1 else 1)
