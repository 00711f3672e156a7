"""nlpkit: small, honest, fast text classifiers from parts that fit together.

Every public name is here, and none of them imports torch before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "nlpkit.batch": ("Batch", "FlatBatch", "LengthBatch", "PaddedBatch"),
    "nlpkit.bundle": ("load",),
    "nlpkit.collators": ("Offsetify", "PadLength", "Padify"),
    "nlpkit.components": ("Collator", "Dataset", "Encoder", "Tokenizer", "Tracker", "Trainer"),
    "nlpkit.data.datasets": ("AgNews", "Csv", "FastText", "Jsonl", "Split", "Tsv"),
    "nlpkit.data.headlines": ("Headlines",),
    "nlpkit.data.texts": ("Splits", "Texts"),
    "nlpkit.embedding": ("Embedding",),
    "nlpkit.encoders": ("EmbeddingMean", "Gru", "Lstm", "Rnn"),
    "nlpkit.errors": (
        "ConfigError",
        "DataError",
        "GateError",
        "MissingError",
        "NetworkError",
        "NlpkitError",
    ),
    "nlpkit.experiment": ("Experiment", "TextConfig", "VocabConfig"),
    "nlpkit.hookspecs": ("hookimpl",),
    "nlpkit.model": ("Model",),
    "nlpkit.ragged": ("Ragged",),
    "nlpkit.registry": ("Registry",),
    "nlpkit.running": ("Result", "run"),
    "nlpkit.tokenizers": ("BasicEnglish", "Character", "Ngrams", "Regex", "Unicode", "Whitespace"),
    "nlpkit.trainers": ("Standard",),
    "nlpkit.vocab": ("Labels", "Vocab"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from nlpkit.batch import Batch, FlatBatch, LengthBatch, PaddedBatch
    from nlpkit.bundle import load
    from nlpkit.collators import Offsetify, Padify, PadLength
    from nlpkit.components import Collator, Dataset, Encoder, Tokenizer, Tracker, Trainer
    from nlpkit.data.datasets import AgNews, Csv, FastText, Jsonl, Split, Tsv
    from nlpkit.data.headlines import Headlines
    from nlpkit.data.texts import Splits, Texts
    from nlpkit.embedding import Embedding
    from nlpkit.encoders import EmbeddingMean, Gru, Lstm, Rnn
    from nlpkit.errors import ConfigError, DataError, GateError, MissingError, NetworkError, NlpkitError
    from nlpkit.experiment import Experiment, TextConfig, VocabConfig
    from nlpkit.hookspecs import hookimpl
    from nlpkit.model import Model
    from nlpkit.ragged import Ragged
    from nlpkit.registry import Registry
    from nlpkit.running import Result, run
    from nlpkit.tokenizers import BasicEnglish, Character, Ngrams, Regex, Unicode, Whitespace
    from nlpkit.trainers import Standard
    from nlpkit.vocab import Labels, Vocab

__all__ = [
    "AgNews",
    "BasicEnglish",
    "Batch",
    "Character",
    "Collator",
    "ConfigError",
    "Csv",
    "DataError",
    "Dataset",
    "Embedding",
    "EmbeddingMean",
    "Encoder",
    "Experiment",
    "FastText",
    "FlatBatch",
    "GateError",
    "Gru",
    "Headlines",
    "Jsonl",
    "Labels",
    "LengthBatch",
    "Lstm",
    "MissingError",
    "Model",
    "NetworkError",
    "Ngrams",
    "NlpkitError",
    "Offsetify",
    "PadLength",
    "PaddedBatch",
    "Padify",
    "Ragged",
    "Regex",
    "Registry",
    "Result",
    "Rnn",
    "Split",
    "Splits",
    "Standard",
    "TextConfig",
    "Texts",
    "Tokenizer",
    "Tracker",
    "Trainer",
    "Tsv",
    "Unicode",
    "Vocab",
    "VocabConfig",
    "Whitespace",
    "hookimpl",
    "load",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'nlpkit' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
