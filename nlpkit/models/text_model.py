"""What a model of raw texts does, whether it has one classifier or several."""

from __future__ import annotations

import json
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from nlpkit.data.reading.labels.sets import separator_of
from nlpkit.errors import DataError
from nlpkit.system.forking import cores, in_turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.reading.layout import Layout
    from nlpkit.models.explanation import Explanation, Method
    from nlpkit.models.parts import Part
    from nlpkit.scoring.decisions import Decision
    from nlpkit.text.oddities import Indexing
    from nlpkit.vocab import Labels

PIECE_TEXTS = 8192  # to fork a process that has loaded torch takes as long as predicting 500
PIECE_CHARS = 1 << 22


class TextModel(ABC):
    """A classifier of raw texts: a `Model`, or a `Pool` of several. Predicting changes nothing in it, and
    several threads may.

    `predict` gives names of classes, and `probabilities` and `stream` give probabilities, float64. TypeError
    where what is given is not a list of texts. `labels` are the classes, `layout` is that of the files that
    it was trained from, where there were files, and `location` is where it was loaded from.
    """

    labels: Labels
    layout: Layout | None
    location: str

    @property
    @abstractmethod
    def parts(self) -> tuple[Part, ...]:
        """Its classifiers with their vocabularies, one or several."""

    @property
    @abstractmethod
    def factors(self) -> tuple[float, ...]:
        """What the logits of each of `parts` are multiplied by where they are added up."""

    @property
    @abstractmethod
    def decision(self) -> Decision:
        """How its logits become probabilities, and probabilities become labels."""

    @property
    @abstractmethod
    def scale(self) -> float:
        """What its logits were multiplied by, in all, so that it is as sure as it is right."""

    @property
    @abstractmethod
    def indexing(self) -> Indexing:
        """What makes ids of its texts; of several, the first one's."""

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether processes may share its work; what it needs for that is built."""

    @abstractmethod
    def logits(self, texts: Sequence[str], *, batch_size: int = 1024) -> NDArray[np.float64]:
        """What the decision makes probabilities of, float64 (texts, classes), all at once in this process."""

    def probabilities(
        self, texts: Iterable[str], *, batch_size: int = 1024, workers: int | None = None
    ) -> NDArray[np.float64]:
        """Float64 (texts, classes), in the order of the texts and of `labels.names`.

        `workers` are those of `stream`, and how many does not matter; `batch_size` may change a last digit.
        """
        import numpy as np

        found = list(self.stream(texts, batch_size=batch_size, workers=workers))
        return np.concatenate(found) if found else np.empty((0, len(self.labels)))

    def predict(self, texts: Iterable[str], *, workers: int | None = None) -> list[Any]:
        """The name of the class of each text; where texts have any number of labels, a tuple of names. None
        where the model is not sure enough to give one, which only one that was trained with `precision` or
        `accuracy` in its decision is.
        """
        return [label for found in self.stream(texts, workers=workers) for label in self.named(found)]

    @property
    def separator(self) -> str:
        """What stands between the labels of a text in a cell; empty where each text has one label."""
        if not self.decision.multi_label:
            return ""
        return getattr(self.layout, "label_separator", None) or separator_of(self.labels.names)

    def named(self, probabilities: NDArray[np.float64]) -> list[Any]:
        """What `predict` gives for probabilities (texts, classes)."""
        return self.decision.named(probabilities, self.labels.names)

    def named_sets(self, probabilities: NDArray[np.float64]) -> list[list[str]]:
        """The set of labels for each row of probabilities (texts, classes), the likeliest first."""
        names = self.labels.names
        return [[names[id] for id in ids] for ids in self.decision.set_ids(probabilities)]

    def columns(
        self, texts: Iterable[str], *, add: Iterable[object] = (), workers: int | None = None
    ) -> dict[str, list[Any]]:
        """The label of each text, and beside it what plugins add: `{"label": [...], "reason": [...]}`. A
        model that was trained with `coverage` in its decision has the set of labels of each as `labels`.

        `add` are names of installed plugins, or objects that implement `nlpkit_predicted`.
        """
        from nlpkit.models.added import AddedColumns

        _require_texts(texts)
        given, added = list(texts), AddedColumns(self, add)
        own: dict[str, Callable[..., list[Any]]] = {"label": self.named}
        if self.decision.has_sets:
            own["labels"] = self.named_sets
        columns: dict[str, list[Any]] = {name: [] for name in (*own, *added.names)}
        with closing(self.stream(given, workers=workers)) as stream:
            for found in stream:
                start = len(columns["label"])
                beside = added(given[start : start + len(found)], found)
                ours = [named(found) for named in own.values()]
                for column, values in zip(columns.values(), [*ours, *beside], strict=True):
                    column += values
        return columns

    def explain(
        self, texts: Iterable[str], label: str | None = None, method: Method | None = None
    ) -> list[Explanation]:
        """How much each word of each text speaks for the label it is given, or for another `label`.

        "gradients" are integrated over token vectors (Sundararajan, Taly and Yan, 2017) and "leave-one-out"
        asks the model itself, without each word in turn. The default is gradients where all classifiers have
        a seam for vectors or are linear, and leave-one-out otherwise. ConfigError where gradients are asked
        of another model, or the label is none of its classes.
        """
        from nlpkit.models.explaining import explain

        _require_texts(texts)
        return explain(self, list(texts), label, method)

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
        processes = (workers or cores()) if self.ready else 1
        pieces = (json.dumps(piece).encode() for piece in _pieces(texts))
        with closing(in_turn(partial(self._answer, batch_size), pieces, processes)) as answers:
            for answer in answers:
                yield np.frombuffer(bytearray(answer), np.float64).reshape(-1, len(self.labels))

    def _answer(self, batch_size: int, piece: bytes) -> bytes:
        """The probabilities of a JSON list of texts, as the bytes of float64 (texts, classes)."""
        import torch

        found = torch.from_numpy(self.logits(json.loads(piece), batch_size=batch_size))
        return self.decision.probabilities(found).numpy().tobytes()


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
