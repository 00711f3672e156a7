from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.vocab import PADDING_ID, UNKNOWN_ID


def test_vectors_start_from_a_normal_distribution_and_padding_from_zero() -> None:
    torch.manual_seed(13)
    weight = TokenEmbedding(5_000, 20, init_std=0.1).weight.detach()
    assert weight[0].tolist() == [0.0] * 20
    assert float(weight[1:].std()) == pytest.approx(0.1, rel=0.01)  # of 100,000 numbers: 0.2 % is one sigma
    assert float(weight[1:].mean()) == pytest.approx(0.0, abs=0.001)


def test_ids_of_any_shape_give_their_vectors() -> None:
    embedding = TokenEmbedding(4, 2)
    ids = torch.tensor([[[1, 0], [3, 2]]])
    assert embedding(ids).shape == (1, 2, 2, 2)
    assert torch.equal(embedding(ids)[0, 1, 0], embedding.weight[3])
    assert torch.equal(embedding(ids), nn.functional.embedding(ids, embedding.weight))


def test_the_vector_of_padding_stays_zero_when_it_is_trained() -> None:
    embedding = TokenEmbedding(4, 2)
    optimizer = torch.optim.Adam(embedding.parameters(), lr=0.1)
    before = embedding.weight.detach().clone()
    for _ in range(3):
        optimizer.zero_grad()
        (embedding(torch.tensor([0, 1, 2])) - 5).square().sum().backward()
        optimizer.step()
    assert embedding.weight[0].tolist() == [0.0, 0.0]
    assert not torch.equal(embedding.weight[1], before[1])
    assert torch.equal(embedding.weight[3], before[3])


def test_vectors_that_were_found_are_set_and_the_others_stay() -> None:
    embedding = TokenEmbedding(4, 2)
    before = embedding.weight.detach().clone()
    embedding.start_from(np.array([3, 1]), np.array([[1, 2], [3, 4]], np.float32))
    assert embedding.weight[[3, 1]].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert torch.equal(embedding.weight[[0, 2]], before[[0, 2]])


def test_no_vectors_change_nothing() -> None:
    embedding = TokenEmbedding(4, 2)
    before = embedding.weight.detach().clone()
    embedding.start_from(np.empty(0, np.int64), np.empty((0, 2), np.float32))
    assert torch.equal(embedding.weight, before)


def test_frozen_vectors_get_no_gradient() -> None:
    assert not TokenEmbedding(4, 2, frozen=True).weight.requires_grad
    assert TokenEmbedding(4, 2).weight.requires_grad


def test_padding_and_unknown_words_start_at_zero_and_the_others_do_not() -> None:
    weight = TokenEmbedding(6, 5).weight
    assert not weight[[PADDING_ID, UNKNOWN_ID]].any()
    assert weight[2:].all()


def test_unknown_words_are_learned_and_padding_is_not() -> None:
    embedding = TokenEmbedding(4, 2)
    embedding(torch.tensor([PADDING_ID, UNKNOWN_ID, 2])).sum().backward()
    assert embedding.weight.grad is not None
    assert embedding.weight.grad.tolist() == [[0, 0], [1, 1], [1, 1], [0, 0]]


def test_dropout_drops_numbers_in_training_alone() -> None:
    torch.manual_seed(13)
    embedding = TokenEmbedding(4, 1_000, dropout=0.25)
    ids = torch.tensor([2, 3])
    dropped = embedding(ids)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.04)
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], (embedding.weight[ids] / 0.75)[kept])
    assert torch.equal(embedding.eval()(ids), embedding.weight[ids])


@pytest.mark.parametrize("rowwise", [False, True])
def test_rows_are_one_vector_for_each_distinct_id_and_the_place_of_each_token(rowwise: bool) -> None:
    embedding = TokenEmbedding(6, 2)
    embedding.rowwise = rowwise
    ids = torch.tensor([[5, 2], [2, 0]])
    vectors, places = embedding.rows(ids)
    assert places is not None
    assert places.tolist() == [[2, 1], [1, 0]]
    assert torch.equal(vectors, embedding.weight[[0, 2, 5]])
    vectors.sum().backward()
    assert (embedding.weight.grad is None) == rowwise
