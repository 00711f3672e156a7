"""nlpkit itself: `nlpkit.run` watched from outside, and `nlpkit.load` for prediction."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import nlpkit
from benchmarks.peers.protocol import Job, bytes_below, emit, facts, label
from nlpkit import Batch, Collator, Csv, Experiment, Observer, PaddedBatch, Ragged, Split, Standard, Vocab
from nlpkit.experiment.file import experiment_of
from nlpkit.nn import order, recurrent

PACKAGES = ("nlpkit-toolkit", "torch", "numpy", "scikit-learn")


class Watch(Observer):
    """Prints each epoch as it ends; the validation texts are the test texts."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def epoch(self, report: Any) -> None:
        emit(
            "epoch",
            documents=report.texts,
            seconds=report.train_seconds,
            accuracy=report.valid.get("accuracy"),
            elapsed=self.job.elapsed(),
        )


@dataclass(frozen=True)
class Counting(Collator):
    """Another collator, with the cells and the tokens of its batches counted.

    collator: the one that makes the batches
    """

    collator: Collator | None = None

    @property
    def produces(self) -> type[Batch]:
        return self._inner.produces

    @property
    def _inner(self) -> Collator:
        assert self.collator is not None
        return self.collator

    def build(self, vocab: Vocab) -> Callable[[Ragged], Batch]:
        collate = self._inner.build(vocab)

        def counted(rows: Ragged) -> Batch:
            batch = collate(rows)
            COUNTS["cells"] += batch.ids.numel()
            COUNTS["tokens"] += int(batch.mask().sum()) if isinstance(batch, PaddedBatch) else len(batch.ids)
            return batch

        return counted


COUNTS = {"cells": 0, "tokens": 0}


def experiment(job: Job) -> Experiment:
    """The contender's settings with the job's data; trainer settings that this nlpkit lacks are left out."""
    make_plain(job.settings.get("plain", []))
    known = {field.name for field in fields(Standard)}
    trainer = {
        name: value for name, value in job.settings["trainer"].items() if name in known or name == "type"
    }
    table = {
        **{name: value for name, value in job.settings.items() if name != "plain"},
        "trainer": {**trainer, "epochs": job.epochs},
        "seed": job.seed,
        "data": "headlines",
    }
    data = Csv(
        train=Path(job.train),
        valid=Path(job.test) if job.test else None,
        split=Split(valid_fraction=0.0, test_fraction=0.0),
    )
    return replace(experiment_of(table), data=data)


def make_plain(parts: Sequence[str]) -> None:
    """Do some things the plain way, in this process: what is faster has no setting that turns it off."""
    if "kernel" in parts:
        recurrent.OWN_KERNEL_SIZE = sys.maxsize
    if "order" in parts:
        order.POOL_BATCHES = 1


def train(job: Job) -> dict[str, Any]:
    """Run the experiment; where the job names no folder, nothing is written."""
    result = nlpkit.run(experiment(job), job.folder or None, Watch(job))
    stages = result.wall_seconds
    emit("prepared", seconds=stages["read"] + stages["index"], **stages)
    return {"model_bytes": bytes_below(Path(job.folder) / "model") if job.folder else None}


def padding(job: Job) -> dict[str, Any]:
    """One epoch in this process alone: cells of its batches for each token in them."""
    plain = experiment(job)
    known = {field.name: 1 for field in fields(Standard) if field.name == "workers"}
    trainer: Any = replace(plain.trainer, **known)  # counts of another process would be lost
    nlpkit.run(replace(plain, trainer=trainer, collator=Counting(collator=plain.collator)))
    return {"padding_factor": COUNTS["cells"] / COUNTS["tokens"]}


def predict(job: Job) -> dict[str, Any]:
    """Load, label one text, then a CSV file of texts to a CSV file of labels."""
    label(nlpkit.load(job.folder).predict, job)
    return {}


ACTIONS = {"train": train, "padding": padding, "predict": predict}

if __name__ == "__main__":
    given = Job(**json.loads(sys.argv[1]))
    found = ACTIONS[given.action](given)
    emit("end", **facts(PACKAGES), **found)
