"""Training on two nodes of one machine: nodes that are killed, and the seconds that it takes.

    python -m benchmarks.nodes kills [COUNT]   each time a node is killed at random and started again
    python -m benchmarks.nodes speed [BATCH]   seconds of one process, two forked ones and two of torchrun

A node is an agent of torchrun with a process, in the network of the loopback device. The agents meet at a
store that no node has, as they would at a machine that is not to be lost.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch

import nlpkit
from nlpkit.components.embedding import Embedding
from nlpkit.experiment.file import dump_experiment
from nlpkit.system.resumable import partial_of

HERE = "127.0.0.1"
NODES = 2
EPOCHS = 6
_SECONDS = 300  # in which a run ends, or hangs
_WAIT = 0.5  # from the death of a node to its return


def main() -> None:
    verb, *rest = [*sys.argv[1:], "kills"][: len(sys.argv)] or ["kills"]
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        if verb == "speed":
            _speed(root, int([*rest, "64"][0]))
        else:
            _kills(root, int([*rest, "10"][0]))


def experiment(
    size: int = 8000, epochs: int = EPOCHS, workers: int = 1, batch: int = 64
) -> nlpkit.Experiment:
    """The lesson's LSTM on generated headlines."""
    return nlpkit.Experiment(
        data=nlpkit.Headlines(train_size=size, valid_size=500, test_size=500),
        encoder=nlpkit.Lstm(hidden_size=32, embedding=Embedding(size=64), dropout=0.3),
        trainer=nlpkit.Standard(batch_size=batch, epochs=epochs, learning_rate=1e-2, workers=workers),
        baseline=False,
        audit=False,
    )


class Node:
    """An agent with its process, which is killed with it."""

    def __init__(self, port: int, words: list[str]) -> None:
        torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nnodes={NODES}", "--nproc-per-node=1"]
        meet = [
            "--rdzv-backend=c10d",
            f"--rdzv-endpoint={HERE}:{port}",
            "--rdzv-conf=is_host=0,keep_alive_interval=1",
        ]
        again = ["--rdzv-id=nodes", f"--local-addr={HERE}", "--max-restarts=100"]
        self._words = [*torchrun, *meet, *again, "-m", "nlpkit", *words]
        self.start()

    def start(self) -> None:
        quiet = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            self._words, env={**os.environ, **quiet}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )

    def kill(self) -> None:
        for process in [self.process.pid, *_children(self.process.pid)]:
            os.kill(process, signal.SIGKILL)
        self.process.wait()


def _children(process: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="ascii").split()):
            found += [child, *_children(child)]
    return found


def _kills(root: Path, count: int) -> None:
    file = root / "experiment.toml"
    file.write_text(dump_experiment(experiment()), encoding="utf-8")
    nlpkit.run(experiment(workers=NODES), root / "forked", observer=nlpkit.Observer())
    wanted = _sha256(root / "forked")
    store = torch.distributed.TCPStore(HERE, 0, is_master=True, wait_for_workers=False)
    seconds = _run(root / "unbroken", file, store.port, None)
    same_bits = _sha256(root / "unbroken") == wanted
    print(f"two nodes have the bits of two forked workers: {same_bits}; {seconds:.1f} s", flush=True)
    drawn, same, took = random.Random(7), 0, []
    for turn in range(count):
        store = torch.distributed.TCPStore(HERE, 0, is_master=True, wait_for_workers=False)
        kill = Kill(drawn.randrange(NODES), drawn.randrange(EPOCHS - 1), drawn.random())
        folder = root / f"run-{turn}"
        took.append(_run(folder, file, store.port, kill))
        found = _sha256(folder) == wanted
        same += found
        print(f"{kill}: {took[-1]:.1f} s, the same bits: {found}", flush=True)
    print(f"{same} of {count} runs ended with these bits, in {statistics.median(took):.1f} s on average")


@dataclass(frozen=True)
class Kill:
    """A node that is killed some seconds after so many epochs are done."""

    node: int
    epochs: int
    seconds: float

    def wait(self, folder: Path) -> None:
        lines = partial_of(folder) / "metrics.jsonl"
        while self.epochs and not (lines.exists() and lines.read_bytes().count(b"\n") >= self.epochs):
            time.sleep(0.01)
        time.sleep(self.seconds * (1 if self.epochs else 8))  # before the first epoch, processes start

    def __str__(self) -> str:
        return f"node {self.node} killed {self.seconds:.2f} s after epoch {self.epochs}"


def _speed(root: Path, batch: int, turns: int = 3) -> None:
    """Each way once, and again."""
    file = root / "experiment.toml"
    seconds: dict[str, list[float]] = {}
    for turn in range(turns):
        for way, workers, more in (
            ("one process", 1, []),
            ("two forked", 2, []),
            ("two nodes", 1, ["--nodes", "2"]),
        ):
            file.write_text(dump_experiment(experiment(32_000, 2, workers, batch)), encoding="utf-8")
            folder = root / f"{way}-{turn}"
            command = [sys.executable, "-m", "nlpkit", "run", str(file), "--folder", str(folder), *more]
            subprocess.run(command, capture_output=True, check=True)
            lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
            seconds.setdefault(way, []).append(sum(json.loads(each)["train_seconds"] for each in lines))
    for way, found in seconds.items():
        each = ", ".join(f"{number:.2f}" for number in found)
        print(f"{way}: {statistics.median(found):.2f} s of training ({each})")


def _run(folder: Path, file: Path, port: int, kill: Kill | None) -> float:
    """The seconds of a run on all nodes, one of which is killed and started again.

    Where torchrun gives up, as it does if an agent dies while the agents meet, all are started once more.
    """
    words = ["run", str(file), "--folder", str(folder), "--checkpoint-every", "1s"]
    began = time.monotonic()
    nodes = [Node(port, words) for _ in range(NODES)]
    if kill:
        kill.wait(folder)
        nodes[kill.node].kill()
        time.sleep(_WAIT)
        nodes[kill.node].start()
    for node in nodes:
        node.process.communicate(timeout=_SECONDS)
    if any(node.process.returncode for node in nodes):
        print("torchrun gave up, and is started once more", flush=True)
        store = torch.distributed.TCPStore(HERE, 0, is_master=True, wait_for_workers=False)
        for node in [Node(store.port, words) for _ in range(NODES)]:
            node.process.communicate(timeout=_SECONDS)
    return time.monotonic() - began


def _sha256(folder: Path) -> str:
    path = folder / "model" / "weights.safetensors"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"


if __name__ == "__main__":
    main()
