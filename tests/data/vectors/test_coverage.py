from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlpkit.data.vectors.coverage import Coverage
from nlpkit.data.vectors.reading import FoundVectors, read_vectors
from nlpkit.vocab import Vocab


def notes_of(folder: Path, words: list[str], tokens: list[str]) -> list[str]:
    path = folder / "words.txt"
    path.write_text("".join(f"{word} 1 2\n" for word in words), encoding="utf-8")
    return [str(note) for note in read_vectors(path, Vocab(tokens), 2).notes]


def test_tokens_that_the_file_has_in_lower_case_are_counted(tmp_path: Path) -> None:
    assert notes_of(tmp_path, ["the", "énorme", "cat"], ["The", "Énorme", "cat", "the"]) == [
        "words.txt: vectors for 2 of 4 tokens (50.0 %)",
        "words.txt: 2 other tokens are there in lower case ('The', 'Énorme'): "
        "a tokenizer that folds case finds them (lowercase = true)",
    ]


def test_tokens_that_the_file_has_with_capitals_are_counted(tmp_path: Path) -> None:
    assert notes_of(tmp_path, ["Paris", "PARIS", "Ärzte", "cat"], ["paris", "ärzte", "cat"])[1:] == [
        "words.txt: 2 other tokens are there with capitals ('paris', 'ärzte'): "
        "a tokenizer that keeps case finds them (lowercase = false)",
    ]


def test_tokens_that_the_file_has_without_punctuation_are_counted(tmp_path: Path) -> None:
    assert notes_of(tmp_path, ["end", "it"], ["end.", "(it)", "it", "..."])[1:] == [
        "words.txt: 2 other tokens are there without the punctuation at their ends ('(it)', 'end.'): "
        'a tokenizer that splits it off finds them, such as "unicode"',
    ]


def test_one_form_of_a_token_is_enough(tmp_path: Path) -> None:
    assert len(notes_of(tmp_path, ["Paris", "paris"], ["paris", "cat"])) == 1


def test_a_few_tokens_in_another_form_are_no_note(tmp_path: Path) -> None:
    words = [f"w{i}" for i in range(60)]
    assert len(notes_of(tmp_path, words, [*words, "W1", "W2", "W3"])) == 1
    assert len(notes_of(tmp_path, words, [*words, "W1", "W2", "W3", "W4"])) == 2


@pytest.fixture
def coverage(tmp_path: Path) -> Coverage:
    path = tmp_path / "words.txt"
    path.write_text("cat 1 2\ndog 1 2\n", encoding="utf-8")
    found: FoundVectors = read_vectors(path, Vocab(["cat", "rat", "dog"]), 2)  # ids 2, 3, 4
    assert isinstance(found.notes[0], Coverage)
    return found.notes[0]


def test_the_share_of_all_tokens_counts_each_as_often_as_it_stands(coverage: Coverage) -> None:
    said = coverage.among("train", np.array([2, 2, 2, 3, 1, 4, 2, 2], np.int32))
    assert str(said) == (
        "words.txt: vectors for 2 of 3 tokens (66.7 %), which are 75.0 % of all tokens in train"
    )


def test_without_any_token_or_vector_there_is_no_share(coverage: Coverage) -> None:
    assert coverage.among("train", np.array([], np.int32)) is coverage
    nothing = Coverage("nothing", "loud", ids=np.array([], np.int64))
    assert nothing.among("train", np.array([2], np.int32)) is nothing
