from __future__ import annotations

from nlpkit import Component, Embedding
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_transformer import SelfAttention, Transformer

TINY = Embedding(size=6)
ENCODERS = [
    Transformer(),
    Transformer(layers=1, heads=1, feed_forward_size=8, pooling="max", embedding=TINY),
    Transformer(layers=2, heads=3, feed_forward_size=8, pooling="first", embedding=TINY),
    Transformer(layers=1, heads=5, feed_forward_size=8, embedding=Embedding(size=5, dropout=0.2)),
    SelfAttention(),
    SelfAttention(hidden_size=3, attention_size=2, hops=1, embedding=TINY),
]


@parametrize_with_checks(ENCODERS)
def test_encoders_keep_their_promises(component: Component, check: Check) -> None:
    check(component)
