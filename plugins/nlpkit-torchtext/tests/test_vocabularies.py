"""torchtext's vocabularies as nlpkit's; the doubles need no torchtext, the comparisons do."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpkit import ConfigError, DataError, Vocab, VocabConfig
from nlpkit.text import encode, index, listed_tokens, number_tokens, read_tokens, vocab_of
from nlpkit_torchtext import convert_vocab, vocab_config, write_tokens

words = st.sampled_from(["the", "a", "cat", "dog", "é"])
docs = st.lists(st.lists(words, max_size=6), min_size=1, max_size=6)
few = settings(max_examples=20)  # each Vocab of torchtext's clears 120 MB
specials = st.lists(st.sampled_from(["<unk>", "<pad>", "<bos>", "<eos>"]), unique=True)


class Old:
    """What of torchtext's Vocab is asked for."""

    def __init__(self, *names: str, default: int | None = None) -> None:
        self.names, self.default = list(names), default

    def get_itos(self) -> list[str]:
        return self.names

    def get_default_index(self) -> int | None:
        return self.default


@few
@given(docs, st.integers(1, 3), specials, st.none() | st.integers(1, 5), st.booleans())
def test_the_settings_give_the_tokens_of_build_vocab_from_iterator(
    torchtext: ModuleType,
    docs: list[list[str]],
    min_freq: int,
    specials: list[str],
    room: int | None,
    first: bool,
) -> None:
    max_tokens = None if room is None else room + len(specials)
    old = torchtext.vocab.build_vocab_from_iterator(
        docs, min_freq=min_freq, specials=list(specials), special_first=first, max_tokens=max_tokens
    )
    config = vocab_config(min_freq, specials, max_tokens)
    _, new = index([" ".join(doc) for doc in docs], str.split, config)
    assert list(new.tokens) == [token for token in old.get_itos() if token not in specials]
    assert set(new.specials) == set(specials) - {"<pad>", "<unk>"}


@few
@given(docs, specials, st.booleans(), st.lists(st.sampled_from(["the", "a", "cat", "dog", "é", "new"])))
def test_a_converted_vocabulary_knows_the_same_words_under_the_ids_it_tells(
    torchtext: ModuleType, docs: list[list[str]], specials: list[str], first: bool, text: list[str]
) -> None:
    old = torchtext.vocab.build_vocab_from_iterator(docs, specials=list(specials), special_first=first)
    if "<unk>" in old:
        old.set_default_index(old["<unk>"])
    others = [name for name in specials if name not in ("<pad>", "<unk>")]
    new, ids = convert_vocab(old, specials=others)
    known = [word for word in text if word in old]
    assert new.ids(known)[: len(known)] == [ids[old[word]] for word in known]
    assert new["unseen"] == 1
    assert [new.names[number] for number in ids] == old.get_itos()


def test_ids_stay_where_the_old_vocabulary_begins_with_padding_and_unknown(torchtext: ModuleType) -> None:
    docs = [["a", "b"], ["b"]]
    old = torchtext.vocab.build_vocab_from_iterator(docs, specials=["<pad>", "<unk>", "<bos>"])
    old.set_default_index(old["<unk>"])
    new, ids = convert_vocab(old, specials=["<bos>"])
    assert ids.tolist() == list(range(len(old))) == list(range(len(new)))
    assert old(["b", "a", "c"]) == new.ids(["b", "a", "c"]) == [3, 4, 1]


def test_a_text_that_spells_the_unknown_word_gets_it_in_torchtext_and_a_token_of_its_own_here(
    torchtext: ModuleType,
) -> None:
    old = torchtext.vocab.build_vocab_from_iterator([["<unk>", "a"]], specials=["<unk>"])
    _, new = index(["<unk> a"], str.split, vocab_config(specials=["<unk>"]))
    assert old.get_itos() == ["<unk>", "a"]
    assert new.tokens == ("<unk>", "a")


def test_from_counts_keeps_the_tokens_that_vocab_keeps_and_sorts_them(torchtext: ModuleType) -> None:
    counts = {"b": 2, "a": 1, "d": 5, "c": 2}
    old = torchtext.vocab.vocab(OrderedDict(counts), min_freq=2)
    assert old.get_itos() == ["b", "d", "c"]
    assert Vocab.from_counts(counts, min_count=2).tokens == ("d", "b", "c")


def test_numericalized_tokens_are_those_of_encode(torchtext: ModuleType) -> None:
    texts = ["the cat", "the", "a dog"]
    old = {"the": 2, "cat": 3, "a": 4, "dog": 5}
    numbers = torchtext.data.functional.numericalize_tokens_from_iterator(old, map(str.split, texts))
    rows = encode(texts, str.split, Vocab(list(old)))
    assert [list(row) for row in numbers] == [
        row.tolist() for row in np.split(rows.values, rows.offsets[1:-1])
    ]


def test_rows_of_an_embedding_table_move_with_the_ids() -> None:
    new, ids = convert_vocab(Old("the", "<unk>", "a", "<pad>", default=1))
    assert ids.tolist() == [2, 1, 3, 0]
    old_rows = torch.arange(8.0).view(4, 2)
    rows = torch.empty(len(new), 2)
    rows[torch.from_numpy(ids)] = old_rows
    assert rows.tolist() == [[6, 7], [2, 3], [0, 1], [4, 5]]


def test_a_vocabulary_without_padding_and_unknown_gets_both() -> None:
    new, ids = convert_vocab(Old("b", "a", default=-1))
    assert new.names == ["<pad>", "<unk>", "b", "a"]
    assert ids.tolist() == [2, 3]


def test_padding_and_unknown_may_have_had_other_names() -> None:
    new, ids = convert_vocab(
        Old("[UNK]", "a", "[PAD]", "[CLS]"), unknown="[UNK]", padding="[PAD]", specials=["[CLS]"]
    )
    assert new.names == ["<pad>", "<unk>", "[CLS]", "a"]
    assert ids.tolist() == [1, 3, 0, 2]


def test_a_default_index_of_an_ordinary_word_is_refused() -> None:
    with pytest.raises(
        ConfigError, match="the default index is that of 'the', and unknown words are '<unk>'"
    ):
        convert_vocab(Old("the", "<unk>", default=0))


def test_a_special_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="the special '<bos>' is not in the vocabulary"):
        convert_vocab(Old("<unk>", "a"), specials=["<bos>"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, VocabConfig()),
        ({"min_freq": 3, "specials": ["<unk>"]}, VocabConfig(min_count=3)),
        ({"specials": ["<unk>", "<pad>"], "max_tokens": 100}, VocabConfig(max_size=100)),
        ({"specials": ["<unk>"], "max_tokens": 100}, VocabConfig(max_size=101)),
        ({"specials": ["<unk>", "<bos>"], "max_tokens": 9}, VocabConfig(max_size=10, specials=("<bos>",))),
    ],
)
def test_room_for_the_padding_that_torchtext_did_not_count(
    arguments: dict[str, Any], expected: VocabConfig
) -> None:
    assert vocab_config(**arguments) == expected


def test_written_tokens_are_read_as_the_vocabulary_of_an_experiment(tmp_path: Path) -> None:
    new, _ = convert_vocab(Old("<unk>", "the", "é", "a b", "<eos>"), specials=["<eos>"])
    write_tokens(new, tmp_path / "tokens.txt")
    assert read_tokens(tmp_path / "tokens.txt").tokens == ["the", "é", "a b"]
    config = VocabConfig(file=tmp_path / "tokens.txt", specials=new.specials)
    read = vocab_of(number_tokens([["other words"]], str.split), config, listed_tokens(config))
    assert read.names == new.names


@pytest.mark.parametrize("token", ["", "a\nb", "a\r"])
def test_a_token_that_would_be_read_as_another_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(DataError, match="cannot stand on a line of its own"):
        write_tokens(Vocab(["the", token]), tmp_path / "tokens.txt")
    assert not (tmp_path / "tokens.txt").exists()
