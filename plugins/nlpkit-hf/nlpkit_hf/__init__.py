"""Hugging Face tokenizers, datasets and pretrained encoders as components of nlpkit.

Importing it imports none of their libraries, and no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit import hookimpl
from nlpkit_hf.datasets import HfDataset
from nlpkit_hf.encoders import Pretrained
from nlpkit_hf.tokenizers import Subwords, TokenizerJson, write_pieces

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["HfDataset", "Pretrained", "Subwords", "TokenizerJson", "write_pieces"]
NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("subwords", Subwords)
    registry.add("tokenizer_json", TokenizerJson)
    registry.add("hf_dataset", HfDataset)
    registry.add("pretrained", Pretrained)
