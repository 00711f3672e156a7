from __future__ import annotations

import gzip
import hashlib
import os
import pickle
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizers import BasicEnglish, Whitespace
from nlpkit.data.texts import SourceFile
from nlpkit.errors import ConfigError, DataError
from nlpkit.text.indexing import clean_tokens, encode, index, read_tokens, text_tokenizer
from nlpkit.text.settings import TextConfig, VocabConfig
from nlpkit.vocab import Vocab

texts_of_words = st.lists(st.text(alphabet="ab<pad>unk \u00e9", max_size=12), max_size=12)
configs = st.builds(
    VocabConfig,
    min_count=st.integers(1, 3),
    max_size=st.none() | st.integers(4, 9),
    specials=st.sampled_from([(), ("<s>",)]),
    buckets=st.integers(0, 3),
)


@given(texts_of_words, configs)
def test_an_index_is_that_of_counting_first_and_looking_up_after(
    texts: list[str], config: VocabConfig
) -> None:
    ids, vocab = index(texts, str.split, config)
    counts = Counter(token for text in texts for token in text.split())
    expected = Vocab.from_counts(
        counts,
        min_count=config.min_count,
        max_size=config.max_size,
        specials=config.specials,
        buckets=config.buckets,
    )
    assert vocab.names == expected.names
    assert [row.tolist() for row in ids] == [[expected[t] for t in text.split()] or [1] for text in texts]


@given(texts_of_words, configs)
def test_the_index_and_a_later_look_up_agree(texts: list[str], config: VocabConfig) -> None:
    ids, vocab = index(texts, str.split, config)
    again = encode(texts, str.split, vocab)
    assert (ids.values.tolist(), ids.offsets.tolist()) == (again.values.tolist(), again.offsets.tolist())


def test_no_texts_make_an_empty_index_and_no_tokens() -> None:
    ids, vocab = index([], str.split, VocabConfig())
    assert (len(ids), vocab.names) == (0, ["<pad>", "<unk>"])
    ids, vocab = index(["", "\u200b "], str.split, VocabConfig(min_count=2))
    assert [row.tolist() for row in ids] == [[1], [1]]


def test_the_names_of_padding_and_unknown_in_a_text_are_ordinary_tokens() -> None:
    ids, vocab = index(["<unk> <pad> <s>", "<unk>"], str.split, VocabConfig(specials=("<s>",)))
    assert vocab.names == ["<pad>", "<unk>", "<s>", "<unk>", "<pad>", "<s>"]
    assert [row.tolist() for row in ids] == [[3, 4, 5], [3]]


@pytest.mark.parametrize(
    ("text", "form", "tokens"),
    [
        ("e\u0301", "none", ["e\u0301"]),
        ("e\u0301", "NFC", ["\u00e9"]),
        ("\u00e9", "NFC", ["\u00e9"]),
        ("\ufb01 \u2460", "NFC", ["\ufb01", "\u2460"]),
        ("\ufb01 \u2460", "NFKC", ["fi", "1"]),
        ("a\ud83d b", "none", ["a\ufffd", "b"]),
        ("\ud83d\ude00", "none", ["\U0001f600"]),
        ("\ufeffa", "none", ["\ufeffa"]),
    ],
)
def test_a_text_is_cleaned_before_it_is_tokenized(text: str, form: str, tokens: list[str]) -> None:
    tokenize = text_tokenizer(Whitespace(), TextConfig(normalize=form))  # type: ignore[arg-type]
    assert tokenize(text) == tokens


@given(st.text(alphabet=st.characters(codec=None) | st.characters(categories=["Cs"])))
def test_each_lone_surrogate_becomes_one_replacement_character(text: str) -> None:
    joined = re.sub(
        "([\ud800-\udbff])([\udc00-\udfff])",
        lambda pair: (pair[1] + pair[2]).encode("utf-16-le", "surrogatepass").decode("utf-16-le"),
        text,
    )
    expected = re.sub("[\ud800-\udfff]", "\ufffd", joined)
    [found] = clean_tokens(text, tokenize=lambda clean: [clean], normalize="none")
    assert found == expected
    [composed] = clean_tokens(text, tokenize=lambda clean: [clean], normalize="NFC")
    assert composed == unicodedata.normalize("NFC", expected)


def test_one_word_in_two_unicode_forms_has_one_id_after_nfc() -> None:
    tokenize = text_tokenizer(BasicEnglish(), TextConfig(normalize="NFC"))
    ids, _ = index(["caf\u00e9 cafe\u0301"], tokenize, VocabConfig())
    assert ids[0].tolist() == [2, 2]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "tokens.txt"
    path.write_bytes(content)
    return path


def test_a_file_of_tokens_stands_in_for_those_of_the_texts(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffb\r\n\na b\n\u2028c\x85\nz".encode())
    ids, vocab = index(["z q b"], str.split, VocabConfig(file=path, specials=("<s>",), buckets=1))
    assert vocab.tokens == ("b", "a b", "\u2028c\x85", "z")
    assert ids[0].tolist() == [6, 7, 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "{path}: the file is empty\n  name a file with a vocabulary in it"),
        (b"\n\r\n", "{path}: the vocabulary is empty\n  list one token a line"),
        (
            b"a\nb\na\n",
            "{path}:3: 'a' is listed twice, first in line 1\n  list each token once",
        ),
        (
            b"x\n" * 1 + b"y\n" + b"z" * 20_000 + b"\xff",
            "{path}: byte 20004 is not UTF-8\n  save it as UTF-8",
        ),
        ("a\nb".encode("utf-16"), "{path}: this is UTF-16 text, not a vocabulary\n  save it as UTF-8"),
        (
            pickle.dumps(["a"]),
            "{path}: this is a pickle, not a vocabulary\n"
            "  it is never loaded; save its tokens as UTF-8 text, one a line",
        ),
    ],
)
def test_a_bad_file_of_tokens_is_refused_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_tokens(path)
    assert str(caught.value) == message.format(path=path)


def test_a_packed_file_of_tokens_is_read_and_described_by_its_packed_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(b"oil\nart\n")
    found = read_tokens(written(tmp_path, packed))
    assert found.tokens == ["oil", "art"]
    assert found.file == SourceFile("tokens.txt", len(packed), hashlib.sha256(packed).hexdigest())


def test_a_file_of_tokens_that_cannot_be_read_is_refused_by_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refusals = {
        "no.txt": "there is no such file\n  check the path",
        "pipe": "this is a pipe, not a file\n  write what comes through the pipe to a file first",
        "": "this is a folder, not a file\n  name a file in it",
    }
    for name, said in refusals.items():
        with pytest.raises(DataError) as caught:
            read_tokens(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {said}"


@pytest.mark.parametrize(
    ("tokens", "given"),
    [
        (None, "none"),
        (3, "3"),
        ("abc", "'abc'"),
        ({"a": 1}, "a table"),
        ([1, 2], "a list with 1"),
        ([None], "a list with none"),
    ],
)
def test_what_are_no_tokens_are_told_with_the_tokenizer_that_gives_them(tokens: Any, given: str) -> None:
    @dataclass(frozen=True)
    class Odd(Tokenizer):
        def build(self) -> Any:
            return lambda text: tokens

    with pytest.raises(ConfigError) as caught:
        index(["a text"], text_tokenizer(Odd(), TextConfig()), VocabConfig())
    assert str(caught.value) == f"Odd gives {given} for a text, but a list of strings is expected"


def test_what_is_no_function_is_told_with_the_tokenizer_that_builds_it() -> None:
    @dataclass(frozen=True)
    class Odd(Tokenizer):
        def build(self) -> Any: ...

    with pytest.raises(ConfigError, match=r"^Odd\.build gives none, but a function of a text is expected$"):
        text_tokenizer(Odd(), TextConfig())


@pytest.mark.parametrize("tokens", [[], (), ["a"], ("a", "b")])
def test_lists_and_tuples_of_strings_are_tokens(tokens: Any) -> None:
    assert clean_tokens("x", tokenize=lambda text: tokens, normalize="none") == tokens
