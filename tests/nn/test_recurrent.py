from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from nlpkit.batch import LengthBatch, PaddedBatch
from nlpkit.nn import recurrent
from nlpkit.nn.collate import pad_length, padify
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.lstm import Weights, lstm
from nlpkit.nn.pooling import Pooling
from nlpkit.nn.recurrent import Cell, RecurrentEncoder, reversed_by_length, take_tokens
from nlpkit.ragged import Ragged

Rows = list[list[int]]


@pytest.fixture(autouse=True, scope="module")
def kernel(request: pytest.FixtureRequest) -> Iterator[None]:
    """An LSTM by torch's kernel, which batches as small as these get, or by our own."""
    before, recurrent.OWN_KERNEL_SIZE = recurrent.OWN_KERNEL_SIZE, SIZES[getattr(request, "param", "torch")]
    yield
    recurrent.OWN_KERNEL_SIZE = before


SIZES = {"torch": recurrent.OWN_KERNEL_SIZE, "own": 1}
CELLS: list[Cell] = ["rnn", "gru", "lstm"]
# ours is for an LSTM alone
KERNELS: list[tuple[str, Cell]] = [("torch", "rnn"), ("torch", "gru"), ("torch", "lstm"), ("own", "lstm")]
POOLINGS: list[Pooling] = ["last", "mean", "max", "attention"]
each_kernel = pytest.mark.parametrize("kernel", SIZES, indirect=True)
each_cell = pytest.mark.parametrize(("kernel", "cell"), KERNELS, indirect=["kernel"])
each_layout = pytest.mark.parametrize(
    ("pooling", "bidirectional", "num_layers"), list(itertools.product(POOLINGS, [False, True], [1, 3]))
)
packed_or_padded = pytest.mark.parametrize("packed", [True, False], ids=["packed", "padded"])
rows_of_ids = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=9), min_size=1, max_size=6)


def encoder(
    cell: Cell,
    pooling: Pooling = "last",
    bidirectional: bool = False,
    num_layers: int = 1,
    *,
    packed: bool = False,
    dropout: float = 0.0,
) -> RecurrentEncoder:
    torch.manual_seed(13)
    return RecurrentEncoder(
        cell,
        TokenEmbedding(10, 4),
        hidden_size=3,
        num_layers=num_layers,
        bidirectional=bidirectional,
        dropout=dropout,
        packed=packed,
        pooling=pooling,
    ).eval()


def collated(rows: Rows) -> LengthBatch:
    return pad_length(Ragged.from_rows(rows))


# Embedding and state of one number each: token 1 is 0.5, token 2 is -1. A row of `weight_ih`,
# `weight_hh`, `bias_ih` and `bias_hh` for each gate, in torch's order.
TOKENS = torch.tensor([[0.0], [0.5], [-1.0]])
GATES: dict[Cell, list[tuple[float, float, float, float]]] = {
    "rnn": [(0.7, -0.3, 0.1, 0.2)],
    "gru": [(0.7, -0.3, 0.1, 0.2), (-0.5, 0.4, 0.0, 0.3), (0.9, 0.6, -0.2, 0.1)],  # reset, update, new
    "lstm": [(0.7, -0.3, 0.1, 0.2), (-0.5, 0.4, 0.0, 0.3), (0.9, 0.6, -0.2, 0.1), (0.3, 0.8, 0.2, 0.2)],
}
BACKWARD = (-0.4, 0.5, 0.3, -0.1)


def tiny(cell: Cell, *, packed: bool, bidirectional: bool = False) -> RecurrentEncoder:
    module = RecurrentEncoder(
        cell, TokenEmbedding(3, 1), hidden_size=1, packed=packed, bidirectional=bidirectional
    )
    state = {"embedding.weight": TOKENS}
    directions = {"": GATES[cell], "_reverse": [BACKWARD]} if bidirectional else {"": GATES[cell]}
    for end, gates in directions.items():
        for name, values in zip(
            ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), zip(*gates, strict=True), strict=True
        ):
            column = torch.tensor(values)
            state[f"rnn.{name}_l0{end}"] = column[:, None] if name.startswith("weight") else column
    module.load_state_dict(state)
    return module.eval()


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@packed_or_padded
def test_the_last_state_of_an_rnn_is_what_a_hand_computes(packed: bool) -> None:
    first = math.tanh(0.7 * 0.5 + 0.1 + 0.2)  # token 1 on a state of 0
    second = math.tanh(0.7 * -1 + 0.1 + -0.3 * first + 0.2)  # token 2
    found = tiny("rnn", packed=packed)(collated([[1, 2], [1]]))
    torch.testing.assert_close(found, torch.tensor([[second], [first]]))


@packed_or_padded
def test_the_backward_state_of_an_rnn_starts_at_the_end_of_its_own_text(packed: bool) -> None:
    first = math.tanh(0.7 * 0.5 + 0.1 + 0.2)
    second = math.tanh(0.7 * -1 + 0.1 + -0.3 * first + 0.2)
    from_the_end = math.tanh(-0.4 * -1 + 0.3 - 0.1)  # token 2 on a state of 0
    at_the_front = math.tanh(-0.4 * 0.5 + 0.3 + 0.5 * from_the_end - 0.1)  # then token 1
    alone = math.tanh(-0.4 * 0.5 + 0.3 - 0.1)  # token 1 on a state of 0
    found = tiny("rnn", packed=packed, bidirectional=True)(collated([[1, 2], [1]]))
    torch.testing.assert_close(found, torch.tensor([[second, at_the_front], [first, alone]]))


@packed_or_padded
def test_the_last_state_of_a_gru_is_what_a_hand_computes(packed: bool) -> None:
    state, states = 0.0, []
    for x in (0.5, -1.0):
        reset = sigmoid(0.7 * x + 0.1 + -0.3 * state + 0.2)
        update = sigmoid(-0.5 * x + 0.0 + 0.4 * state + 0.3)
        new = math.tanh(0.9 * x - 0.2 + reset * (0.6 * state + 0.1))
        state = (1 - update) * new + update * state
        states.append([state])
    found = tiny("gru", packed=packed)(collated([[1], [1, 2]]))
    torch.testing.assert_close(found, torch.tensor(states))


@each_kernel
@packed_or_padded
def test_the_last_state_of_an_lstm_is_what_a_hand_computes(packed: bool) -> None:
    state, memory, states = 0.0, 0.0, []
    for x in (0.5, -1.0):
        let_in = sigmoid(0.7 * x + 0.1 + -0.3 * state + 0.2)
        forget = sigmoid(-0.5 * x + 0.0 + 0.4 * state + 0.3)
        content = math.tanh(0.9 * x - 0.2 + 0.6 * state + 0.1)
        let_out = sigmoid(0.3 * x + 0.2 + 0.8 * state + 0.2)
        memory = forget * memory + let_in * content
        state = let_out * math.tanh(memory)
        states.append([state])
    found = tiny("lstm", packed=packed)(collated([[1], [1, 2]]))
    torch.testing.assert_close(found, torch.tensor(states))


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@each_cell
@packed_or_padded
def test_the_last_state_is_that_of_plain_torch(
    cell: Cell, bidirectional: bool, num_layers: int, packed: bool
) -> None:
    module = encoder(cell, "last", bidirectional, num_layers, packed=packed)
    batch = collated([[1, 2, 3, 4], [5], [6, 7, 8]])

    plain = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell](
        4, 3, num_layers, batch_first=True, bidirectional=bidirectional
    )
    plain.load_state_dict(module.rnn.state_dict())
    vectors = nn.functional.embedding(batch.ids, module.embedding.weight)
    lengths = batch.lengths
    last = plain(pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False))[1]
    last = last[0] if cell == "lstm" else last  # (layers * directions, texts, hidden)
    expected = torch.cat([last[-2], last[-1]], dim=1) if bidirectional else last[-1]

    torch.testing.assert_close(module(batch), expected, rtol=0, atol=1e-6)


def values_and_gradients(module: RecurrentEncoder, batch: PaddedBatch) -> Tensor:
    """What the module gives and the gradient of each parameter, all in one row."""
    module.zero_grad()
    values = module(batch)
    weights = torch.linspace(-1, 1, values.numel(), dtype=values.dtype).view_as(values)
    (values * weights).sum().backward()
    gradients = [parameter.grad for parameter in module.parameters()]
    assert all(gradient is not None for gradient in gradients)
    return torch.cat([part.flatten() for part in (values.detach(), *gradients) if part is not None])


# 64 forms of 11 mixes of lengths: 704
@each_cell
@each_layout
@given(rows=rows_of_ids)
@settings(max_examples=11)
def test_packed_and_padded_give_the_same_values_and_gradients(
    cell: Cell, pooling: Pooling, bidirectional: bool, num_layers: int, rows: Rows
) -> None:
    batch, form = collated(rows), (cell, pooling, bidirectional, num_layers)
    packed = values_and_gradients(encoder(*form, packed=True), batch)
    padded = values_and_gradients(encoder(*form), padify(Ragged.from_rows(rows)))
    exact = values_and_gradients(encoder(*form, packed=True).double(), batch)
    for found in (packed, padded):
        torch.testing.assert_close(found, exact, rtol=0, atol=1e-5, check_dtype=False)
    torch.testing.assert_close(packed, padded, rtol=0, atol=1e-5)


@each_cell
@each_layout
@packed_or_padded
def test_a_text_is_the_same_alone_with_neighbours_and_with_more_padding(
    cell: Cell, pooling: Pooling, bidirectional: bool, num_layers: int, packed: bool
) -> None:
    module = encoder(cell, pooling, bidirectional, num_layers, packed=packed)
    rows = [[1, 2, 3, 4, 5, 6, 7], [8], [9, 9, 9], [8, 7]]
    batch = collated(rows)
    together = module(batch)
    wider = LengthBatch(nn.functional.pad(batch.ids, (0, 6)), lengths=batch.lengths)
    torch.testing.assert_close(module(wider), together, rtol=0, atol=1e-6)
    torch.testing.assert_close(module(collated(rows[::-1])).flip(0), together, rtol=0, atol=1e-6)
    for place, row in enumerate(rows):
        torch.testing.assert_close(module(collated([row]))[0], together[place], rtol=0, atol=1e-6)


@each_cell
@each_layout
@packed_or_padded
def test_every_parameter_gets_a_gradient_and_padding_none(
    cell: Cell, pooling: Pooling, bidirectional: bool, num_layers: int, packed: bool
) -> None:
    module = encoder(cell, pooling, bidirectional, num_layers, packed=packed)
    values_and_gradients(module, collated([[1, 2, 3, 4], [5], [6, 7, 8]]))
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert module.embedding.weight.grad is not None
    assert module.embedding.weight.grad[0].tolist() == [0.0] * 4


@each_cell
@each_layout
def test_a_state_dict_makes_the_packed_form_of_a_padded_encoder(
    cell: Cell, pooling: Pooling, bidirectional: bool, num_layers: int
) -> None:
    first = encoder(cell, pooling, bidirectional, num_layers)
    second = encoder(cell, pooling, bidirectional, num_layers, packed=True)
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.add_(1.0)
    second.load_state_dict(first.state_dict())
    batch = collated([[1, 2, 3, 4], [5], [6, 7, 8]])
    values = second(batch)
    assert values.shape == (3, second.output_dim)
    assert values.isfinite().all()
    torch.testing.assert_close(values, first(batch), rtol=0, atol=1e-6)


@each_cell
@packed_or_padded
@pytest.mark.parametrize("bidirectional", [False, True])
def test_dropout_is_between_layers_and_at_the_end_and_in_training_alone(
    cell: Cell, packed: bool, bidirectional: bool
) -> None:
    module = encoder(cell, "mean", bidirectional, 2, packed=packed, dropout=0.5)
    batch = collated([[1, 2, 3, 4], [5]])
    assert torch.equal(module(batch), module(batch))
    module.train()
    assert (module(batch) == 0).any()  # of 6 or 12 numbers
    module.dropout.p = 0.0
    assert not torch.equal(module(batch), module(batch))


@each_cell
def test_a_packed_encoder_refuses_a_batch_without_lengths(cell: Cell) -> None:
    with pytest.raises(TypeError, match="a packed encoder reads a LengthBatch, not a PaddedBatch"):
        encoder(cell, packed=True)(PaddedBatch(torch.tensor([[1]])))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(0, 3))
def test_reversing_by_length_twice_restores_the_order(lengths: list[int], extra: int) -> None:
    size = max(lengths) + extra
    order = reversed_by_length(torch.arange(size)[:, None] < torch.tensor(lengths))  # (T, B)
    for text, length in enumerate(lengths):
        assert order[:, text].tolist() == [*range(length - 1, -1, -1), *range(length, size)]
    assert torch.equal(order.gather(0, order), torch.arange(size)[:, None].expand_as(order))


def test_tokens_are_taken_text_by_text() -> None:
    vectors = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).t()[..., None]  # (T, B, 1)
    places = torch.tensor([[2, 1, 0], [0, 2, 1]]).t()
    assert take_tokens(vectors, places)[..., 0].t().tolist() == [[3.0, 2.0, 1.0], [4.0, 6.0, 5.0]]


def test_large_batches_of_an_lstm_alone_go_through_the_kernel_of_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lengths: list[int] = []

    def noted(inputs: Tensor, places: Tensor | None, shape: tuple[int, int], weights: Weights) -> Tensor:
        lengths.append(shape[1])
        return lstm(inputs, places, shape, weights)

    monkeypatch.setattr(recurrent, "lstm", noted)
    monkeypatch.setattr(recurrent, "OWN_KERNEL_SIZE", 6)  # of a hidden size of 3: two texts
    for cell in CELLS:
        for rows in ([[1, 2]], [[1, 2], [3]], [[1], [2], [3]]):
            encoder(cell)(collated(rows))
    assert lengths == [2, 3]
