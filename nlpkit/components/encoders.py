"""Encoders: a batch to one vector a text. Each `build(vocab)` gives a module from `nlpkit.nn`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from nlpkit.batch import Batch, FlatBatch, LengthBatch, PaddedBatch
from nlpkit.components.embedding import Embedding
from nlpkit.components.kinds import Encoder, Pooling, PoolingName
from nlpkit.settings.values import number, refuse, whole

if TYPE_CHECKING:
    from nlpkit.nn.mean import EmbeddingMeanEncoder
    from nlpkit.nn.recurrent import RecurrentEncoder
    from nlpkit.vocab import Vocab


@dataclass(frozen=True)
class EmbeddingMean(Encoder):
    """The mean of the token vectors: the fastest, and blind to word order.

    embedding: the table of token vectors
    """

    embedding: Embedding = field(default_factory=Embedding)

    accepts = (FlatBatch, PaddedBatch)
    exports = True

    def build(self, vocab: Vocab) -> EmbeddingMeanEncoder:
        from nlpkit.nn.mean import EmbeddingMeanEncoder

        return EmbeddingMeanEncoder(self.embedding.build(vocab))


@dataclass(frozen=True)
class Recurrent(Encoder):
    """What Rnn, Gru and Lstm share: abstract, they are final and add the cell alone.

    hidden_size: numbers in the hidden state of one direction
    num_layers: recurrent layers, each over the states of the one below
    bidirectional: read each text from its end as well, and put both states side by side
    dropout: fraction dropped between layers and before the head, in training
    packed: skip padding with torch's packed sequences, which needs a collator that says lengths; slower
        where the texts of a batch are of similar length
    pooling: the text's vector: the last state, or the mean, maximum or attention over all of them; a list
        puts several side by side
    embedding: the table of token vectors
    """

    cell: ClassVar[Literal["rnn", "gru", "lstm"]]
    exports = True

    hidden_size: int = 32
    num_layers: int = 1
    bidirectional: bool = True
    dropout: float = 0.3
    packed: bool = False
    pooling: PoolingName | Pooling | tuple[PoolingName | Pooling, ...] = ("max", "mean")
    embedding: Embedding = field(default_factory=lambda: Embedding(dropout=0.3))

    def __post_init__(self) -> None:
        refuse(
            whole(1, 65_536, hidden_size=self.hidden_size),
            whole(1, 64, num_layers=self.num_layers),
            number(0, 1, dropout=self.dropout),
            {} if self.pooling else {"pooling": "is empty; name one, such as max"},
        )

    @property
    def accepts(self) -> type[Batch]:
        return LengthBatch if self.packed else PaddedBatch

    def build(self, vocab: Vocab) -> RecurrentEncoder:
        from nlpkit.nn.recurrent import RecurrentEncoder

        own = {name: value for name, value in vars(self).items() if name != "embedding"}
        several = self.pooling if isinstance(self.pooling, tuple) else (self.pooling,)
        own["pooling"] = [each if isinstance(each, str) else each.build for each in several]
        return RecurrentEncoder(self.cell, self.embedding.build(vocab), **own)


@dataclass(frozen=True)
class Rnn(Recurrent):
    """A simple recurrent network (Elman, 1990)."""

    cell = "rnn"


@dataclass(frozen=True)
class Gru(Recurrent):
    """Gated recurrent units (Cho et al., 2014)."""

    cell = "gru"


@dataclass(frozen=True)
class Lstm(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997)."""

    cell = "lstm"
