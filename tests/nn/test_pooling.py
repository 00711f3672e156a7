from __future__ import annotations

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.nn.pooling import AttentionPool, max_pool, mean_pool

# two texts of two and one tokens, two features; 9 stands at the padding
STATES = torch.tensor([[[1.0, -4.0], [3.0, -2.0]], [[-5.0, 6.0], [9.0, 9.0]]])
MASK = torch.tensor([[True, True], [True, False]])


def test_the_mean_leaves_padding_out() -> None:
    assert mean_pool(STATES, MASK).tolist() == [[(1 + 3) / 2, (-4 - 2) / 2], [-5.0, 6.0]]


def test_the_maximum_leaves_padding_out_even_where_all_values_are_negative() -> None:
    assert max_pool(STATES, MASK).tolist() == [[3.0, -2.0], [-5.0, 6.0]]


def test_attention_weighs_tokens_by_their_scores() -> None:
    pool = AttentionPool(2)
    pool.load_state_dict(
        {
            "hidden.weight": torch.tensor([[0.5, 0.0], [0.0, 0.25]]),
            "hidden.bias": torch.tensor([0.0, 1.0]),
            "score.weight": torch.tensor([[2.0, -1.0]]),
        }
    )
    first = 2 * math.tanh(0.5 * 1 + 0) - math.tanh(0.25 * -4 + 1)
    second = 2 * math.tanh(0.5 * 3 + 0) - math.tanh(0.25 * -2 + 1)
    weight = math.exp(first) / (math.exp(first) + math.exp(second))
    expected = [
        [weight * 1 + (1 - weight) * 3, weight * -4 + (1 - weight) * -2],
        [-5.0, 6.0],  # one token has all the weight
    ]
    torch.testing.assert_close(pool(STATES, MASK), torch.tensor(expected))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 3), st.integers(0, 99))
def test_what_stands_at_padding_changes_nothing(lengths: list[int], extra: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    width = max(lengths) + extra
    states = torch.randn(len(lengths), width, 3, generator=generator)
    mask = torch.arange(width) < torch.tensor(lengths)[:, None]
    changed = torch.where(mask[..., None], states, 1e6)
    for pool in (mean_pool, max_pool, AttentionPool(3)):
        pooled = pool(changed, mask)
        torch.testing.assert_close(pooled, pool(states, mask), rtol=0, atol=1e-6)
        for row, length in enumerate(lengths):
            alone = pool(states[row : row + 1, :length], mask[row : row + 1, :length])
            torch.testing.assert_close(pooled[row : row + 1], alone, rtol=0, atol=1e-6)
