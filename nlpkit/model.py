"""A model that takes raw text: tokenizer, vocabulary, collator, classifier and class names together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

from nlpkit.components import Collator, Encoder, Tokenizer, portable
from nlpkit.experiment import Experiment, TextConfig
from nlpkit.indexing import Tokenize, encode, text_tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.batch import Batch
    from nlpkit.nn.classifier import Classifier
    from nlpkit.ragged import Ragged
    from nlpkit.vocab import Labels, Vocab


@dataclass(frozen=True)
class ModelSettings:
    """The part of an experiment that a trained model still needs."""

    encoder: Encoder
    tokenizer: Tokenizer
    text: TextConfig
    collator: Collator

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        return cls(experiment.encoder, experiment.tokenizer, experiment.text, experiment.collator)

    def portable(self) -> Self:
        """Without the files that the first weights came from."""
        return portable(self)


@dataclass(frozen=True, eq=False)
class Model:
    """A classifier of raw texts. Predicting changes nothing in it, and several threads may."""

    settings: ModelSettings
    vocab: Vocab
    labels: Labels
    classifier: Classifier = field(repr=False)

    @classmethod
    def untrained(cls, settings: ModelSettings, vocab: Vocab, labels: Labels) -> Self:
        """A model with fresh weights, from torch's random state."""
        from nlpkit.nn.classifier import Classifier

        return cls(settings, vocab, labels, Classifier(settings.encoder.build(vocab), len(labels)))

    def probabilities(self, texts: Sequence[str], *, batch_size: int = 512) -> NDArray[np.float64]:
        """Float64 (texts, classes), in the order of the texts and of `labels.names`."""
        from nlpkit.nn.prediction import probabilities

        if isinstance(texts, str):
            raise TypeError("a list of texts is expected, not one text")
        ids = encode(texts, self._tokenize, self.vocab)
        return probabilities(self.classifier, ids, self._collate, batch_size=batch_size)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The name of the likeliest class of each text."""
        return [self.labels.names[i] for i in decide(self.probabilities(texts))]

    @cached_property
    def _tokenize(self) -> Tokenize:
        return text_tokenizer(self.settings.tokenizer, self.settings.text)

    @cached_property
    def _collate(self) -> Callable[[Ragged], Batch]:
        return self.settings.collator.build()


def decide(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class ids (R,) from probabilities (R, C): the likeliest, the first of equals."""
    found: NDArray[np.int64] = probabilities.argmax(axis=1)
    return found
