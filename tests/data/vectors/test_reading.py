from __future__ import annotations

import gzip
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.vectors.reading import read_vectors
from nlpkit.errors import DataError
from nlpkit.vocab import Vocab
from tests.data.vectors.formats import (
    FORMATS,
    FOUND,
    WORDS,
    Words,
    by_id,
    each_format,
    glove,
    read,
    refusal,
    word2vec_binary,
)


@each_format
def test_each_format_gives_the_vectors_of_the_words_that_the_vocabulary_has(
    tmp_path: Path, written: Callable[[Words], bytes]
) -> None:
    found = read(tmp_path, written(WORDS))
    assert by_id(found) == FOUND
    assert found.ids.dtype == np.int64
    assert found.vectors.dtype == np.float32
    assert tuple(map(str, found.notes)) == ("words.any: vectors for 2 of 3 tokens (66.7 %)",)


@each_format
def test_each_format_may_be_gzipped_under_any_name(tmp_path: Path, written: Callable[[Words], bytes]) -> None:
    assert by_id(read(tmp_path, gzip.compress(written(WORDS)))) == FOUND


@each_format
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_kept_vector_that_is_not_finite_is_refused_and_another_is_not(
    tmp_path: Path, written: Callable[[Words], bytes], value: float
) -> None:
    assert "the vector of 'cat' is not finite" in refusal(
        tmp_path, written({**WORDS, "cat": [1.0, value, 2.0]})
    )
    assert by_id(read(tmp_path, written({**WORDS, "the": [1.0, value, 2.0]}))) == FOUND


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=5),
        st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=4, max_size=4),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(sorted(FORMATS)),
)
def test_what_a_format_holds_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, words: Words, name: str
) -> None:
    vocab = Vocab(sorted(words))
    found = read(tmp_path_factory.mktemp("vectors"), FORMATS[name](words), vocab, size=4)
    assert by_id(found) == {vocab[word]: vector for word, vector in words.items()}


def test_a_word_of_a_text_file_may_contain_spaces(tmp_path: Path) -> None:
    content = b"the 1 2 3\n. . . 4 5 6\nnew york 7 8 9\n"
    assert by_id(read(tmp_path, content, Vocab([".", ". . .", "new york"]))) == {3: [4, 5, 6], 4: [7, 8, 9]}


def test_tabs_runs_of_spaces_blank_lines_and_any_line_ends_are_read(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfcat\t1\t2\t3\r\n\r\ncaf\xc3\xa9  4  5  6\r\n"
    assert by_id(read(tmp_path, content)) == {2: [1, 2, 3], 4: [4, 5, 6]}
    assert by_id(read(tmp_path, b"the 1 2 3\ncat 4 5 6")) == {2: [4, 5, 6]}


def test_unicode_spaces_and_line_ends_belong_to_the_word(tmp_path: Path) -> None:
    content = "a\u00a0b 1 2 3\na\u0085 4 5 6\na\u2028 7 8 9\n".encode()
    vocab = Vocab(["a", "a\u00a0b", "a\u0085", "a\u2028"])
    assert by_id(read(tmp_path, content, vocab)) == {3: [1, 2, 3], 4: [4, 5, 6], 5: [7, 8, 9]}


def test_the_ids_of_padding_unknown_and_specials_are_never_given(tmp_path: Path) -> None:
    content = b"<pad> 1 2 3\n<unk> 4 5 6\n<s> 7 8 9\ncat 1 1 1\n"
    vocab = Vocab(["cat", "<unk>"], specials=["<s>"])
    assert by_id(read(tmp_path, content, vocab)) == {3: [1, 1, 1], 4: [4, 5, 6]}


def test_of_two_vectors_for_a_word_the_first_counts_and_a_note_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, b"cat 1 2 3\nthe 0 0 0\ncat 4 5 6\ncat 7 8 9\n")
    assert by_id(found) == {2: [1, 2, 3]}
    assert tuple(map(str, found.notes[1:])) == ("words.any: 2 words given again, the first counts: 'cat'",)


def test_no_covered_token_is_a_loud_note(tmp_path: Path) -> None:
    found = read(tmp_path, b"CAT 1 2 3\n")
    assert found.ids.shape == (0,)
    assert found.vectors.shape == (0, 3)
    loud = "nothing starts from it; are case and language the same?"
    assert found.notes[0].text == f"words.any: vectors for 0 of 3 tokens (0.0 %): {loud}"
    assert found.notes[0].level == "loud"


def test_a_vocabulary_without_tokens_finds_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, glove(WORDS), Vocab([]))
    assert found.notes[0].text.startswith("words.any: vectors for 0 of 0 tokens")


def test_a_word_that_is_not_utf8_is_read_with_replacement_characters_and_noted(tmp_path: Path) -> None:
    broken = b"caf\xe9 1 2 3\ncat 4 5 6\n" + b"\xff 1 1 1\n" * 3
    found = read(tmp_path, broken, Vocab(["caf\ufffd"]))
    assert by_id(found) == {2: [1, 2, 3]}
    places = "line 1, line 3, line 4"
    assert tuple(map(str, found.notes[1:])) == (
        f"words.any: 4 words are not UTF-8, read with U+FFFD: {places}",
    )


def test_a_binary_with_more_than_its_header_says_is_noted(tmp_path: Path) -> None:
    content = word2vec_binary(WORDS).replace(b"3 3", b"2 3", 1)
    found = read(tmp_path, content)
    assert by_id(found) == {2: WORDS["cat"]}
    assert tuple(map(str, found.notes[1:])) == (
        "words.any: more follows the 2 words of the header, not read",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"the 1 2 3\ncat 1 x 3\n", "FOLDER/words.any:2: could not convert string to float: b'x'"),
        (b"2 3\nthe 1 2 3\ncat 1 x 3\n", "FOLDER/words.any:3: could not convert string to float: b'x'"),
        (b"the 1 2 3\ncat 1 2 1e39\n", "FOLDER/words.any:2: the vector of 'cat' is not finite"),
        (b"the 1 2 3\ndogs 1 2\ncat 1 2 3\n", "FOLDER/words.any:2: 2 numbers where 3 are expected"),
        (b"the 1 2 3\n" + b"a" * 100_000, "FOLDER/words.any:2: a line of 65,728 bytes or more"),
        (b"hello world\n", "FOLDER/words.any:1: no word with numbers here"),
        (b"the 1 2 3\n\0\0\0\0", "FOLDER/words.any:1: no word with numbers here"),
        (b"0 3\n", "FOLDER/words.any:1: the header says 0 words"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path, content).startswith(message)


def test_numbers_of_words_outside_the_vocabulary_are_not_parsed(tmp_path: Path) -> None:
    assert by_id(read(tmp_path, b"the 1 2 3\nnone x y z\ncat 4 5 6\n")) == {2: [4, 5, 6]}


@pytest.mark.parametrize("name", ["word2vec binary", "fasttext bin"])
def test_a_binary_cut_off_anywhere_is_refused(tmp_path: Path, name: str) -> None:
    content = FORMATS[name](WORDS)
    needed = len(content) - len(
        b"\n" if name == "word2vec binary" else b"the output matrix, which is not read"
    )
    for length in range(10, needed):
        assert "FOLDER/words.any" in refusal(tmp_path, content[:length])
    assert by_id(read(tmp_path, content[:needed])) == FOUND


def test_a_cut_binary_names_the_word_and_the_byte(tmp_path: Path) -> None:
    text = refusal(tmp_path, word2vec_binary(WORDS)[:30])  # 4 of header, 17 for "the", 4 for "cat "
    assert text.startswith("FOLDER/words.any at byte 25: the file ends inside word 2 of 3")


def test_a_file_far_larger_than_its_covered_words_is_read_in_little_memory(tmp_path: Path) -> None:
    line = b"word%d" + b" 0.125" * 300 + b"\n"
    content = b"".join(line % number for number in range(10_000))  # 18 MB
    path = tmp_path / "large.txt"
    path.write_bytes(content)
    tracemalloc.start()
    found = read_vectors(path, Vocab(["word77"]), 300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.ids.tolist() == [2]
    assert peak < 5_000_000


def mutant(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = chance.randbytes(1)
            case 1:
                del data[at : at + chance.randint(1, 9)]
            case 2:
                data[at:at] = chance.choice([b"\n", b" ", b"\0", b"9999999", b"nan ", chance.randbytes(4)])
            case _:
                data[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)])
    return bytes(data)


def test_of_300_mutants_each_is_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(13)
    contents = [*(written(WORDS) for written in FORMATS.values()), gzip.compress(glove(WORDS))]
    outcomes = set()
    for number in range(300):
        try:
            found = read(tmp_path, mutant(contents[number % len(contents)], chance))
        except DataError as error:
            assert len(str(error).splitlines()) <= 5
            outcomes.add("refused")
        else:
            assert found.vectors.shape == (len(found.ids), 3)
            assert np.isfinite(found.vectors).all()
            assert set(found.ids.tolist()) <= {2, 3, 4}
            outcomes.add("read")
    assert outcomes == {"read", "refused"}
