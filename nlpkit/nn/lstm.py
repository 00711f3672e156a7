"""One direction of an LSTM layer on the CPU, made for the many short operations of a small layer.

Against torch's kernel it saves three things. Inputs are projected once for each distinct token of a batch,
not for each of its tokens. All gates are one sigmoid over one block, since tanh(x) = 1 - 2 sigmoid(-2x). And
what a step computes stays in memory that is kept from batch to batch, already cut into the pieces that a step
works on, where fresh memory is cleared page by page.

Axes: T tokens, B texts, K rows of inputs, E numbers in one of them, H hidden, G = 4 H gates in torch's order:
input, forget, cell, output.

With gates i, f, s = sigmoid(2 z), o, where z is the cell's pre-activation, the step of Hochreiter and
Schmidhuber (1997) with the forget gate of Gers et al. (2000) is, for w = -cell and q = sigmoid(2 w):

    w = i - 2 i s + f w'        state = o - 2 o q
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nlpkit.nn.lookups import Lookup, summed

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
    if torch.is_grad_enabled():
        states: Tensor = _Lstm.apply(inputs, places, shape, input_weight, state_weight, bias)  # type: ignore[no-untyped-call]
        return states
    memory = _Memory.lent(shape[1], state_weight.shape[1])
    steps = cycle(memory.steps(2))
    states = _states(inputs, places, shape, input_weight, state_weight, bias, steps)
    memory.give_back()
    return states[1:]


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
        memory = ctx.memory = _Memory.lent(shape[1], state_weight.shape[1])
        steps = memory.steps(shape[0])
        states = _states(inputs, places, shape, input_weight, state_weight, bias, steps)
        ctx.save_for_backward(inputs, places, input_weight, state_weight, states)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor | None, ...]:
        inputs, places, input_weight, state_weight, states = ctx.saved_tensors
        memory, ctx.memory = ctx.memory, None
        if memory is None:
            raise RuntimeError("the gradients of an LSTM layer are taken once: its memory is used again")
        scale = _of_the_cell(-4.0, state_weight)  # (G, 1)
        _change(memory.steps(len(wanted)), wanted, state_weight * scale)
        changes = memory.changes(len(wanted))  # (T * B, G)
        state_weight_change = changes.t() @ states[:-1].flatten(0, 1) * scale  # (G, H)
        if places is not None:  # now of the distinct inputs
            used, sums = summed([Lookup(places.flatten(), torch.arange(len(changes)), changes)])
            changes = sums  # (K, G)
            if len(used) < len(inputs):
                changes = sums.new_zeros(len(inputs), sums.shape[1]).index_copy_(0, used, sums)
        input_weight_change = changes.t() @ inputs * scale  # (G, E)
        bias_change = changes.sum(dim=0) * scale[:, 0]  # (G,)
        inputs_change = changes @ (input_weight * scale) if ctx.needs_input_grad[0] else None  # (K, E)
        memory.give_back()
        return inputs_change, None, None, input_weight_change, state_weight_change, bias_change


def _states(
    inputs: Tensor,
    places: Tensor | None,
    shape: tuple[int, int],
    input_weight: Tensor,
    state_weight: Tensor,
    bias: Tensor,
    steps: Iterable[_Step],
) -> Tensor:
    """Float32 (T + 1, B, H), the zero state first. Of the `steps`, one a token, two are in use at once."""
    tokens, texts = shape
    scale = _of_the_cell(2.0, state_weight)  # (G, 1)
    project = _projection(inputs, places, shape, (input_weight * scale).t(), bias * scale[:, 0])
    state_weight = (state_weight * scale).t()  # (H, G)
    states = torch.empty(tokens + 1, texts, len(state_weight))
    after = states.unbind()
    before = torch.zeros_like(after[0])  # w' above
    after[0].zero_()
    for token, step in zip(range(tokens), steps, strict=False):
        gates, i, f, s, o, w, q = step[:7]
        project(token, gates)
        gates.addmm_(after[token], state_weight).sigmoid_()
        torch.addcmul(i, i, s, value=-2, out=w).addcmul_(f, before)
        torch.add(w, w, out=q).sigmoid_()
        torch.addcmul(o, o, q, value=-2, out=after[token + 1])
        before = w
    return states


def _projection(
    inputs: Tensor, places: Tensor | None, shape: tuple[int, int], weight: Tensor, bias: Tensor
) -> Callable[[int, Tensor], Tensor]:
    """What fills the gates (B, G) of a token with that which its inputs project to."""
    if places is None:
        of_token = inputs.view(*shape, -1).unbind()  # each (B, E)
        return lambda token, gates: torch.addmm(bias, of_token[token], weight, out=gates)
    projected, rows = torch.addmm(bias, inputs, weight), places.unbind()  # (K, G), each (B,)
    return lambda token, gates: torch.index_select(projected, 0, rows[token], out=gates)


def _change(steps: Sequence[_Step], wanted: Tensor, state_weight: Tensor) -> None:
    """Fill the changes: the gradients before the gates' sigmoids, from those of the states, (T, B, H).

    That of the cell's gate lacks its factor of -4, which `state_weight` (G, H) has.
    """
    of_states = wanted.unbind()
    of_w, buffer, state, start = (torch.zeros_like(of_states[0]) for _ in range(4))
    for token in reversed(range(len(steps))):
        gates, i, f, s, o, _, q, changes, of_input, of_forget, of_cell, of_output = steps[token]
        if token + 1 < len(steps):
            torch.addmm(of_states[token], steps[token + 1].changes, state_weight, out=state)
        else:
            state.copy_(of_states[token])
        torch.addcmul(state, state, q, value=-2, out=of_output)
        torch.mul(state, o, out=buffer)
        of_w.add_(_sigmoid_backward(buffer, q, grad_input=buffer), alpha=-4)
        torch.addcmul(of_w, of_w, s, value=-2, out=of_input)
        torch.mul(of_w, i, out=of_cell)
        torch.mul(of_w, steps[token - 1].w if token else start, out=of_forget)
        of_w.mul_(f)
        _sigmoid_backward(changes, gates, grad_input=changes)


def _of_the_cell(factor: float, state_weight: Tensor) -> Tensor:
    """(G, 1): `factor` for the cell's gate, 1 for the others."""
    scale = torch.ones(4, state_weight.shape[1], 1)
    scale[2] = factor
    return scale.flatten(0, 1)


class _Step(NamedTuple):
    """What one token of each text keeps: the names above, each (B, H), gates (B, G) of the four before them,
    and changes (B, G) of the four after it."""

    gates: Tensor
    i: Tensor
    f: Tensor
    s: Tensor
    o: Tensor
    w: Tensor
    q: Tensor
    changes: Tensor
    of_input: Tensor
    of_forget: Tensor
    of_cell: Tensor
    of_output: Tensor


_PARTS = (4, 1, 1, 4)  # times H numbers a text: gates, w, q, changes


class _Memory:
    """What one pass over B texts keeps for its gradients; lent to one pass at a time."""

    _free: ClassVar[list[_Memory]] = []

    def __init__(self) -> None:
        self._shape = (0, 0)  # (B, H)
        self._steps: list[_Step] = []
        self._flat = [torch.empty(0)] * 4  # of each token in turn

    @classmethod
    def lent(cls, texts: int, hidden_size: int) -> _Memory:
        """Memory that no other pass uses, for texts and a hidden size."""
        try:
            memory = cls._free.pop()
        except IndexError:
            memory = cls()
        if memory._shape != (texts, hidden_size):
            memory._shape = (texts, hidden_size)
            memory._steps = []
        return memory

    def give_back(self) -> None:
        self._free.append(self)

    def steps(self, tokens: int) -> list[_Step]:
        """Memory of each of some tokens, with whatever was in it before."""
        # a tensor of inference mode could not be written in training
        with torch.inference_mode(False), torch.no_grad():
            self._reserve(tokens)
            while len(self._steps) < tokens:
                self._steps.append(self._step(len(self._steps)))
        return self._steps[:tokens]

    def changes(self, tokens: int) -> Tensor:
        """Those of all steps, (T * B, G)."""
        texts, hidden_size = self._shape
        return self._flat[3][: tokens * texts * 4 * hidden_size].view(tokens * texts, 4 * hidden_size)

    def _reserve(self, tokens: int) -> None:
        texts, hidden_size = self._shape
        size = tokens * texts * hidden_size
        if self._flat[1].numel() < size:
            size += size // 4
            self._flat = [torch.empty(size * parts) for parts in _PARTS]
            self._steps = []

    def _step(self, token: int) -> _Step:
        texts, hidden_size = self._shape
        gates, w, q, changes = (
            flat.narrow(0, token * texts * width, texts * width).view(texts, width)
            for flat, width in zip(self._flat, [hidden_size * parts for parts in _PARTS], strict=True)
        )
        return _Step._make([gates, *gates.chunk(4, dim=1), w, q, changes, *changes.chunk(4, dim=1)])
