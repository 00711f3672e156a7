"""What every contender does: read a job, train or predict, print measurements as JSON lines.

A contender runs in a process of its own, perhaps in an environment of its own, so that only the standard
library is used here. A job is a JSON object in the first argument; see `Job`.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

MAX_CELL = 10_000_000  # characters


@dataclass(frozen=True)
class Job:
    """What one process has to do.

    action: train, or predict with the model of an earlier process
    started_at: seconds since 1970 when the process was started
    settings: of the contender
    folder: where the model is
    train, test: CSV files with a header and the columns label and text; no test file, no accuracy
    stop_at: test accuracy that ends training before the last epoch
    documents: train on the first ones alone, with the vocabulary of all; all where unset
    texts, labels: a CSV file with the column text to predict, and the one to write
    """

    action: str
    started_at: float
    settings: dict[str, Any] = field(default_factory=dict)
    folder: str = ""
    train: str = ""
    test: str = ""
    epochs: int = 1
    seed: int = 1
    stop_at: float | None = None
    documents: int | None = None
    texts: str = ""
    labels: str = ""

    def elapsed(self) -> float:
        """Seconds since the process was started, the interpreter's own start included."""
        return time.time() - self.started_at


class Peer(ABC):
    """One way to classify texts."""

    packages: tuple[str, ...] = ()  # whose versions are told

    def __init__(self, settings: dict[str, Any], seed: int) -> None:
        self.settings = settings
        self.seed = seed

    @abstractmethod
    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        """All that comes before training: vocabulary of all texts, and the first `documents` to train on."""

    @abstractmethod
    def epoch(self) -> int:
        """Train; how many documents were trained on, each counted as often as it was seen."""

    @abstractmethod
    def predict(self, texts: Sequence[str]) -> list[str]:
        """The label of each text."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model into a folder that exists."""

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""

    def more(self) -> dict[str, Any]:
        """Further measurements, taken when everything else is done."""
        return {}


def main(peer: type[Peer]) -> None:
    """Do the job in the first argument."""
    job = Job(**json.loads(sys.argv[1]))
    contender = peer(job.settings, job.seed)
    more = train(contender, job) if job.action == "train" else predict(contender, job)
    emit("end", **facts(peer.packages), **more)


def train(peer: Peer, job: Job) -> dict[str, Any]:
    """Train epoch by epoch, with the accuracy on the test texts after each, and save the model."""
    started = time.perf_counter()
    texts, labels = read_rows(Path(job.train))
    peer.prepare(texts, labels, min(len(texts), job.documents or len(texts)))
    emit("prepared", seconds=time.perf_counter() - started)
    test_texts, test_labels = read_rows(Path(job.test)) if job.test else ([], [])
    for _ in range(job.epochs):
        started = time.perf_counter()
        documents = peer.epoch()
        seconds = time.perf_counter() - started
        accuracy = share_right(peer.predict(test_texts), test_labels) if test_texts else None
        emit("epoch", documents=documents, seconds=seconds, accuracy=accuracy, elapsed=job.elapsed())
        if job.stop_at and accuracy and accuracy >= job.stop_at:
            break
    if job.folder:
        Path(job.folder).mkdir(parents=True, exist_ok=True)
        peer.save(Path(job.folder))
    return {"model_bytes": bytes_below(Path(job.folder)) if job.folder else None, **peer.more()}


def predict(peer: Peer, job: Job) -> dict[str, Any]:
    """Load, label one text, then a CSV file of texts to a CSV file of labels."""
    peer.load(Path(job.folder))
    label(peer.predict, job)
    return {}


def label(predict: Callable[[Sequence[str]], Sequence[str]], job: Job) -> None:
    """Label one text, then a CSV file of texts to a CSV file of labels."""
    predict(["Oil prices fell on Friday"])
    emit("first", elapsed=job.elapsed())
    started = time.perf_counter()
    texts = read_texts(Path(job.texts))
    write_labels(Path(job.labels), predict(texts))
    emit("predicted", documents=len(texts), seconds=time.perf_counter() - started)


def emit(event: str, **measured: Any) -> None:
    """Print one measurement."""
    print(json.dumps({"event": event, **measured}), flush=True)


def facts(packages: Sequence[str]) -> dict[str, Any]:
    """Peak memory, threads and versions of this process."""
    torch: Any = sys.modules.get("torch")
    return {
        "peak_bytes": peak_bytes(),
        "torch_threads": torch.get_num_threads() if torch else None,
        "versions": {"Python": sys.version.split(" ", 1)[0], **{name: _version(name) for name in packages}},
    }


def peak_bytes() -> int:
    """The most memory this process had, plus that of the largest of its children.

    Pages that both share are counted twice: an upper bound.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * unit


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return str(getattr(sys.modules.get(package), "__version__", "unknown"))


def read_rows(path: Path) -> tuple[list[str], list[str]]:
    """The texts and the labels of a CSV file."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def read_texts(path: Path) -> list[str]:
    """The texts of a CSV file."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        place = next(rows).index("text")
        return [row[place] for row in rows]


def write_labels(path: Path, labels: Sequence[str]) -> None:
    """A CSV file with the columns row and label."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "label"])
        writer.writerows(enumerate(labels, 1))


def share_right(found: Sequence[str], gold: Sequence[str]) -> float:
    """The share of texts whose label was found."""
    return sum(a == b for a, b in zip(found, gold, strict=True)) / len(gold)


def bytes_below(folder: Path) -> int:
    """The size of all files in a folder and below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
