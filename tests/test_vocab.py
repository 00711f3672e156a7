from __future__ import annotations

import json
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.vocab import Labels, Vocab

tokens = st.lists(st.text(max_size=6), unique=True, max_size=20)


@pytest.fixture(scope="module")
def golden(golden_dir: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((golden_dir / "vocab.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("case", range(5))
def test_the_order_is_that_of_torchtext(golden: dict[str, Any], case: int) -> None:
    settings, expected = golden["cases"][case]["kwargs"], golden["cases"][case]["itos"]
    counts = Counter(token for doc in golden["docs"] for token in doc)
    vocab = Vocab.from_counts(
        counts, min_count=settings.get("min_freq", 1), max_size=settings.get("max_tokens")
    )
    specials = settings.get("specials", [])
    assert list(vocab.tokens) == [token for token in expected if token not in specials]
    if specials == ["<pad>", "<unk>"]:
        assert vocab.names == expected


def test_every_case_of_torchtext_is_compared(golden: dict[str, Any]) -> None:
    assert len(golden["cases"]) == 5
    assert golden["cases"][4]["kwargs"]["max_tokens"] == 100


def test_ids_are_padding_unknown_specials_tokens_and_buckets_in_this_order() -> None:
    vocab = Vocab(["the", "a"], specials=["<s>"], buckets=2)
    assert vocab.names == ["<pad>", "<unk>", "<s>", "the", "a", "<bucket 0>", "<bucket 1>"]
    assert [vocab.special(name) for name in ("<pad>", "<unk>", "<s>")] == [0, 1, 2]
    assert [vocab["the"], vocab["a"], len(vocab)] == [3, 4, 7]


def test_frequent_tokens_come_first_and_ties_stand_in_string_order() -> None:
    assert Vocab.from_counts({"b": 2, "a": 2, "c": 3, "d": 1}, min_count=2).tokens == ("c", "a", "b")


def test_a_bound_counts_padding_unknown_and_specials_but_not_buckets() -> None:
    counts = {"a": 3, "b": 2, "c": 1}
    assert len(Vocab.from_counts(counts, max_size=4)) == 4
    assert Vocab.from_counts(counts, max_size=4, specials=["<s>"], buckets=5).tokens == ("a",)
    assert Vocab.from_counts(counts, max_size=1).tokens == ()


def test_a_text_without_tokens_is_one_unknown_token() -> None:
    assert Vocab(["a"]).ids([]) == [1]


def test_a_text_of_unknown_words_alone_has_defined_ids() -> None:
    assert Vocab(["a"]).ids(["x", "y"]) == [1, 1]


def test_the_names_of_specials_in_a_text_never_get_special_ids() -> None:
    words = ["<pad>", "<unk>", "<s>"]
    assert Vocab(["a"], specials=["<s>"]).ids(words) == [1, 1, 1]
    assert Vocab(words, specials=["<s>"]).ids(words) == [3, 4, 5]
    assert min(Vocab(["a"], specials=["<s>"], buckets=4).ids(words)) >= 4


def test_a_missing_word_falls_into_the_bucket_of_its_crc_and_is_not_stored() -> None:
    vocab = Vocab(["a"], buckets=10)
    assert vocab["café"] == 3 + zlib.crc32("café".encode()) % 10
    assert "café" not in vocab
    assert len(vocab) == 13


def test_a_lone_surrogate_has_an_id() -> None:
    assert Vocab(["a"])["\ud83d"] == 1
    assert 3 <= Vocab(["a"], buckets=4)["\ud83d"] < 7


@given(tokens, st.integers(0, 5), st.lists(st.text(max_size=6)))
def test_ids_are_in_range_never_padding_and_lead_back_to_the_token(
    known: list[str], buckets: int, words: list[str]
) -> None:
    vocab = Vocab(known, buckets=buckets)
    names = vocab.names
    assert len(names) == len(vocab)
    assert all(names[vocab[token]] == token for token in known)
    assert all(1 <= number < len(vocab) for number in vocab.ids(words))


def test_a_token_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a token is given twice"):
        Vocab(["a", "a"])


def test_labels_stand_in_string_order_and_unknown_ones_are_minus_one() -> None:
    labels = Labels.of(["b", "a", "b"])
    assert labels.names == ("a", "b")
    assert labels.ids(["b", "a", "c"]).tolist() == [1, 0, -1]
    assert (len(labels), labels["b"], "b" in labels, "c" in labels) == (2, 1, True, False)


def test_a_class_name_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a class name is given twice"):
        Labels(["a", "a"])


def test_labels_show_their_names_and_of_many_the_first() -> None:
    assert repr(Labels(["Sci/Tech", "World"])) == "Labels(['Sci/Tech', 'World'])"
    many = [f"class {number}" for number in range(1000)]
    assert repr(Labels(many)) == f"Labels([{', '.join(map(repr, many[:6]))}, ...])"
    assert len(repr(Labels(["x" * 10_000, "y\n"]))) < 60


def test_a_vocabulary_shows_how_many_ids_it_has() -> None:
    assert repr(Vocab(["a"] + [f"w{i}" for i in range(1000)], buckets=10)) == "<Vocab: 1,013 ids>"
