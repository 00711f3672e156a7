from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from nlpkit.nn.lstm import Weights, lstm

sizes = st.integers(1, 6)


def layer(input_size: int, hidden_size: int) -> tuple[nn.LSTM, Weights]:
    torch.manual_seed(13)
    module = nn.LSTM(input_size, hidden_size)
    input_weight, state_weight, input_bias, state_bias = module.all_weights[0]
    return module, (input_weight, state_weight, input_bias, state_bias)


def gradients(states: Tensor, parameters: list[Tensor]) -> list[Tensor]:
    weights = torch.linspace(-1, 1, states.numel()).view_as(states)
    return list(torch.autograd.grad((states * weights).sum(), parameters))


@given(sizes, sizes, sizes, sizes, st.booleans())
@settings(max_examples=50)
def test_states_and_gradients_are_those_of_torch(
    tokens: int, texts: int, input_size: int, hidden_size: int, distinct: bool
) -> None:
    module, weights = layer(input_size, hidden_size)
    places = torch.randint(0, 4, (tokens, texts))
    inputs = torch.randn(4, input_size, requires_grad=True)
    expected = module(inputs[places])[0]
    if distinct:
        found = lstm(inputs, places, (tokens, texts), weights)
    else:
        found = lstm(inputs[places].flatten(0, 1), None, (tokens, texts), weights)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    parameters = [inputs, *weights]
    for one, other in zip(gradients(found, parameters), gradients(expected, parameters), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def test_gates_far_from_zero_are_those_of_torch() -> None:
    module, weights = layer(3, 4)
    inputs = (torch.randn(5, 3) * 200).requires_grad_()
    places = torch.arange(5).view(5, 1)
    found = lstm(inputs, places, (5, 1), weights)
    torch.testing.assert_close(found, module(inputs[places])[0], rtol=0, atol=1e-6)
    assert all(each.isfinite().all() for each in gradients(found, [inputs, *weights]))


def test_a_pass_keeps_its_memory_until_its_gradients_are_taken() -> None:
    module, weights = layer(3, 4)
    inputs = torch.randn(6, 3, requires_grad=True)
    first, second = torch.tensor([[0, 1], [2, 3], [4, 5]]), torch.tensor([[5, 4, 3], [2, 1, 0]])
    one, other = lstm(inputs, first, (3, 2), weights), lstm(inputs, second, (2, 3), weights)
    with torch.inference_mode():
        lstm(inputs, first, (3, 2), weights)
    for found, places in ((one, first), (other, second)):
        expected = gradients(module(inputs[places])[0], [inputs, *weights])
        for a, b in zip(gradients(found, [inputs, *weights]), expected, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-5)


def test_memory_of_inference_serves_training_as_well() -> None:
    _, weights = layer(3, 4)
    inputs = torch.randn(40, 3, requires_grad=True)
    places = torch.arange(40).view(20, 2)
    with torch.inference_mode():
        lstm(inputs, places, (20, 2), weights)
    assert all(each.isfinite().all() for each in gradients(lstm(inputs, places, (20, 2), weights), [inputs]))


def test_gradients_are_taken_once() -> None:
    _, weights = layer(3, 4)
    states = lstm(torch.randn(2, 3), torch.tensor([[0], [1]]), (2, 1), weights)
    states.sum().backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="are taken once"):
        states.sum().backward()


def test_frozen_inputs_get_no_gradient_and_weights_do() -> None:
    _, weights = layer(3, 4)
    inputs = torch.randn(2, 3)
    lstm(inputs, torch.tensor([[0], [1]]), (2, 1), weights).sum().backward()
    assert inputs.grad is None
    assert weights[0].grad is not None
