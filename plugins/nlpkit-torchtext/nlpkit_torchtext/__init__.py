"""torchtext's tokenizers, datasets, vocabularies and vectors as parts of nlpkit.

Importing it imports neither torch nor torchtext.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit import hookimpl
from nlpkit_torchtext.datasets import TorchtextDataset
from nlpkit_torchtext.names import NAMES
from nlpkit_torchtext.tokenizers import TorchtextTokenizer
from nlpkit_torchtext.vectors import write_vectors
from nlpkit_torchtext.vocabularies import Converted, convert_vocab, vocab_config, write_tokens

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = [
    "NAMES",
    "Converted",
    "TorchtextDataset",
    "TorchtextTokenizer",
    "convert_vocab",
    "vocab_config",
    "write_tokens",
    "write_vectors",
]
NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    """Add the tokenizer and the dataset."""
    registry.add("torchtext", TorchtextTokenizer)
    registry.add("torchtext", TorchtextDataset)
