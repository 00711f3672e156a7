from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nlpkit import Embedding, PaddedBatch, Ragged, SettingsError, Vocab
from nlpkit.nn import padify
from nlpkit_transformer import SelfAttention
from nlpkit_transformer.self_attention import BidirectionalLstm, SelfAttentionEncoder, reversed_by_length

VOCAB = Vocab([f"word{i}" for i in range(20)])
LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=5)


def batch(*rows: list[int]) -> PaddedBatch:
    return padify(Ragged.from_rows(rows))


def built(settings: SelfAttention) -> SelfAttentionEncoder:
    torch.manual_seed(0)
    return settings.build(VOCAB).eval()


def mask_of(lengths: list[int]) -> torch.Tensor:
    return torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)


@given(LENGTHS)
def test_states_are_those_of_a_packed_lstm_with_the_same_weights(lengths: list[int]) -> None:
    torch.manual_seed(len(lengths))
    ours, peer = BidirectionalLstm(3, 4), nn.LSTM(3, 4, batch_first=True, bidirectional=True)
    backwards = {f"{name}_reverse": each for name, each in ours.backwards.state_dict().items()}
    peer.load_state_dict({**ours.forwards.state_dict(), **backwards})
    vectors, mask = torch.randn(len(lengths), max(lengths), 3), mask_of(lengths)
    packed = pack_padded_sequence(vectors, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(peer(packed)[0], batch_first=True)
    assert torch.allclose(ours(vectors, mask)[mask], expected[mask], atol=1e-6)


@given(LENGTHS)
def test_reversing_twice_restores_the_order_and_leaves_padding(lengths: list[int]) -> None:
    mask = mask_of(lengths)
    order = reversed_by_length(mask)
    assert torch.equal(order.gather(1, order), torch.arange(mask.shape[1]).expand_as(order))
    assert torch.equal(order[~mask], torch.arange(mask.shape[1]).expand_as(order)[~mask])


def test_weights_worked_out_by_hand() -> None:
    encoder = built(SelfAttention(hidden_size=1, attention_size=1, hops=2))
    with torch.no_grad():
        encoder.hidden.weight.copy_(torch.tensor([[1.0, 0.0]]))
        encoder.scores.weight.copy_(torch.tensor([[1.0], [-2.0]]))
        states = torch.tensor([[[math.atanh(0.5), 9.0], [0.0, 9.0], [5.0, 5.0]]])
        found = encoder.weights(states, torch.tensor([[True, True, False]]))[0]
    first = math.exp(0.5) / (math.exp(0.5) + 1)
    second = math.exp(-1) / (math.exp(-1) + 1)
    assert found[:, 0].tolist() == pytest.approx([first, 1 - first, 0.0])
    assert found[:, 1].tolist() == pytest.approx([second, 1 - second, 0.0])


@given(LENGTHS)
def test_a_hop_takes_one_in_all_and_nothing_of_padding(lengths: list[int]) -> None:
    encoder, mask = built(SelfAttention(hidden_size=2, attention_size=3, hops=3)), mask_of(lengths)
    weights = encoder.weights(torch.randn(*mask.shape, 4), mask)
    assert torch.allclose(weights.sum(dim=1), torch.ones(len(lengths), 3))
    assert not weights[~mask].any()


def test_scores_that_are_all_alike_give_the_mean_of_the_states() -> None:
    encoder = built(SelfAttention(hidden_size=2, attention_size=3, hops=2, embedding=Embedding(size=3)))
    with torch.no_grad():
        encoder.scores.weight.zero_()
        rows = batch([2, 3, 4], [5])
        states = encoder.states(encoder.embedding(rows.ids), rows.mask())
        found = encoder(rows)
    assert torch.allclose(found[0], states[0].mean(dim=0).repeat(2), atol=1e-6)
    assert torch.allclose(found[1], states[1, 0].repeat(2), atol=1e-6)


def test_token_vectors_are_read_so_that_rows_can_be_updated() -> None:
    encoder = built(SelfAttention(hidden_size=2)).train()
    encoder.embedding.rowwise = True
    encoder(batch([2, 3])).sum().backward()
    assert [lookup.ids.tolist() for lookup in encoder.embedding.lookups] == [[2, 3]]
    assert encoder.embedding.weight.grad is None


def test_shapes_of_the_defaults() -> None:
    encoder = built(SelfAttention())
    assert encoder.output_dim == 512
    assert encoder(batch([2], [3, 4])).shape == (2, 512)


def test_every_bad_setting_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        SelfAttention(hidden_size=0, attention_size=0, hops=0, dropout=-1.0)
    assert list(caught.value.by_field) == ["hidden_size", "attention_size", "hops", "dropout"]
