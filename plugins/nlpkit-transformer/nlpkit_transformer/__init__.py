"""Attention in text encoders: a small Transformer, and attention over the states of an LSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit import hookimpl
from nlpkit_transformer.encoders import SelfAttention, Transformer

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["SelfAttention", "Transformer"]
NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("transformer", Transformer)
    registry.add("self_attention", SelfAttention)
