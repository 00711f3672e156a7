"""What a model of raw texts does, whether it has one classifier or several."""

from __future__ import annotations

import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.data.reading.labels.sets import separator_of
from nlpkit.models import packed
from nlpkit.models.pieces import packed_texts, pieces, texts_of, unpacked_texts
from nlpkit.report.notebook import table_html
from nlpkit.system.atomic import atomic_folder
from nlpkit.system.forking import cores, in_turn
from nlpkit.text.oddities import Indexing, token_counts_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.reading.layout import Layout
    from nlpkit.models.explanation import Explanation, Method
    from nlpkit.models.parts import Part
    from nlpkit.plugins.catalogue import Classes, Plugins
    from nlpkit.scoring.decisions import Decision
    from nlpkit.vocab import Labels


class TextModel(ABC):
    """A classifier of raw texts: a `Model`, or a `Pool` of several. Predicting changes nothing in it, and
    several threads may.

    `predict` gives names of classes, and `probabilities` and `stream` give probabilities, float64. TypeError
    where what is given is not a list of texts. `labels` are the classes, `layout` is that of the files that
    it was trained from, where there were files, and `location` is where it was loaded from. To pickle a model
    sends the bytes of what `save` writes, in which there is no code.
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

    @property
    @abstractmethod
    def called(self) -> str:
        """What it consists of, in a few words."""

    @abstractmethod
    def write(self, folder: Path, plugins: Plugins | None = None) -> None:
        """Write its files into an empty folder that exists."""

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

    def predict_proba(self, texts: Iterable[str]) -> NDArray[np.float64]:
        """The same as `probabilities`, by scikit-learn's name for them."""
        return self.probabilities(texts)

    def predict(self, texts: Iterable[str], *, workers: int | None = None) -> list[Any]:
        """The name of the class of each text; where texts have any number of labels, a tuple of names. None
        where the model is not sure enough to give one, which only one that was trained with `precision` or
        `accuracy` in its decision is.
        """
        return [label for found in self.stream(texts, workers=workers) for label in self.named(found)]

    def unknown(self, texts: Iterable[str]) -> NDArray[np.bool_]:
        """Of which texts nothing is known, bool (texts,): no token of theirs is in a vocabulary of the model,
        so that they all get the same label.
        """
        import numpy as np

        given = [text for piece in pieces(texts_of(texts)) for text in piece]
        counts = [token_counts_of(given, part.indexing, 1) for part in self.parts]  # (R, 2) each
        found: NDArray[np.bool_] = np.all([each[:, 0] == each[:, 1] for each in counts], axis=0)
        return found

    def save(self, folder: Path | str) -> None:
        """Write the model to a new folder, which appears once everything is in it: `nlpkit predict` and
        `load` take it. ConfigError where there is something already.
        """
        with atomic_folder(Path(folder)) as partial_folder:
            self.write(partial_folder)

    @staticmethod
    def load(
        folder: Path | str,
        plugins: Plugins | None = None,
        *,
        classes: Classes = (),
        device: str = "cpu",
    ) -> TextModel:
        """The model of a folder, as `nlpkit.load` gives it."""
        import nlpkit

        return nlpkit.load(folder, plugins, classes=classes, device=device)

    def __reduce__(self) -> tuple[Callable[..., TextModel], tuple[dict[str, bytes], tuple[type, ...]]]:
        return packed.restored, (packed.files_of(self.write), packed.classes_of(self.parts))

    def __repr__(self) -> str:
        classes, known = len(self.labels), sum(len(part.vocab) for part in self.parts)
        return f"<{type(self).__name__} {self.called}: {classes:,} classes, {known:,} tokens>"

    def _repr_html_(self) -> str:
        known = f"{sum(len(part.vocab) for part in self.parts):,}"
        lines = {"made of": self.called, "classes": reprlib.repr(list(self.labels.names)), "tokens": known}
        return table_html(type(self).__name__, {name: (each,) for name, each in lines.items()})

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

        given, added = list(texts_of(texts)), AddedColumns(self, add)
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

        return explain(self, list(texts_of(texts)), label, method)

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

        texts = texts_of(texts)
        for name, number in (("workers", workers), ("batch_size", batch_size)):
            if number is not None and number < 1:
                raise ValueError(f"{name} is {number}, but must be at least 1")
        processes = (workers or cores()) if self.ready else 1
        packs = map(packed_texts, pieces(texts))
        with closing(in_turn(partial(self._answer, batch_size), packs, processes)) as answers:
            for answer in answers:
                yield np.frombuffer(bytearray(answer), np.float64).reshape(-1, len(self.labels))

    def _answer(self, batch_size: int, piece: bytes) -> bytes:
        """The probabilities of packed texts, as the bytes of float64 (texts, classes)."""
        import torch

        found = torch.from_numpy(self.logits(unpacked_texts(piece), batch_size=batch_size))
        return self.decision.probabilities(found).numpy().tobytes()
