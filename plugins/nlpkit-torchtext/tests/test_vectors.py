"""Word vectors as torchtext reads them, and as nlpkit does."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlpkit import DataError, Embedding, Vocab
from nlpkit.data import read_vectors
from nlpkit_torchtext import write_vectors

GLOVE = "the 0.1 -0.25 3e-3\n, 1 2 3\ncaf\u00e9 0.5 0.125 -7\nnon\u00a0breaking 4 5 6\nthe 9 9 9\n"
WORDS = ["the", ",", "caf\u00e9", "non\u00a0breaking", "unseen"]


@dataclass
class Old:
    """What of torchtext's Vectors is asked for."""

    stoi: dict[str, int]
    vectors: Tensor


def by_word(path: Path, size: int = 3) -> dict[str, list[float]]:
    """What nlpkit reads of a file for WORDS."""
    vocab = Vocab(WORDS)
    found = read_vectors(path, vocab, size)
    return {vocab.names[i]: row.tolist() for i, row in zip(found.ids, found.vectors, strict=True)}


@pytest.fixture
def glove(tmp_path: Path) -> Path:
    path = tmp_path / "glove.3d.txt"
    path.write_text(GLOVE, encoding="utf-8")
    return path


def old_vectors(torchtext: ModuleType, path: Path, **options: Any) -> Any:
    return torchtext.vocab.Vectors(path.name, cache=str(path.parent), **options)


def test_a_glove_file_gives_the_same_vectors(torchtext: ModuleType, glove: Path) -> None:
    old, new = old_vectors(torchtext, glove), by_word(glove)
    assert sorted(new) == sorted(set(WORDS) - {"unseen"})
    for word in set(new) - {"the"}:
        assert new[word] == old[word].tolist()


def test_of_a_word_given_twice_torchtext_takes_the_last_and_nlpkit_the_first(
    torchtext: ModuleType, glove: Path
) -> None:
    assert old_vectors(torchtext, glove)["the"].tolist() == [9, 9, 9]
    assert by_word(glove)["the"] == np.array([0.1, -0.25, 3e-3], np.float32).tolist()


def test_a_word_without_a_vector_is_zero_in_torchtext_and_drawn_here(
    torchtext: ModuleType, glove: Path
) -> None:
    vocab = Vocab(WORDS)
    weight = Embedding(size=3, vectors=glove).build(vocab).weight
    assert not old_vectors(torchtext, glove)["unseen"].any()
    assert weight[vocab["unseen"]].any()
    assert not weight[0].any()


def test_a_fasttext_vec_file_gives_the_same_vectors(torchtext: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "wiki.xx.vec"
    path.write_text("2 3\nthe 0.1 -0.25 3e-3 \n, 1 2 3 \n", encoding="utf-8")
    old = old_vectors(torchtext, path)
    assert by_word(path) == {word: old[word].tolist() for word in ("the", ",")}


def test_what_torchtext_unpacks_from_a_zip_file_is_read_where_it_lies(
    torchtext: ModuleType, tmp_path: Path, glove: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as file:
        file.write(glove, "inside.txt")
    cache = tmp_path / ".vector_cache"
    url = (tmp_path / "packed.zip").as_uri()
    old = torchtext.vocab.Vectors("inside.txt", cache=str(cache), url=url)
    assert by_word(cache / "inside.txt")[","] == old[","].tolist() == [1, 2, 3]
    with pytest.raises(DataError, match=r"this is a zip archive, not word vectors\n.*unpack it"):
        by_word(tmp_path / "packed.zip")


def test_written_vectors_are_those_of_the_object_and_of_its_cache(
    torchtext: ModuleType, tmp_path: Path, glove: Path
) -> None:
    old = old_vectors(torchtext, glove)
    write_vectors(old, tmp_path / "object.bin")
    write_vectors(glove.with_name("glove.3d.txt.pt"), tmp_path / "cache.bin")
    assert (tmp_path / "object.bin").read_bytes() == (tmp_path / "cache.bin").read_bytes()
    expected = {word: old[word].tolist() for word in WORDS if word in old.stoi}
    assert by_word(tmp_path / "object.bin") == expected


def test_written_vectors_start_an_embedding_bit_for_bit(tmp_path: Path) -> None:
    words = {f"w{number}": number for number in range(50)}
    table = torch.randn(50, 25, generator=torch.Generator().manual_seed(1))
    write_vectors(Old(words, table), tmp_path / "vectors.bin")
    vocab = Vocab(list(words))
    weight = Embedding(size=25, vectors=tmp_path / "vectors.bin").build(vocab).weight
    assert torch.equal(weight[2:], table)


def test_a_cache_file_needs_no_torchtext(tmp_path: Path) -> None:
    torch.save((["the"], {"the": 0}, torch.tensor([[1.0, 2.0, 3.0]]), 3), tmp_path / "a.pt")
    write_vectors(tmp_path / "a.pt", tmp_path / "vectors.bin")
    assert by_word(tmp_path / "vectors.bin") == {"the": [1, 2, 3]}


class Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("code ran",)


@pytest.mark.parametrize("content", [Runs(), ["the"], (1, 2, 3, 4)], ids=["code", "a list", "numbers"])
def test_a_file_that_is_no_cache_is_refused_and_runs_no_code(
    tmp_path: Path, content: object, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(DataError, match="this is not what torchtext's Vectors left in its cache"):
        write_vectors(tmp_path / "a.pt", tmp_path / "vectors.bin")
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "vectors.bin").exists()


def test_a_text_file_in_its_place_and_none_at_all_are_refused(tmp_path: Path, glove: Path) -> None:
    with pytest.raises(DataError, match=r"or let nlpkit read the text file beside it"):
        write_vectors(glove, tmp_path / "vectors.bin")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        write_vectors(tmp_path / "none.pt", tmp_path / "vectors.bin")


def test_a_word_that_a_vectors_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the word 'two words' cannot stand in a vectors file"):
        write_vectors(Old({"two words": 0}, torch.zeros(1, 3)), tmp_path / "vectors.bin")
    assert not (tmp_path / "vectors.bin").exists()
