"""Encoders as torch exports them: a graph in which neither the texts nor the tokens of a batch are fixed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim, export

from nlpkit.batch import FlatBatch, PaddedBatch
from nlpkit.nn import recurrent
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.mean import EmbeddingMeanEncoder
from nlpkit.nn.pooling import Pooling
from nlpkit.nn.recurrent import Cell, RecurrentEncoder

CELLS: list[Cell] = ["rnn", "gru", "lstm"]
POOLINGS: list[Pooling] = ["last", "mean", "max", "attention"]
SHAPES = [(3, 5), (1, 7), (1, 1), (4, 1), (9, 5), (2, 40)]  # texts, tokens; the first is exported
KERNEL = torch._C.DispatchKey.CompositeImplicitAutograd
RECURRENCES = [torch.ops.aten.rnn_tanh.input, torch.ops.aten.gru.input, torch.ops.aten.lstm.input]

# `nn.RNN` and its kin keep a list of their weights, of which torch.export makes a remark
pytestmark = pytest.mark.filterwarnings("ignore:The tensor attributes .*_flat_weights:UserWarning")


class Padded(nn.Module):
    """An encoder of ids, as exported programs take tensors alone."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor) -> Any:
        return self.encoder(PaddedBatch(ids))


class Flat(Padded):
    def forward(self, ids: Tensor, offsets: Tensor) -> Any:  # type: ignore[override]
        return self.encoder(FlatBatch(ids, offsets))


def shapes(input: Tensor, start: Any, *settings: Any) -> tuple[Tensor, ...]:
    """What a recurrence gives, by its shape: settings[4:6] are bidirectional and batch_first."""
    ends = start if isinstance(start, list | tuple) else [start]
    width = ends[0].shape[-1] * (2 if settings[-2] else 1)
    return (input.new_empty(*input.shape[:2], width), *map(torch.empty_like, ends))


@contextmanager
def recurrences_kept_whole() -> Iterator[None]:
    """To learn the shape of a recurrence torch traces it token by token, which pins their number."""
    with pytest.MonkeyPatch.context() as patch:
        for each in RECURRENCES:
            patch.setitem(each.py_kernels, KERNEL, shapes)
            each._dispatch_cache.clear()
        yield
    for each in RECURRENCES:
        each._dispatch_cache.clear()


def ids_of(texts: int, tokens: int) -> Tensor:
    """The first text has all the tokens, the others some."""
    lengths = torch.randint(1, tokens + 1, (texts, 1)).index_fill(0, torch.tensor([0]), tokens)
    return torch.randint(1, 10, (texts, tokens)) * (torch.arange(tokens) < lengths)


def check_padded(encoder: nn.Module) -> None:
    module = Padded(encoder).eval()
    sizes = ({0: Dim("texts"), 1: Dim("tokens")},)
    with recurrences_kept_whole():
        exported = export(module, (ids_of(*SHAPES[0]),), dynamic_shapes=sizes, strict=False).module()
    for shape in SHAPES:
        ids = ids_of(*shape)
        torch.testing.assert_close(exported(ids), module(ids), rtol=0, atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_recurrent_encoder_is_exported_for_any_number_of_texts_and_tokens(
    cell: Cell, pooling: Pooling, bidirectional: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recurrent, "OWN_KERNEL_SIZE", 1)  # outside of the graph
    torch.manual_seed(13)
    check_padded(
        RecurrentEncoder(
            cell,
            TokenEmbedding(10, 4, dropout=0.5),
            hidden_size=3,
            num_layers=2,
            bidirectional=bidirectional,
            dropout=0.5,
            pooling=pooling,
        )
    )


def test_a_mean_of_padded_ids_is_exported_for_any_number_of_texts_and_tokens() -> None:
    check_padded(EmbeddingMeanEncoder(TokenEmbedding(10, 4, dropout=0.5)))


def test_a_mean_of_flat_ids_is_exported_for_any_number_of_texts_and_tokens() -> None:
    module = Flat(EmbeddingMeanEncoder(TokenEmbedding(10, 4, dropout=0.5))).eval()
    batches = [([1, 2, 3, 4, 5], [0, 2, 3]), ([7], [0]), ([1, 2, 3], [0]), ([9, 8, 7, 6], [0, 1, 2, 3])]
    first, *_ = inputs = [tuple(map(torch.tensor, batch)) for batch in batches]
    sizes = ({0: Dim("tokens")}, {0: Dim("texts")})
    exported = export(module, first, dynamic_shapes=sizes, strict=False).module()
    for each in inputs:
        torch.testing.assert_close(exported(*each), module(*each), rtol=0, atol=1e-6)
