"""Members of a pool, each trained once and kept on disk, and what they score as one.

Axes: R rows, C classes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax  # type: ignore[import-untyped]

from benchmarks.better import LAYOUTS
from benchmarks.ideas_parts import Distilled, each_epoch, write_vectors
from benchmarks.training import REPOSITORY
from nlpkit import Embedding, Labels, Member, Splits, load_experiment
from nlpkit.data.auditing.oddities import audited
from nlpkit.experiment.plan import planned
from nlpkit.experiment.splits import splits_of
from nlpkit.plugins.loading import load_plugins
from nlpkit.runs.told import Told
from nlpkit.runs.trained import train
from nlpkit.training.calibration import weights_of

FOLDER = REPOSITORY / ".bench" / "ideas"
PARTS = 5  # of the validation rows for weights, and of the training rows for a teacher
Made = dict[str, NDArray[np.float64]]  # `valid` and `test`, (R, C), or (epochs, R, C), and `seconds` ()


class Bench:
    """A set, the members that a run chooses for it, and what has been trained on it."""

    def __init__(self, name: str) -> None:
        parent = Path(os.environ.get("NLPKIT_DATA_DIR") or REPOSITORY.parent / "shared" / "data")
        layout = LAYOUTS[name].format(folder=parent / name)
        parts = "\n".join(f'{part} = "{parent / name}/{part}.csv"' for part in ("train", "test"))
        with TemporaryDirectory() as folder:
            file = Path(folder) / "set.toml"
            file.write_text(f'[data]\ntype = "csv"\n{parts}\n{layout}\n', encoding="utf-8")
            experiment = load_experiment(file, [], load_plugins())
        self.folder = FOLDER / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.splits = audited(splits_of(experiment.data))
        chosen = planned(experiment, self.splits, lambda note: None)
        self.network, self.linear, self.bag = chosen.classifiers
        self.labels = Labels.of(self.splits.train.labels)
        self.valid, self.test = (
            self.labels.ids(each.labels) for each in (self.splits.valid, self.splits.test)
        )

    def kept(self, name: str, make: Callable[[], Made]) -> Made:
        """What is made under a name, once, and the seconds of processor time that it took."""
        path = self.folder / f"{sha256(name.encode()).hexdigest()[:20]}.npz"
        if not path.exists():
            started = sum(os.times()[:4])  # of child processes, too
            made = make()
            made["seconds"] = np.array(sum(os.times()[:4]) - started)
            print(self.folder.name, f"{made['seconds']:.0f} s", name, file=sys.stderr, flush=True)
            np.savez(path, **made)
        with np.load(path) as found:
            return dict(found)

    def trained(self, member: Member, seed: int, splits: Splits | None = None, part: str = "") -> Made:
        """The logits of a member after its training."""

        def make() -> Made:
            trained = train(member, splits or self.splits, self.labels, seed, Told(), kept=False)
            return {"valid": trained.valid, "test": trained.test}

        return self.kept(f"{seed} {part} {member}", make)

    def epochs(self, member: Member, seed: int, epochs: Sequence[int]) -> Made:
        """The mean of the network as it was after some epochs, of one training."""
        made = self.kept(
            f"{seed} epochs {member}", lambda: each_epoch(member, self.splits, self.labels, seed)
        )
        some = [{part: made[part][epoch] for part in ("valid", "test")} for epoch in epochs]
        return {**mean(some), "seconds": made["seconds"]}

    def teacher(self, seed: int, *, apart: bool) -> tuple[Path, float]:
        """A file of what the pool says of each training text, and the seconds it took: said by the pool that
        has learned the other four fifths where `apart`, and else by the one that has learned them all.
        """
        path = self.folder / f"teacher-{seed}-{apart}.npy"
        rows = np.random.default_rng(0).permutation(len(self.splits.train))
        parts = [np.sort(part) for part in np.array_split(rows, PARTS)] if apart else [np.sort(rows)]
        said, seconds = np.empty((len(rows), len(self.labels))), 0.0
        for number, part in enumerate(parts):
            learned = np.setdiff1d(rows, part) if apart else part
            text = self.splits.train
            splits = replace(self.splits, train=text.take(learned.tolist()), test=text.take(part.tolist()))
            members = [replace(each, refit=False) for each in (self.network, self.linear, self.bag)]
            made = [self.trained(each, seed, splits, f"{apart} {number}") for each in members]
            said[part] = np.exp(
                pooled(made, "test", weights_of([each["valid"] for each in made], self.valid))
            )
            seconds += sum(float(each["seconds"]) for each in made)
        np.save(path, said)
        return path, seconds

    def distilled(self, seed: int, share: float, *, apart: bool) -> Made:
        """The network that has learned what the pool says."""
        path, seconds = self.teacher(seed, apart=apart)
        trainer = Distilled(**vars(self.network.trainer), targets=path, share=share)
        made = self.trained(replace(self.network, trainer=trainer), seed)
        return {**made, "seconds": made["seconds"] + seconds}

    def vectors(self, seed: int, deviation: float) -> Made:
        """The network that starts from vectors of the corpus."""
        path = self.folder / f"vectors-{deviation:g}.txt"

        def make() -> Made:
            write_vectors(path, self.network, self.splits.train.texts, deviation)
            return {}

        before = self.kept(f"vectors {deviation}", make)
        made = self.trained(embedded(self.network, vectors=path), seed)
        return {**made, "seconds": made["seconds"] + before["seconds"]}

    def changed(self, seed: int, **changes: object) -> Made:
        """The network with other settings of its trainer."""
        return self.trained(with_trainer(self.network, **changes), seed)


def with_trainer(member: Member, **changes: object) -> Member:
    """The member with other settings of its trainer."""
    return replace(member, trainer=replace(member.trainer, **changes))  # type: ignore[arg-type]


def embedded(member: Member, **changes: object) -> Member:
    """The member with other settings of its embedding."""
    embedding: Embedding = replace(member.encoder.embedding, **changes)  # type: ignore[attr-defined]
    return replace(member, encoder=replace(member.encoder, embedding=embedding))  # type: ignore[call-arg]


def mean(several: Sequence[Made]) -> Made:
    """Several classifiers as one: the mean of their log-probabilities."""
    parts = ("valid", "test")
    found = {part: np.mean([log_softmax(each[part], axis=1) for each in several], axis=0) for part in parts}
    return {**found, "seconds": np.sum([each.get("seconds", 0.0) for each in several], axis=0)}


@dataclass(frozen=True)
class Scores:
    """Of validation rows that weights were not fitted to, and of the test rows; seconds of all members."""

    valid: float
    valid_loss: float
    test: float
    test_loss: float
    seconds: float


def pooled(members: Sequence[Made], part: str, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities (R, C) of weighted members."""
    logits = sum(weight * each[part] for weight, each in zip(weights, members, strict=True))
    found: NDArray[np.float64] = log_softmax(logits, axis=1)
    return found


def scored(bench: Bench, members: Sequence[Made]) -> Scores:
    """What members have as one."""
    logits = [each["valid"] for each in members]
    valid = np.empty_like(logits[0])
    part = np.random.default_rng(0).permutation(len(valid)) % PARTS
    for number in range(PARTS):
        weights = weights_of([each[part != number] for each in logits], bench.valid[part != number])
        valid[part == number] = pooled(members, "valid", weights)[part == number]
    test = pooled(members, "test", weights_of(logits, bench.valid))
    seconds = sum(float(each["seconds"]) for each in members)
    return Scores(*_rated(valid, bench.valid), *_rated(test, bench.test), seconds)


def _rated(logs: NDArray[np.float64], gold: NDArray[np.int64]) -> tuple[float, float]:
    """Accuracy and log loss."""
    return float((logs.argmax(axis=1) == gold).mean()), float(-logs[np.arange(len(gold)), gold].mean())
