"""Runs that are killed at random moments and go on: `python -m benchmarks.kills [KILLS [SEED]]`.

Each run is held against the one that was never killed: the weights, scores.json and predictions.csv have to
be the same bytes. Needs a file of texts at trec6/train.csv in NLPKIT_DATA_DIR (or ../shared/data).
"""

from __future__ import annotations

import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import nlpkit
from benchmarks.faults import digest, started, waited
from nlpkit.experiment.default import experiment_for
from nlpkit.experiment.value import Experiment
from nlpkit.plugins.loading import load_plugins
from nlpkit.runs.checkpoints.store import CheckpointEvery
from nlpkit.runs.resume import resume
from nlpkit.runs.run import run

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
DATA = Path(os.environ.get("NLPKIT_DATA_DIR", BESIDE))
TEXTS = 1500
FREQUENT = CheckpointEvery(steps=20)


def experiments(folder: Path) -> dict[str, Experiment]:
    """A mean, an LSTM with one and with two workers, and the pool of several members that a file gets."""
    lines = (DATA / "trec6" / "train.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path = folder / "texts.csv"
    path.write_text("".join(lines[: TEXTS + 1]), encoding="utf-8")
    pool, _ = experiment_for(path, {})
    short = nlpkit.Standard(epochs=4)
    return {
        "embedding mean": Experiment(pool.data, encoder=nlpkit.EmbeddingMean(), trainer=short),
        "LSTM": Experiment(pool.data, encoder=nlpkit.Lstm(hidden_size=32), trainer=short),
        "LSTM, two workers": Experiment(
            pool.data, encoder=nlpkit.Lstm(hidden_size=32), trainer=replace(short, workers=2)
        ),
        "pool": pool,
    }


def main() -> None:
    kills, seed = (int(each) for each in [*sys.argv[1:], "200", "13"][:2])
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        load_plugins()
        importlib.import_module("torch")
        whole, seconds = {}, {}
        asked = experiments(root)
        for name, experiment in asked.items():
            since = time.monotonic()
            whole[name] = _reference(experiment, root / "whole" / name)
            seconds[name] = time.monotonic() - since
        found: dict[str, Counter[str]] = {name: Counter() for name in asked}
        for count in range(kills):
            name = list(asked)[count % len(asked)]
            folder = root / f"run-{count}"
            after = draw.uniform(0.0, seconds[name])
            said = _killed(asked[name], folder, after, group=draw.random() < 0.5)
            if said == "killed":
                said = _resumed(folder)
            if said == "resumed" and digest(folder) != whole[name]:
                said = "OTHER BITS"
            found[name][said] += 1
            print(f"{count + 1} of {kills}: {name}, after {after:.2f} s: {said}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(root / f"run-{count}.partial", ignore_errors=True)
        for name, counts in found.items():
            print(f"{name}: {', '.join(f'{count} {said}' for said, count in counts.items())}")


def _reference(experiment: Experiment, folder: Path) -> str:
    if waited(started(partial(run, experiment, folder, checkpoint_every=FREQUENT))):
        raise SystemExit(f"the run that is not killed has failed: {folder}")
    return digest(folder)


def _killed(experiment: Experiment, folder: Path, after: float, *, group: bool) -> str:
    """Run, and kill the process, or all its processes, unless it has ended by then."""
    process = started(partial(run, experiment, folder, checkpoint_every=FREQUENT))
    time.sleep(after)
    (os.killpg if group else os.kill)(process, signal.SIGKILL)
    status = waited(process)
    return "resumed" if not status or folder.is_dir() else "killed"


def _resumed(folder: Path) -> str:
    """Go on; where there was nothing to go on from yet, that is no failure."""
    status = waited(started(partial(resume, folder)))
    if not status:
        return "resumed"
    asked = folder.with_name(f"{folder.name}.partial") / "unfinished" / "asked"
    return "FAILED" if asked.is_dir() else "not begun"


if __name__ == "__main__":
    main()
