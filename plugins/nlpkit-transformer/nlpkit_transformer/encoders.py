"""Settings of the encoders with attention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nlpkit import Batch, Embedding, Encoder, PaddedBatch, number, refuse, whole

if TYPE_CHECKING:
    from nlpkit import Vocab
    from nlpkit_transformer.self_attention import SelfAttentionEncoder
    from nlpkit_transformer.transformer import TransformerEncoder


@dataclass(frozen=True)
class Transformer(Encoder):
    """A Transformer encoder, trained from scratch (Vaswani et al., 2017).

    layers: layers, each of attention and a feed-forward network
    heads: attention heads of a layer, which share embedding.size equally
    feed_forward_size: numbers in the hidden layer of a feed-forward network
    dropout: fraction dropped of the vectors that go in, of what each half of a layer adds to them, and
        inside its feed-forward network, in training
    pooling: the text's vector: the mean or the maximum over all tokens, or the first token alone
    embedding: the table of token vectors; its size is the width of every layer
    """

    exports = True

    layers: int = 2
    heads: int = 4
    feed_forward_size: int = 128
    dropout: float = 0.1
    pooling: Literal["mean", "max", "first"] = "mean"
    embedding: Embedding = field(default_factory=Embedding)

    def __post_init__(self) -> None:
        size = self.embedding.size if self.embedding.vectors else self.embedding.width()
        heads = whole(1, 65_536, heads=self.heads)
        if not heads and size and size % self.heads:  # without a size it is that of a file
            heads = {"heads": f"{self.heads} heads cannot share embedding.size = {size} equally"}
        refuse(
            whole(1, 64, layers=self.layers),
            heads,
            whole(1, 1_000_000, feed_forward_size=self.feed_forward_size),
            number(0, 1, dropout=self.dropout),
        )

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> TransformerEncoder:
        from nlpkit_transformer.transformer import TransformerEncoder

        return TransformerEncoder(
            self.embedding.build(vocab),
            layers=self.layers,
            heads=self.heads,
            feed_forward_size=self.feed_forward_size,
            dropout=self.dropout,
            pooling=self.pooling,
        )


@dataclass(frozen=True)
class SelfAttention(Encoder):
    """Several attentions over the states of an LSTM in both directions (Lin et al., 2017).

    hidden_size: numbers in the hidden state of one direction
    attention_size: numbers in the hidden layer that scores the states
    hops: attentions, each with a weighted mean of the states of its own, side by side in the text's vector
    dropout: fraction of the numbers dropped before the head, in training
    embedding: the table of token vectors
    """

    exports = True

    hidden_size: int = 64
    attention_size: int = 64
    hops: int = 4
    dropout: float = 0.5
    embedding: Embedding = field(default_factory=Embedding)

    def __post_init__(self) -> None:
        refuse(
            whole(1, 65_536, hidden_size=self.hidden_size, attention_size=self.attention_size),
            whole(1, 1024, hops=self.hops),
            number(0, 1, dropout=self.dropout),
        )

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> SelfAttentionEncoder:
        from nlpkit_transformer.self_attention import SelfAttentionEncoder

        return SelfAttentionEncoder(
            self.embedding.build(vocab),
            hidden_size=self.hidden_size,
            attention_size=self.attention_size,
            hops=self.hops,
            dropout=self.dropout,
        )
