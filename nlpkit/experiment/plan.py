"""What a run trains where nothing was chosen: a pool that suits the texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nlpkit.components.collators import Offsetify, PadLength
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.linear import Linear, Tfidf
from nlpkit.components.losses import CrossEntropy
from nlpkit.components.tokenizers import Ngrams, Unicode
from nlpkit.components.trainers import Standard
from nlpkit.components.word_char_ngrams import WordCharNgrams
from nlpkit.experiment.value import Experiment, Member
from nlpkit.text.settings import VocabConfig

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.notes import Note


def planned(experiment: Experiment, splits: Splits, note: Callable[[Note], None]) -> Experiment:
    """The experiment, with members that suit the texts where it has no classifier."""
    if experiment.classifiers:
        return experiment
    return replace(experiment, members=(network(), linear(), bag()), effort="balanced", time_limit=None)


def linear() -> Member:
    """Words, pairs of words and characters, in a support vector machine."""
    return Member(
        encoder=Tfidf(sublinear_tf=True, norm="l2_apart"),
        tokenizer=WordCharNgrams(char_ngrams=(3, 5), pattern=r"\w+|[^\w\s]"),
        vocab=VocabConfig(min_count=2),
        collator=Offsetify(max_tokens=None),
        trainer=Linear(C=0.5),
    )


def bag() -> Member:
    """Words and pairs of words, averaged (Joulin et al., 2016, "Bag of tricks")."""
    return Member(
        encoder=EmbeddingMean(embedding=Embedding(size=64, dropout=0.5)),
        tokenizer=Ngrams(tokenizer=Unicode(), max_n=2),
        vocab=VocabConfig(min_count=2),
        collator=Offsetify(),
        trainer=Standard(batch_size=32, epochs=20, learning_rate=1e-2, schedule="linear"),
    )


def network() -> Member:
    """An LSTM that reads from both ends."""
    return Member(
        encoder=Lstm(
            hidden_size=32,
            bidirectional=True,
            dropout=0.5,
            pooling=("max", "mean"),
            embedding=Embedding(size=64, dropout=0.5),
        ),
        tokenizer=Unicode(),
        vocab=VocabConfig(min_count=2),
        collator=PadLength(),
        trainer=Standard(
            batch_size=64,
            epochs=5,
            learning_rate=8e-3,
            schedule="linear",
            loss=CrossEntropy(label_smoothing=0.1),
        ),
    )
