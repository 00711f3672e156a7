"""Loads a model that `nlpkit export` wrote: labels and probabilities, with numpy and onnxruntime alone.

from nlpkit_onnx import load

model = load()  # the folder that this file is in, or load("FOLDER")
model.predict(["Oil prices fell on Friday"])
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit.components.tokenizing import clean
from nlpkit.models.exporting.tokenizers import built
from nlpkit.nn.order import by_length
from nlpkit.ragged import Ragged, ragged_map
from nlpkit.scoring.choices import chosen, given, in_sets, likeliest_first, reached
from nlpkit.system.sealed import Seal, SealError, from_json
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SEAL: Final = "export.json"
SETTINGS: Final = "model.json"
FORMAT: Final = 1
TYPES: Final = {"ids": "int64", "counts": "float32"}  # of the inputs of a graph
BATCH_TOKENS: Final = 1 << 14  # of a batch, with its padding


def load(folder: str | Path | None = None, *, threads: int = 1) -> OnnxModel:
    """The model in a folder, by default the one that this file is in. `threads` are those of onnxruntime.

    Nothing in the folder is executed. ValueError where a file is damaged or was written by a newer version,
    FileNotFoundError where one is missing.
    """
    folder = Path(__file__).parent if folder is None else Path(folder)
    if not (folder / SEAL).is_file():
        raise FileNotFoundError(f"{folder}: there is no exported model here, which has an {SEAL}")
    try:
        seal = Seal.read(folder / SEAL)
        if seal.about.get("format") != FORMAT:
            made = f"format {reprlib.repr(seal.about.get('format'))}, and this loader reads {FORMAT}"
            raise ValueError(f"{folder}: the export has {made}; use the loader that is in its folder")
        seal = seal.checked()
        settings = from_json(seal.bytes_of(SETTINGS))
        return OnnxModel(settings, [_Member(seal, each, threads) for each in settings["members"]])
    except SealError as error:
        raise ValueError(
            f"{error.path}: the file is damaged: {error.reason}; export the model again"
        ) from None


class OnnxModel:
    """A classifier of raw texts. `labels` are its classes, in the order of the columns of `probabilities`."""

    def __init__(self, settings: Mapping[str, Any], members: Sequence[_Member]) -> None:
        self.labels: tuple[str, ...] = tuple(settings["labels"])
        self._settings = settings
        self._members = members

    def __repr__(self) -> str:
        return f"<OnnxModel: {len(self.labels)} labels>"

    def predict(self, texts: Iterable[str]) -> list[Any]:
        """The label of each text, None where the model is not sure enough to give one; where texts have any
        number of labels, a tuple of them.
        """
        return self.named(self.probabilities(texts))

    def named(self, probabilities: Numbers) -> list[Any]:
        """What `predict` gives for probabilities (texts, labels)."""
        thresholds = self._settings["thresholds"]
        if self._settings["multi_label"]:
            marks = given(probabilities, thresholds).tolist()
            return [tuple(compress(self.labels, row)) for row in marks]
        ids = chosen(probabilities, thresholds)
        sure = reached(probabilities, ids, self._settings["levels"]).tolist()
        return [self.labels[id] if each else None for id, each in zip(ids.tolist(), sure, strict=True)]

    def sets(self, texts: Iterable[str]) -> list[list[str]]:
        """The set of labels of each text, the likeliest first. ValueError where `coverage` was not asked for
        when the model was trained.
        """
        if self._settings["set_level"] is None:
            raise ValueError("this model gives no sets of labels: it was trained without coverage")
        found = self.probabilities(texts)
        inside = in_sets(found, chosen(found, self._settings["thresholds"]), self._settings["set_level"])
        return [[self.labels[id] for id in ids] for ids in likeliest_first(found, inside)]

    def probabilities(self, texts: Iterable[str], *, batch_size: int = 256) -> Numbers:
        """Float64 (texts, labels). TypeError for what is no list of strings."""
        import numpy as np

        checked = _checked(texts)
        logits = np.zeros((len(checked), len(self.labels)))
        for member in self._members:
            logits += member.weight * member.logits(checked, batch_size, len(self.labels))
        scaled = logits / self._settings["temperature"]
        if not np.isfinite(scaled.max(axis=1)).all():
            raise ValueError("the model gives probabilities that are not numbers")
        if self._settings["multi_label"]:
            likely: Numbers = np.exp(-np.logaddexp(0, -scaled))
            return likely
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        found: Numbers = powers / powers.sum(axis=1, keepdims=True)
        return found


class _Member:
    """One classifier: its graph, and what makes ids of texts."""

    def __init__(self, seal: Seal, settings: Mapping[str, Any], threads: int) -> None:
        self.weight: float = settings["weight"]
        self._settings = settings
        self._tokenize = built(settings["tokenizer"])
        self._vocab = Vocab(**from_json(seal.bytes_of(settings["vocabulary"])))
        self._session = session(seal.bytes_of(settings["graph"]), threads)
        self._counts = "counts" in {each.name for each in self._session.get_inputs()}

    def logits(self, texts: Sequence[str], batch_size: int, labels: int) -> Numbers:
        """Float64 (texts, labels)."""
        import numpy as np

        form = self._settings["normalize"]
        rows = ragged_map(texts, lambda text: self._vocab.ids(self._tokenize(clean(text, form))))
        rows = rows.truncate(self._settings["max_tokens"], self._settings["keep"])
        columns = columns_of(rows, self._counts)
        found = np.empty((len(texts), labels), np.float32)
        for some in by_length(columns["ids"].lengths, batch_size, max_batch_tokens=BATCH_TOKENS):
            inputs = {name: padded(column.take(some), TYPES[name]) for name, column in columns.items()}
            found[some] = self._session.run(None, inputs)[0]
        return found.astype(np.float64)


def session(graph: bytes, threads: int) -> Any:
    """What runs a graph; ImportError with what to install."""
    try:
        from onnxruntime import InferenceSession, SessionOptions
    except ImportError as error:
        raise ImportError("onnxruntime is not installed: pip install onnxruntime") from error
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    return InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def columns_of(rows: Ragged, counts: bool) -> dict[str, Ragged]:
    """What a graph reads of rows of ids, by name: all ids, or the distinct ones and how often each occurs."""
    return dict(zip(("ids", "counts"), _counted(rows), strict=True)) if counts else {"ids": rows}


def padded(rows: Ragged, dtype: str) -> NDArray[Any]:
    """An array (rows, numbers of the longest), 0 behind the end of a row."""
    import numpy as np

    found = np.zeros((len(rows), int(rows.lengths.max(initial=0))), dtype)
    found[np.arange(found.shape[1]) < rows.lengths[:, None]] = rows.values
    return found


def _counted(rows: Ragged) -> tuple[Ragged, Ragged]:
    """The distinct ids of each text, and how often it has each."""
    import numpy as np

    ids = int(rows.values.max(initial=0)) + 1
    places = np.repeat(np.arange(len(rows)) * ids, rows.lengths) + rows.values
    found, counts = np.unique(places, return_counts=True)
    lengths = np.bincount(found // ids, minlength=len(rows))
    offsets = np.concatenate([[0], lengths.cumsum()])
    return Ragged((found % ids).astype(np.int32), offsets), Ragged(counts.astype(np.int32), offsets)


def _checked(texts: Iterable[str]) -> list[str]:
    """The texts; TypeError for what is none."""
    table = isinstance(texts, str | bytes | Mapping) or hasattr(texts, "columns")
    if table or not isinstance(texts, Iterable):
        raise TypeError(f"a list of texts is expected, not {reprlib.repr(texts)}")
    found = list(texts)
    for place, text in enumerate(found):
        if not isinstance(text, str):
            raise TypeError(f"texts[{place}] is {reprlib.repr(text)}, but a string is expected")
    return found
