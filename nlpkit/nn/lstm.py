"""One direction of an LSTM layer on the CPU, made for the many short operations of a small layer.

Against torch's kernel it saves three things. Inputs are projected once for each distinct token of a batch,
not for each of its tokens. All gates are one sigmoid over one block, since tanh(x) = 1 - 2 sigmoid(-2x). And
the large intermediate tensors stay in memory that is kept from batch to batch, where a fresh one is cleared
page by page.

Axes: T tokens, B texts, K rows of inputs, E numbers in one of them, H hidden, G = 4 H gates in torch's order:
input, forget, cell, output.

With gates i, f, s = sigmoid(2 z), o, where z is the cell's pre-activation, the step of Hochreiter and
Schmidhuber (1997) with the forget gate of Gers et al. (2000) is, for w = -cell and q = sigmoid(2 w):

    w = i - 2 i s + f w'        state = o - 2 o q
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Weights = tuple[Tensor, Tensor, Tensor, Tensor]

_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input  # gradient * a * (1 - a)


def lstm(inputs: Tensor, places: Tensor | None, shape: tuple[int, int], weights: Weights) -> Tensor:
    """The state after each token, float32 (T, B, H), from a zero state, on the CPU.

    `inputs` float32 (K, E), and `places` int64 (T, B) says which of them each token is; without places the
    inputs are the tokens themselves, (T * B, E). `shape` is (T, B). `weights` are those of one direction of a
    layer of `nn.LSTM`: (G, E), (G, H), (G,), (G,). Gradients are of the first order, and taken once.
    """
    input_weight, state_weight, input_bias, state_bias = weights
    bias = input_bias + state_bias
    states: Tensor = _Lstm.apply(inputs, places, shape, input_weight, state_weight, bias)  # type: ignore[no-untyped-call]
    return states


class _Lstm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        places: Tensor | None,
        shape: tuple[int, int],
        input_weight: Tensor,
        state_weight: Tensor,
        bias: Tensor,
    ) -> Tensor:
        scale = _of_the_cell(2.0, state_weight)  # (G, 1)
        bias, input_weight_2 = bias * scale[:, 0], (input_weight * scale).t()
        memory = _Memory.lent(*shape, state_weight.shape[1])
        if places is None:
            torch.addmm(bias, inputs, input_weight_2, out=memory.gates.flatten(0, 1))
            states = _states(memory, (state_weight * scale).t())
        else:
            projected = torch.addmm(bias, inputs, input_weight_2)  # (K, G)
            states = _states(memory, (state_weight * scale).t(), projected, places)
        if any(ctx.needs_input_grad):
            ctx.memory = memory
            ctx.save_for_backward(inputs, places, input_weight, state_weight, states)
        else:
            memory.give_back()
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor | None, ...]:
        inputs, places, input_weight, state_weight, states = ctx.saved_tensors
        memory, ctx.memory = ctx.memory, None
        if memory is None:
            raise RuntimeError("the gradients of an LSTM layer are taken once: its memory is used again")
        scale = _of_the_cell(-4.0, state_weight)  # (G, 1)
        changes = _changes(memory, wanted, state_weight * scale).flatten(0, 1)  # (T * B, G)
        state_weight_change = changes.t() @ states[:-1].flatten(0, 1) * scale  # (G, H)
        if places is not None:  # now of the distinct inputs
            sums = changes.new_zeros(len(inputs), changes.shape[1])  # (K, G)
            changes = sums.index_add_(0, places.flatten(), changes)
        input_weight_change = changes.t() @ inputs * scale  # (G, E)
        bias_change = changes.sum(dim=0) * scale[:, 0]  # (G,)
        inputs_change = changes @ (input_weight * scale) if ctx.needs_input_grad[0] else None  # (K, E)
        memory.give_back()
        return inputs_change, None, None, input_weight_change, state_weight_change, bias_change


def _states(
    memory: _Memory, state_weight: Tensor, projected: Tensor | None = None, places: Tensor | None = None
) -> Tensor:
    """Float32 (T + 1, B, H), the zero state first; fills the memory step by step.

    The gates start as what the inputs project to, or are filled from `projected` (K, G) at `places` (T, B).
    """
    tokens, texts, hidden_size = memory.squashed.shape
    states = torch.empty(tokens + 1, texts, hidden_size)
    states[0] = memory.cells[0] = 0.0
    rows = places.unbind() if places is not None else ()
    cells, after = memory.cells.unbind(), states.unbind()
    for t, (gates, i, f, s, o, q) in enumerate(memory.steps()):
        if projected is not None:
            torch.index_select(projected, 0, rows[t], out=gates)
        gates.addmm_(after[t], state_weight).sigmoid_()
        cell = cells[t + 1]  # w above
        torch.addcmul(i, i, s, value=-2, out=cell).addcmul_(f, cells[t])
        torch.add(cell, cell, out=q).sigmoid_()
        torch.addcmul(o, o, q, value=-2, out=after[t + 1])
    return states


def _changes(memory: _Memory, wanted: Tensor, state_weight: Tensor) -> Tensor:
    """The gradients (T, B, G) before the gates' sigmoids, from those of the states, `wanted` (T, B, H).

    That of the cell's gate lacks its factor of -4, which `state_weight` (G, H) has.
    """
    tokens, texts, hidden_size = wanted.shape
    changes = memory.tensor("changes", tokens, texts, 4 * hidden_size)
    of_input, of_forget, of_cell, of_output = (each.unbind() for each in changes.chunk(4, dim=2))
    cells, of_gates, of_states = memory.cells.unbind(), changes.unbind(), wanted.unbind()
    steps = list(memory.steps())
    of_w, buffer, state = (torch.zeros(texts, hidden_size) for _ in range(3))
    for t in reversed(range(tokens)):
        gates, i, f, s, o, q = steps[t]
        if t + 1 < tokens:
            torch.addmm(of_states[t], of_gates[t + 1], state_weight, out=state)
        else:
            state.copy_(of_states[t])
        torch.addcmul(state, state, q, value=-2, out=of_output[t])
        torch.mul(state, o, out=buffer)
        of_w.add_(_sigmoid_backward(buffer, q, grad_input=buffer), alpha=-4)
        torch.addcmul(of_w, of_w, s, value=-2, out=of_input[t])
        torch.mul(of_w, i, out=of_cell[t])
        torch.mul(of_w, cells[t], out=of_forget[t])
        of_w.mul_(f)
        _sigmoid_backward(of_gates[t], gates, grad_input=of_gates[t])
    return changes


def _of_the_cell(factor: float, state_weight: Tensor) -> Tensor:
    """(G, 1): `factor` for the cell's gate, 1 for the others."""
    scale = torch.ones(4, state_weight.shape[1], 1)
    scale[2] = factor
    return scale.flatten(0, 1)


class _Memory:
    """What one pass over T tokens of B texts keeps for its gradients; lent to one pass at a time."""

    _free: ClassVar[list[_Memory]] = []

    gates: Tensor  # (T, B, G)
    cells: Tensor  # (T + 1, B, H)
    squashed: Tensor  # (T, B, H), q above

    def __init__(self) -> None:
        self._flat: dict[str, Tensor] = {}

    @classmethod
    def lent(cls, tokens: int, texts: int, hidden_size: int) -> _Memory:
        """Memory that no other pass uses, cut to a shape."""
        try:
            memory = cls._free.pop()
        except IndexError:
            memory = cls()
        memory.gates = memory.tensor("gates", tokens, texts, 4 * hidden_size)
        memory.cells = memory.tensor("cells", tokens + 1, texts, hidden_size)
        memory.squashed = memory.tensor("squashed", tokens, texts, hidden_size)
        return memory

    def give_back(self) -> None:
        self._free.append(self)

    def tensor(self, name: str, *shape: int) -> Tensor:
        """Memory of a shape, with whatever was in it before."""
        size = math.prod(shape)
        flat = self._flat.get(name)
        if flat is None or flat.numel() < size:
            with torch.inference_mode(False):  # a tensor of inference mode could not be written in training
                flat = self._flat[name] = torch.empty(size + size // 4)
        return flat[:size].view(shape)

    def steps(self) -> Iterator[tuple[Tensor, ...]]:
        """For each token all gates (B, G), each of the four, (B, H), and q, (B, H)."""
        each = (part.unbind() for part in self.gates.chunk(4, dim=2))
        return zip(self.gates.unbind(), *each, self.squashed.unbind(), strict=True)
