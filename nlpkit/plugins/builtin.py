"""What ships in the box, registered through the same hook as everyone else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.datasets import FILES, AgNews, Headlines
from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm, Rnn
from nlpkit.components.engines import Local
from nlpkit.components.in_memory import InMemory
from nlpkit.components.linear import Linear as LinearTrainer
from nlpkit.components.linear import Tfidf
from nlpkit.components.losses import CrossEntropy, Focal
from nlpkit.components.metrics import SCIKIT
from nlpkit.components.poolings import Attention, Last, Max, Mean
from nlpkit.components.steps import Fgm, Mixup, RDrop, WordDropout
from nlpkit.components.tokenizers import BasicEnglish, Character, Ngrams, Regex, Unicode, Whitespace
from nlpkit.components.trainers import Standard
from nlpkit.components.word_char_ngrams import WordCharNgrams
from nlpkit.plugins.hooks import hookimpl
from nlpkit.training.kinds import Adagrad, Adam, Adamw, Constant, Cosine, Linear, Sgd

if TYPE_CHECKING:
    from nlpkit.plugins.registry import Registry


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    """Add the built-in components."""
    registry.add("ag_news", AgNews)
    for format, files in FILES.items():
        registry.add(format, files)
    registry.add("headlines", Headlines)
    registry.add("in_memory", InMemory)

    registry.add("basic_english", BasicEnglish)
    registry.add("unicode", Unicode)
    registry.add("whitespace", Whitespace)
    registry.add("character", Character)
    registry.add("regex", Regex)
    registry.add("ngrams", Ngrams)
    registry.add("word_char_ngrams", WordCharNgrams)

    registry.add("padify", Padify)
    registry.add("pad_length", PadLength)
    registry.add("offsetify", Offsetify)

    registry.add("embedding_mean", EmbeddingMean)
    registry.add("rnn", Rnn)
    registry.add("gru", Gru)
    registry.add("lstm", Lstm)
    registry.add("tfidf", Tfidf)

    registry.add("last", Last)
    registry.add("mean", Mean)
    registry.add("max", Max)
    registry.add("attention", Attention)

    registry.add("standard", Standard)
    registry.add("linear", LinearTrainer)

    registry.add("adam", Adam)
    registry.add("adamw", Adamw)
    registry.add("adagrad", Adagrad)
    registry.add("sgd", Sgd)

    registry.add("constant", Constant)
    registry.add("linear", Linear)
    registry.add("cosine", Cosine)

    for name, metric in SCIKIT.items():
        registry.add(name, metric)
    registry.add("cross_entropy", CrossEntropy)
    registry.add("focal", Focal)

    registry.add("fgm", Fgm)
    registry.add("mixup", Mixup)
    registry.add("r_drop", RDrop)
    registry.add("word_dropout", WordDropout)

    registry.add("local", Local)
