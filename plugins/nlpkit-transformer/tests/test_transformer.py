from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nlpkit import Embedding, PaddedBatch, Ragged, SettingsError, Vocab
from nlpkit.nn import padify
from nlpkit_transformer import Transformer
from nlpkit_transformer.transformer import (
    MultiHeadAttention,
    TransformerEncoder,
    TransformerLayer,
    pooled,
    positions,
)

VOCAB = Vocab([f"word{i}" for i in range(20)])
ROWS = st.lists(st.lists(st.integers(1, len(VOCAB) - 1), min_size=1, max_size=9), min_size=1, max_size=5)


def batch(*rows: list[int]) -> PaddedBatch:
    return padify(Ragged.from_rows(rows))


def built(settings: Transformer) -> TransformerEncoder:
    torch.manual_seed(0)
    return settings.build(VOCAB).eval()


def same_in_torch(layer: TransformerLayer, size: int, heads: int, feed_forward_size: int) -> nn.Module:
    """torch's own layer with the weights of ours."""
    peer = nn.TransformerEncoderLayer(
        size, heads, feed_forward_size, dropout=0.0, batch_first=True, norm_first=True
    )
    names = {
        "self_attn.in_proj_": "attention.inputs.",
        "self_attn.out_proj.": "attention.outputs.",
        "linear1.": "feed_forward.0.",
        "linear2.": "feed_forward.3.",
        "norm1.": "attention_norm.",
        "norm2.": "feed_forward_norm.",
    }
    ours = layer.state_dict()
    state = {their + kind: ours[our + kind] for their, our in names.items() for kind in ("weight", "bias")}
    peer.load_state_dict(state)
    return peer.train()  # in eval mode torch takes another way, which gives zeros at padding


def shaken(layer: TransformerLayer) -> TransformerLayer:
    with torch.no_grad():
        for each in layer.parameters():
            each.add_(torch.randn_like(each), alpha=0.1)
    return layer


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), heads=st.sampled_from([1, 2, 4]))
def test_a_layer_is_that_of_torch_with_the_same_weights(lengths: list[int], heads: int) -> None:
    torch.manual_seed(len(lengths))
    layer = shaken(TransformerLayer(8, heads, 12, dropout=0.0))
    peer = same_in_torch(layer, 8, heads, 12)
    states = torch.randn(len(lengths), max(lengths), 8)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    found, expected = layer(states, mask), peer(states, src_key_padding_mask=~mask)
    assert torch.allclose(found[mask], expected[mask], atol=1e-5)


def test_gradients_of_a_layer_are_those_of_torch() -> None:
    torch.manual_seed(3)
    layer = shaken(TransformerLayer(8, 2, 12, dropout=0.0)).double()
    peer = same_in_torch(layer, 8, 2, 12).double()
    states, mask = (
        torch.randn(2, 5, 8).double(),
        torch.tensor([[True] * 5, [True, True, False, False, False]]),
    )
    layer(states, mask)[mask].square().sum().backward()
    peer(states, src_key_padding_mask=~mask)[mask].square().sum().backward()
    theirs = dict(peer.named_parameters())
    found, expected = layer.attention.inputs.weight.grad, theirs["self_attn.in_proj_weight"].grad
    assert found is not None and expected is not None
    assert torch.allclose(found, expected)


def test_attention_to_two_tokens_worked_out_by_hand() -> None:
    attention = MultiHeadAttention(1, heads=1)
    with torch.no_grad():
        attention.inputs.weight.copy_(torch.tensor([[1.0], [1.0], [2.0]]))  # query, key, value
        attention.outputs.weight.fill_(1.0)
        found = attention(torch.tensor([[[1.0], [2.0], [9.0]]]), torch.tensor([[True, True, False]]))
    first = (2 * math.exp(1) + 4 * math.exp(2)) / (math.exp(1) + math.exp(2))
    second = (2 * math.exp(2) + 4 * math.exp(4)) / (math.exp(2) + math.exp(4))
    assert found[0, :2, 0].tolist() == pytest.approx([first, second], rel=1e-5)


def test_positions_are_sines_and_cosines_of_falling_frequency() -> None:
    found = positions(torch.zeros(1, 3, 4))
    expected = [[math.sin(t), math.sin(t / 100), math.cos(t), math.cos(t / 100)] for t in range(3)]
    assert torch.allclose(found, torch.tensor(expected))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_positions_have_any_size_and_the_dtype_of_the_vectors(size: int) -> None:
    found = positions(torch.zeros(1, 7, size, dtype=torch.float64))
    assert found.shape == (7, size) and found.dtype == torch.float64


def test_pooling_worked_out_by_hand() -> None:
    states = torch.tensor([[[1.0, -1.0], [3.0, -3.0], [100.0, 100.0]]])
    mask = torch.tensor([[True, True, False]])
    assert pooled(states, mask, "mean").tolist() == [[2.0, -2.0]]
    assert pooled(states, mask, "max").tolist() == [[3.0, -1.0]]
    assert pooled(states, mask, "first").tolist() == [[1.0, -1.0]]


@given(ROWS)
def test_the_numbers_of_a_padding_vector_decide_nothing(rows: list[list[int]]) -> None:
    encoder = built(Transformer(layers=2, heads=2, feed_forward_size=6, embedding=Embedding(size=4)))
    expected = encoder(batch(*rows))
    with torch.no_grad():
        encoder.embedding.weight[0] = 50.0
    assert torch.allclose(encoder(batch(*rows)), expected, atol=1e-5)


def test_the_order_of_tokens_is_seen() -> None:
    encoder = built(Transformer())
    assert not torch.allclose(encoder(batch([2, 3])), encoder(batch([3, 2])), atol=1e-3)


def test_no_square_of_the_tokens_is_held_in_training_or_prediction() -> None:
    from torch.profiler import ProfilerActivity, profile

    attention = MultiHeadAttention(8, heads=2)
    states, mask = torch.randn(1, 64, 8, requires_grad=True), torch.ones(1, 64, dtype=torch.bool)
    with profile(activities=[ProfilerActivity.CPU]) as trace:
        attention(states, mask).sum().backward()
    called = {event.key for event in trace.key_averages()}
    assert "aten::_scaled_dot_product_flash_attention_for_cpu" in called
    assert "aten::softmax" not in called


def test_token_vectors_are_read_so_that_rows_can_be_updated() -> None:
    encoder = built(Transformer(heads=1, embedding=Embedding(size=4))).train()
    encoder.embedding.rowwise = True
    encoder(batch([2, 3])).sum().backward()
    assert [lookup.ids.tolist() for lookup in encoder.embedding.lookups] == [[2, 3]]
    assert encoder.embedding.weight.grad is None


def test_shapes_of_the_defaults() -> None:
    encoder = built(Transformer())
    assert encoder.output_dim == 64
    assert encoder(batch([2], [3, 4])).shape == (2, 64)
    assert sum(each.numel() for each in encoder.layers[0].parameters()) == 33_472


def test_heads_that_cannot_share_the_vectors_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"3 heads cannot share embedding\.size = 64 equally"):
        Transformer(heads=3)


def test_every_bad_setting_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        Transformer(layers=0, heads=0, feed_forward_size=0, dropout=2.0, pooling="last")  # type: ignore[arg-type]
    assert list(caught.value.by_field) == ["layers", "heads", "feed_forward_size", "dropout", "pooling"]
