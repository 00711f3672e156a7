"""A model that takes raw text: tokenizer, vocabulary, collator, classifier and class names together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nlpkit.components.embedding import sized
from nlpkit.components.kinds import Collator, Encoder, Tokenizer
from nlpkit.errors import DataError
from nlpkit.experiment.value import Member
from nlpkit.models import written
from nlpkit.models.text_model import TextModel
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import given, given_function
from nlpkit.text.indexing import Tokenize, encode, text_tokenizer
from nlpkit.text.oddities import Indexing
from nlpkit.text.settings import TextConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.batch import Batch
    from nlpkit.data.reading.layout import Layout
    from nlpkit.nn.classifier import Classifier
    from nlpkit.plugins.catalogue import Plugins
    from nlpkit.ragged import Ragged
    from nlpkit.vocab import Labels, Vocab


@dataclass(frozen=True)
class ModelSettings(Settings):
    """The part of an experiment that a trained model still needs."""

    encoder: Encoder
    tokenizer: Tokenizer
    text: TextConfig
    collator: Collator
    decision: Decision = SINGLE_LABEL

    @classmethod
    def of(cls, member: Member) -> Self:
        return cls(sized(member.encoder), member.tokenizer, member.text, member.collator)


@dataclass(frozen=True, eq=False, repr=False)
class Model(TextModel):
    """One classifier of raw texts, with its tokenizer, vocabulary and collator."""

    settings: ModelSettings
    vocab: Vocab
    labels: Labels
    classifier: Classifier
    layout: Layout | None = None
    location: str = ""  # where it was loaded from, which errors name

    @classmethod
    def untrained(
        cls, settings: ModelSettings, vocab: Vocab, labels: Labels, layout: Layout | None = None
    ) -> Self:
        """A model with fresh weights, from torch's random state."""
        from nlpkit.nn.classifier import Classifier
        from nlpkit.nn.encoded import SIZED, is_sized

        encoder = settings.encoder.build(vocab)
        given(encoder, is_sized(encoder), SIZED, settings.encoder)
        return cls(settings, vocab, labels, Classifier(encoder, len(labels)), layout)

    @property
    def parts(self) -> tuple[Self, ...]:
        return (self,)

    @property
    def factors(self) -> tuple[float, ...]:
        return (1.0,)

    @property
    def decision(self) -> Decision:
        """How its logits become probabilities, and probabilities become labels."""
        return self.settings.decision

    @property
    def scale(self) -> float:
        return 1 / self.decision.temperature

    @property
    def indexing(self) -> Indexing:
        """What makes ids of its texts."""
        return Indexing(self._tokenize, self.vocab)

    @property
    def called(self) -> str:
        return type(self.settings.encoder).__name__

    def write(self, folder: Path, plugins: Plugins | None = None) -> None:
        written.write(self, folder, plugins)

    @property
    def ready(self) -> bool:
        """Whether processes may share its work; what it needs for that is built."""
        _ = self._tokenize, self.collate
        return all(weight.device.type == "cpu" for weight in self.classifier.parameters())

    def logits(self, texts: Sequence[str], *, batch_size: int = 1024) -> NDArray[np.float64]:
        from nlpkit.nn.prediction import NotNumbersError, logits

        ids = encode(texts, self._tokenize, self.vocab)
        try:
            found = logits(self.classifier, ids, self.collate, batch_size=batch_size)
        except NotNumbersError as error:
            raise DataError(error.message, hint=error.hint, location=self.location) from None
        return found.astype("float64")

    def kept(self, tokens: int) -> NDArray[np.int32]:
        """Which of so many tokens of a text its collator keeps."""
        from nlpkit.ragged import Ragged

        collator = self.settings.collator
        return Ragged.from_rows([range(tokens)]).truncate(collator.max_tokens, collator.keep).values

    @cached_property
    def _tokenize(self) -> Tokenize:
        return text_tokenizer(self.settings.tokenizer, self.settings.text)

    @cached_property
    def collate(self) -> Callable[[Ragged], Batch]:
        """What makes a batch of rows of ids."""
        collator = self.settings.collator
        return given_function(collator.build(self.vocab), collator)
