"""nlpkit: small, honest, fast text classifiers from parts that fit together.

Every public name is here, and none of them imports torch before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nlpkit.version import __version__ as __version__

_HOMES = {
    "nlpkit.batch": ("Batch", "FlatBatch", "LengthBatch", "PaddedBatch"),
    "nlpkit.models.bundle": ("load",),
    "nlpkit.components.collators": ("Offsetify", "PadLength", "Padify"),
    "nlpkit.components.kinds": ("Collator", "Dataset", "Encoder", "Tokenizer", "Tracker", "Trainer"),
    "nlpkit.components.datasets": ("AgNews", "Csv", "FastText", "Jsonl", "Split", "Tsv"),
    "nlpkit.data.headlines": ("Headlines",),
    "nlpkit.data.texts": ("Splits", "Texts"),
    "nlpkit.components.embedding": ("Embedding",),
    "nlpkit.components.encoders": ("EmbeddingMean", "Gru", "Lstm", "Rnn"),
    "nlpkit.errors": (
        "ConfigError",
        "DataError",
        "GateError",
        "MissingError",
        "NetworkError",
        "NlpkitError",
    ),
    "nlpkit.experiment.file": ("Experiment", "TextConfig", "VocabConfig"),
    "nlpkit.plugins.hooks": ("hookimpl",),
    "nlpkit.models.model": ("Model",),
    "nlpkit.ragged": ("Ragged",),
    "nlpkit.plugins.registry": ("Registry",),
    "nlpkit.runs.run": ("Result", "run"),
    "nlpkit.components.tokenizers": ("BasicEnglish", "Character", "Ngrams", "Regex", "Unicode", "Whitespace"),
    "nlpkit.components.trainers": ("Standard",),
    "nlpkit.vocab": ("Labels", "Vocab"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from nlpkit.batch import Batch, FlatBatch, LengthBatch, PaddedBatch
    from nlpkit.components.collators import Offsetify, Padify, PadLength
    from nlpkit.components.datasets import AgNews, Csv, FastText, Headlines, Jsonl, Tsv
    from nlpkit.components.embedding import Embedding
    from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm, Rnn
    from nlpkit.components.kinds import Collator, Dataset, Encoder, Tokenizer, Tracker, Trainer
    from nlpkit.components.tokenizers import BasicEnglish, Character, Ngrams, Regex, Unicode, Whitespace
    from nlpkit.components.trainers import Standard
    from nlpkit.data.split import Split
    from nlpkit.data.texts import Splits, Texts
    from nlpkit.errors import ConfigError, DataError, GateError, MissingError, NetworkError, NlpkitError
    from nlpkit.experiment.value import Experiment
    from nlpkit.models.bundle import load
    from nlpkit.models.model import Model
    from nlpkit.plugins.hooks import hookimpl
    from nlpkit.plugins.registry import Registry
    from nlpkit.ragged import Ragged
    from nlpkit.runs.result import Result
    from nlpkit.runs.run import run
    from nlpkit.text.settings import TextConfig, VocabConfig
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
