"""Convolutional text encoders: over tokens, and over the characters of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit import hookimpl
from nlpkit_cnn.batch import CharBatch
from nlpkit_cnn.collators import Spell
from nlpkit_cnn.encoders import CharCnn, Cnn

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["CharBatch", "CharCnn", "Cnn", "Spell"]
NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("cnn", Cnn)
    registry.add("char_cnn", CharCnn)
    registry.add("spell", Spell)
