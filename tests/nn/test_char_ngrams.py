"""Vectors of words by their n-grams, against sums written out and torch's own gradients."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nlpkit.batch import PaddedBatch
from nlpkit.data.vectors import fasttext
from nlpkit.nn.char_ngrams import CharNgrams, ngram_rows, words_of
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.finished import finish_training
from nlpkit.nn.token_vectors import vectors_through
from nlpkit.training.optimizers import NamedRule
from nlpkit.training.rowwise import RowwiseOptimizer
from nlpkit.vocab import Vocab

WORDS = ["", "", "walk", "walked", "a", "anana", "zoë"]  # "ana" is in anana twice
IDS = torch.tensor([[3, 2, 3, 1], [5, 6, 0, 0]])
OFFSETS = torch.tensor([0, 3, 4])
WHOLE_WORDS = st.lists(st.text(st.characters(max_codepoint=0x7F), max_size=12), max_size=6)


def spelled(size: int = 3, *, frozen: bool = False) -> TokenEmbedding:
    """A table of float64 with n-grams of 2 to 4 characters, some of which share a vector."""
    torch.manual_seed(5)
    table = TokenEmbedding(len(WORDS), size, frozen=frozen)
    table.char_ngrams = CharNgrams(WORDS, size, lengths=(2, 4), buckets=11, frozen=frozen)
    return table.double()


def tables_of(table: TokenEmbedding) -> tuple[TokenEmbedding, TokenEmbedding]:
    assert isinstance(table.char_ngrams, CharNgrams)
    return table, table.char_ngrams.table


def shares() -> Tensor:
    """How much of each n-gram's row is in the vector of each word: float64 (V, buckets + 1)."""
    found = torch.zeros(len(WORDS), 12, dtype=torch.float64)
    rows, starts = ngram_rows(WORDS, (2, 4), 11)
    for word, (start, end) in enumerate(pairwise(starts)):
        for row in rows[start:end]:
            found[word, row] += 1 / (end - start) ** 0.5
    return found


@given(WHOLE_WORDS, st.integers(1, 3), st.integers(0, 3))
def test_the_ngrams_of_ascii_words_are_those_of_fasttext(words: list[str], shortest: int, more: int) -> None:
    rows, starts = ngram_rows(words, (shortest, shortest + more), 97)
    for word, start, end in zip(words, starts, starts[1:], strict=False):
        theirs = fasttext.ngram_rows(word.encode(), 1, 97, shortest, shortest + more) if word else []
        assert sorted(rows[start:end].tolist()) == sorted(theirs)
    assert len(starts) == len(words) + 1


def test_ngrams_are_of_characters_and_each_of_them_counts() -> None:
    _, starts = ngram_rows(["zoë", "日", "", "\ud800", "anana"], (3, 4), 1000)
    assert np.diff(starts).tolist() == [3 + 2, 1, 0, 1, 5 + 4]
    same, _ = ngram_rows(["aaaaa"], (3, 3), 1000)
    assert len(set(same.tolist())) == 3  # <aa, aaa three times, aa>


def test_only_a_token_that_is_one_word_has_a_spelling() -> None:
    vocab = Vocab(["oil", "oil price"], specials=["<mask>"], buckets=2)
    assert words_of(vocab) == ["", "", "", "oil", "", "", ""]
    assert len(words_of(vocab)) == len(vocab)


def test_a_vector_is_its_row_and_the_ngrams_over_the_root_of_how_many_there_are() -> None:
    table = spelled()
    own, ngrams = (each.weight.detach() for each in tables_of(table))
    rows, starts = ngram_rows(WORDS, (2, 4), 11)
    assert starts[3] - starts[2] == 5 + 4 + 3  # of <walk>
    walk = own[2] + ngrams[rows[: starts[3]]].sum(0) / 12**0.5
    torch.testing.assert_close(table(torch.tensor([2]))[0].detach(), walk)
    assert torch.equal(table(torch.tensor([1]))[0], own[1])
    assert table(torch.tensor([0])).tolist() == [[0.0] * 3]


def by_token(table: TokenEmbedding) -> Tensor:
    return table(IDS).flatten(0, 1)


def by_distinct_id(table: TokenEmbedding) -> Tensor:
    vectors, places = table.rows(IDS)
    assert places is not None and len(vectors) == 6
    return vectors[places.flatten()]


def in_means(table: TokenEmbedding) -> Tensor:
    return table.mean(IDS.flatten()[:6], OFFSETS)


@pytest.mark.parametrize("rowwise", [False, True])
@pytest.mark.parametrize("read", [by_token, by_distinct_id, in_means])
def test_values_and_gradients_are_those_of_a_product_of_matrices(
    read: Callable[[TokenEmbedding], Tensor], rowwise: bool
) -> None:
    table, plain = spelled(), TokenEmbedding(len(WORDS), 3).double()
    own, ngrams = (each.weight.detach().clone().requires_grad_() for each in tables_of(table))
    plain.weight.data = (own + shares() @ ngrams).detach()
    for each in tables_of(table):
        each.rowwise = rowwise
    found, expected = read(table), read(plain)
    torch.testing.assert_close(found, expected)
    slope = torch.arange(float(found.numel()), dtype=torch.float64).view_as(found).cos()
    (found.square() * slope).sum().backward()
    (expected.square() * slope).sum().backward()
    (own + shares() @ ngrams).backward(plain.weight.grad)
    for each, gradient in zip(tables_of(table), (own.grad, ngrams.grad), strict=True):
        torch.testing.assert_close(gradient_of(each), gradient)


def gradient_of(table: TokenEmbedding) -> Tensor:
    """What a backward pass has left, in the table or in its look-ups, for all rows."""
    if not table.rowwise:
        assert table.weight.grad is not None
        return table.weight.grad
    ids, rows = RowwiseOptimizer(table, NamedRule("sgd")).gradients()
    return torch.zeros_like(table.weight).index_copy(0, ids, rows)


def test_a_distinct_id_is_spelled_once() -> None:
    table = spelled()
    table.rowwise = True
    _, ngrams = tables_of(table)
    ngrams.rowwise = True
    table(torch.tensor([[3, 3, 3], [3, 2, 3]]))
    [own], [spelling] = table.lookups, ngrams.lookups
    assert own.ids.tolist() == [2, 3]
    assert spelling.vectors.shape == (2, 3)
    assert len(spelling.ids) == 12 + 18


def test_dropout_and_what_is_handed_in_are_of_whole_vectors() -> None:
    table = spelled(500)
    table.dropout.p = 0.5
    dropped, whole = table(IDS), deepcopy(table).eval()(IDS)
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], 2 * whole[kept])
    assert 0.4 < float(kept[IDS > 1].double().mean()) < 0.6
    assert not torch.equal(kept[0, 0], kept[0, 2])  # of one id, each token's own
    seen: list[Tensor] = []
    with vectors_through(table.eval(), PaddedBatch(IDS), lambda each: seen.append(each) or each + 1):  # type: ignore[func-returns-value]
        torch.testing.assert_close(table(IDS), whole + (IDS != 0).unsqueeze(-1))
    assert [each.shape for each in seen] == [(2, 4, 500)]


def test_vectors_that_were_found_are_what_words_start_from() -> None:
    table = spelled()
    before = table(torch.tensor([1, 2])).detach()
    found = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    table.start_from(np.array([3, 5]), found)
    torch.testing.assert_close(table(torch.tensor([3, 5])), torch.tensor(found, dtype=torch.float64))
    assert torch.equal(table(torch.tensor([1, 2])), before)


def test_frozen_vectors_and_ngrams_get_no_gradient() -> None:
    table = spelled(frozen=True)
    assert not any(each.requires_grad for each in table.parameters())
    assert not table(IDS).requires_grad


@pytest.mark.parametrize("block", [2, 8192])
def test_a_table_that_is_finished_has_the_same_bits_and_no_ngrams(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlpkit.nn.embedding.BLOCK", block)
    table = spelled().float().eval()
    before = table(IDS), table.rows(IDS)[0], in_means(table)
    finish_training(torch.nn.ModuleList([table, table]))
    for _ in range(2):
        after = table(IDS), table.rows(IDS)[0], in_means(table)
        assert all(torch.equal(now, was) for now, was in zip(after, before, strict=True))
        assert list(table.state_dict()) == ["weight"]
        assert table.weight[0].tolist() == [0.0] * 3
        table.finish_training()


def test_the_ngrams_of_words_are_no_part_of_the_weights() -> None:
    assert list(spelled().state_dict()) == ["weight", "char_ngrams.table.weight"]
