"""Settings of the convolutional encoders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nlpkit import Batch, Embedding, Encoder, PaddedBatch, number, refuse, whole
from nlpkit_cnn.batch import CharBatch

if TYPE_CHECKING:
    from nlpkit import Vocab
    from nlpkit_cnn.char_cnn import CharCnnEncoder
    from nlpkit_cnn.cnn import CnnEncoder

MAX_WIDTH = 1000


@dataclass(frozen=True)
class Cnn(Encoder):
    """A convolution over tokens, and the largest value of each feature map (Kim, 2014).

    widths: tokens in a window, one convolution for each
    maps: feature maps of each width
    activation: what a feature map's values go through
    dropout: fraction of the numbers dropped before the head, in training
    embedding: the table of token vectors
    """

    widths: tuple[int, ...] = (3, 4, 5)
    maps: int = 100
    activation: Literal["relu", "tanh"] = "relu"
    dropout: float = 0.5
    embedding: Embedding = field(default_factory=Embedding)

    def __post_init__(self) -> None:
        refuse(
            _bad_widths(widths=self.widths),
            whole(1, 65_536, maps=self.maps),
            number(0, 1, dropout=self.dropout),
        )

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> CnnEncoder:
        from nlpkit_cnn.cnn import CnnEncoder

        return CnnEncoder(
            self.embedding.build(vocab),
            widths=self.widths,
            maps=self.maps,
            activation=self.activation,
            dropout=self.dropout,
        )


@dataclass(frozen=True)
class CharCnn(Encoder):
    """A vector for each token from its characters (Kim et al., 2016), and a convolution over these.

    char_size: numbers in a character's vector
    char_widths: characters in a window, one convolution for each
    char_maps: feature maps of each of these widths
    highway_layers: highway layers over what the characters of a token give (Srivastava et al., 2015)
    words: a table of token vectors to put beside what the characters give; none reads characters alone
    widths: tokens in a window, one convolution for each
    maps: feature maps of each of these widths
    activation: what the values of a feature map over tokens go through
    dropout: fraction of the numbers dropped before the head, in training
    """

    char_size: int = 16
    char_widths: tuple[int, ...] = (1, 2, 3, 4, 5)
    char_maps: int = 25
    highway_layers: int = 1
    words: Embedding | None = None
    widths: tuple[int, ...] = (1, 2, 3)
    maps: int = 100
    activation: Literal["relu", "tanh"] = "relu"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        refuse(
            whole(1, 65_536, char_size=self.char_size, char_maps=self.char_maps, maps=self.maps),
            whole(0, 64, highway_layers=self.highway_layers),
            _bad_widths(char_widths=self.char_widths, widths=self.widths),
            number(0, 1, dropout=self.dropout),
        )

    @property
    def accepts(self) -> type[Batch]:
        return CharBatch

    def build(self, vocab: Vocab) -> CharCnnEncoder:
        from nlpkit_cnn.char_cnn import CharCnnEncoder
        from nlpkit_cnn.spelling import alphabet_size

        return CharCnnEncoder(
            alphabet_size(vocab),
            self.words.build(vocab) if self.words else None,
            char_size=self.char_size,
            char_widths=self.char_widths,
            char_maps=self.char_maps,
            highway_layers=self.highway_layers,
            widths=self.widths,
            maps=self.maps,
            activation=self.activation,
            dropout=self.dropout,
        )


def _bad_widths(**widths: tuple[int, ...]) -> dict[str, str]:
    return {
        name: f"{value!r} is not a tuple of one or more whole numbers from 1 to {MAX_WIDTH}"
        for name, value in widths.items()
        if not value or any(whole(1, MAX_WIDTH, width=each) for each in value)
    }
