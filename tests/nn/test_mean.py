from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from nlpkit.batch import Batch, FlatBatch, PaddedBatch
from nlpkit.nn.collate import offsetify, padify
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.mean import EmbeddingMeanEncoder
from nlpkit.ragged import Ragged

Rows = list[list[int]]
rows_of_ids = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=8), min_size=1, max_size=6)


def encoder(size: int = 3) -> EmbeddingMeanEncoder:
    torch.manual_seed(13)
    return EmbeddingMeanEncoder(TokenEmbedding(10, size)).eval()


def collated(rows: Rows, layout: type[Batch]) -> Batch:
    return (offsetify if layout is FlatBatch else padify)(Ragged.from_rows(rows))


each_layout = pytest.mark.parametrize("layout", [FlatBatch, PaddedBatch])


@each_layout
def test_a_text_is_the_mean_of_its_token_vectors(layout: type[Batch]) -> None:
    module = EmbeddingMeanEncoder(TokenEmbedding(4, 2)).eval()
    module.load_state_dict(
        {"embedding.weight": torch.tensor([[0.0, 0.0], [1.0, 2.0], [3.0, -4.0], [0.5, 8.0]])}
    )
    expected = [
        [(1 + 3 + 0.5) / 3, (2 - 4 + 8) / 3],  # tokens 1, 2, 3
        [(3 + 3) / 2, (-4 - 4) / 2],  # token 2 twice
        [0.5, 8.0],
    ]
    found = module(collated([[1, 2, 3], [2, 2], [3]], layout))
    torch.testing.assert_close(found, torch.tensor(expected))
    assert module.output_dim == 2


@each_layout
@given(rows=rows_of_ids)
def test_the_mean_is_that_of_torchs_own_embedding_bag(layout: type[Batch], rows: Rows) -> None:
    module = encoder()
    bag = nn.EmbeddingBag(10, 3, mode="mean")
    bag.load_state_dict({"weight": module.embedding.weight})
    expected = torch.stack([bag(torch.tensor([row]))[0] for row in rows])
    torch.testing.assert_close(module(collated(rows, layout)), expected, rtol=0, atol=1e-6)


@given(rows_of_ids)
def test_both_layouts_give_the_same_gradients(rows: Rows) -> None:
    gradients: list[Tensor] = []
    for layout in (FlatBatch, PaddedBatch):
        module = encoder()
        module(collated(rows, layout)).square().sum().backward()
        assert module.embedding.weight.grad is not None
        gradients.append(module.embedding.weight.grad)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0, atol=1e-5)
    assert gradients[0][0].tolist() == gradients[1][0].tolist() == [0.0, 0.0, 0.0]


@each_layout
@given(rows=rows_of_ids)
def test_a_text_is_the_same_alone_and_with_any_neighbours(layout: type[Batch], rows: Rows) -> None:
    module = encoder()
    together = module(collated(rows, layout))
    for place, row in enumerate(rows):
        torch.testing.assert_close(together[place], module(collated([row], layout))[0], rtol=0, atol=1e-6)
    backwards = module(collated(rows[::-1], layout))
    torch.testing.assert_close(backwards.flip(0), together, rtol=0, atol=1e-6)


def test_more_padding_changes_nothing() -> None:
    module = encoder()
    ids = torch.tensor([[4, 5, 6], [7, 0, 0]])
    wider = nn.functional.pad(ids, (0, 5))
    torch.testing.assert_close(module(PaddedBatch(wider)), module(PaddedBatch(ids)), rtol=0, atol=1e-6)


@each_layout
def test_dropout_is_on_in_training_alone(layout: type[Batch]) -> None:
    module = EmbeddingMeanEncoder(TokenEmbedding(4, 100, dropout=0.5))
    batch = collated([[1, 2, 3]], layout)
    assert not torch.equal(module(batch), module(batch))
    module.eval()
    assert torch.equal(module(batch), module(batch))


def test_another_layout_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="a FlatBatch or a PaddedBatch is expected, not a Batch"):
        encoder()(Batch(torch.tensor([1])))
