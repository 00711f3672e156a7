"""A model that takes raw text: tokenizer, vocabulary, collator, classifier and class names together."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self

from nlpkit.components.embedding import sized
from nlpkit.components.kinds import Collator, Encoder, Tokenizer
from nlpkit.errors import DataError
from nlpkit.experiment.value import Experiment
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import given, given_function
from nlpkit.system.forking import cores, in_turn
from nlpkit.text.indexing import Tokenize, encode, text_tokenizer
from nlpkit.text.oddities import Indexing
from nlpkit.text.settings import TextConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.batch import Batch
    from nlpkit.data.reading.layout import Layout
    from nlpkit.nn.classifier import Classifier
    from nlpkit.ragged import Ragged
    from nlpkit.vocab import Labels, Vocab

PIECE_TEXTS = 8192  # to fork a process that has loaded torch takes as long as predicting 500
PIECE_CHARS = 1 << 22


@dataclass(frozen=True)
class ModelSettings(Settings):
    """The part of an experiment that a trained model still needs."""

    encoder: Encoder
    tokenizer: Tokenizer
    text: TextConfig
    collator: Collator
    decision: Decision = SINGLE_LABEL

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        return cls(sized(experiment.encoder), experiment.tokenizer, experiment.text, experiment.collator)


@dataclass(frozen=True, eq=False)
class Model:
    """A classifier of raw texts. Predicting changes nothing in it, and several threads may.

    `predict` gives names of classes, and `probabilities` and `stream` give probabilities, float64. TypeError
    where what is given is not a list of texts.

    `layout` is that of the files it was trained from, where there were files.
    """

    settings: ModelSettings
    vocab: Vocab
    labels: Labels
    classifier: Classifier = field(repr=False)
    layout: Layout | None = None
    location: str = field(default="", repr=False)  # where it was loaded from, which errors name

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
    def decision(self) -> Decision:
        """How its logits become probabilities, and probabilities become labels."""
        return self.settings.decision

    @property
    def indexing(self) -> Indexing:
        """What makes ids of its texts."""
        return Indexing(self._tokenize, self.vocab)

    def probabilities(
        self, texts: Iterable[str], *, batch_size: int = 1024, workers: int | None = None
    ) -> NDArray[np.float64]:
        """Float64 (texts, classes), in the order of the texts and of `labels.names`.

        `workers` are those of `stream`, and how many does not matter; `batch_size` may change a last digit.
        """
        import numpy as np

        found = list(self.stream(texts, batch_size=batch_size, workers=workers))
        return np.concatenate(found) if found else np.empty((0, len(self.labels)))

    def predict(self, texts: Iterable[str], *, workers: int | None = None) -> list[str]:
        """The name of the class of each text."""
        names, labels = self.labels.names, self.decision.labels
        return [names[i] for found in self.stream(texts, workers=workers) for i in labels(found).tolist()]

    def columns(
        self, texts: Iterable[str], *, add: Iterable[object] = (), workers: int | None = None
    ) -> dict[str, list[Any]]:
        """The label of each text, and beside it what plugins add: `{"label": [...], "reason": [...]}`.

        `add` are names of installed plugins, or objects that implement `nlpkit_predicted`.
        """
        from nlpkit.models.added import AddedColumns

        _require_texts(texts)
        given, added, names = list(texts), AddedColumns(self, add), self.labels.names
        columns: dict[str, list[Any]] = {name: [] for name in ("label", *added.names)}
        with closing(self.stream(given, workers=workers)) as stream:
            for found in stream:
                start = len(columns["label"])
                beside = added(given[start : start + len(found)], found)
                labels = [names[i] for i in self.decision.labels(found).tolist()]
                for column, values in zip(columns.values(), [labels, *beside], strict=True):
                    column += values
        return columns

    def stream(
        self, texts: Iterable[str], *, batch_size: int = 1024, workers: int | None = None
    ) -> Generator[NDArray[np.float64]]:
        """Probabilities of any number of texts, some thousand rows at a time, in bounded memory.

        More texts than that are shared by `workers` processes with a torch thread each, as many as there are
        cores where it is None; 1 keeps all in this one, and so do models on a GPU. Windows, macOS and threads
        other than the main one stay in this process too, and use the torch threads that it has. DataError
        where a probability is not a number.
        """
        import numpy as np

        _require_texts(texts)
        for name, number in (("workers", workers), ("batch_size", batch_size)):
            if number is not None and number < 1:
                raise ValueError(f"{name} is {number}, but must be at least 1")
        _ = self._tokenize, self._collate  # built before processes are forked
        on_cpu = all(weight.device.type == "cpu" for weight in self.classifier.parameters())
        processes = (workers or cores()) if on_cpu else 1
        pieces = (json.dumps(piece).encode() for piece in _pieces(texts))
        with closing(in_turn(partial(self._answer, batch_size), pieces, processes)) as answers:
            for answer in answers:
                yield np.frombuffer(bytearray(answer), np.float64).reshape(-1, len(self.labels))

    def _answer(self, batch_size: int, piece: bytes) -> bytes:
        """The probabilities of a JSON list of texts, as the bytes of float64 (texts, classes)."""
        from nlpkit.nn.prediction import NotNumbersError, probabilities

        ids = encode(json.loads(piece), self._tokenize, self.vocab)
        try:
            found = probabilities(self.classifier, ids, self._collate, self.decision, batch_size=batch_size)
        except NotNumbersError as error:
            raise DataError(error.message, hint=error.hint, location=self.location) from None
        return found.tobytes()

    def __getstate__(self) -> dict[str, Any]:
        """The fields: what was built from them is built again in the process that this is sent to."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def _tokenize(self) -> Tokenize:
        return text_tokenizer(self.settings.tokenizer, self.settings.text)

    @cached_property
    def _collate(self) -> Callable[[Ragged], Batch]:
        collator = self.settings.collator
        return given_function(collator.build(self.vocab), collator)


def _require_texts(texts: object) -> None:
    """TypeError where they are no texts one after the other, but one text or a table."""
    if isinstance(texts, str | bytes):
        raise TypeError("a list of texts is expected, not one text")
    if isinstance(texts, Mapping) or hasattr(texts, "columns") or not isinstance(texts, Iterable):
        raise TypeError(f"a list of texts is expected, not {type(texts).__name__}")


def _pieces(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts some thousand at a time, less where they are long."""
    piece: list[str] = []
    chars = 0
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(
                f"texts[{place}] is {reprlib.repr(text)}, but a string is expected",
                hint="fill in or leave out what is missing, and decode bytes",
            )
        piece.append(text)
        chars += len(text)
        if len(piece) == PIECE_TEXTS or chars > PIECE_CHARS:
            yield piece
            piece, chars = [], 0
    if piece:
        yield piece
