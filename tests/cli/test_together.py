"""Runs that torchrun starts in several processes, as the command line has them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_resume import results

REPOSITORY = Path(__file__).resolve().parents[2]
HERE = "127.0.0.1"
LONG = [f"--set={name}" for name in ("trainer.epochs=30", "trainer.batch_size=40", "data.train_size=2000")]


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], list[bytes]]:
    """What a run of two forked workers gives, by its file."""

    def found(file: Path) -> list[bytes]:
        folder = tmp_path_factory.mktemp("forked") / "run"
        command = [sys.executable, "-m", "nlpkit", "run", str(file), *LONG, "--set", "trainer.workers=2"]
        env = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--folder", str(folder)], env=env, check=True, capture_output=True)
        return results(folder)

    return found


def test_nodes_train_together_and_one_that_is_killed_comes_back_to_the_same_bits(
    tiny: Path, forked: Callable[[Path], list[bytes]], tmp_path: Path
) -> None:
    import torch

    store = torch.distributed.TCPStore(HERE, 0, is_master=True, wait_for_workers=False)
    meet = [
        f"--rdzv-endpoint={HERE}:{store.port}",
        "--rdzv-backend=c10d",
        "--rdzv-conf=is_host=0,keep_alive_interval=1",
    ]
    nodes = ["--nnodes=2", "--nproc-per-node=1", "--max-restarts=9", f"--local-addr={HERE}", "--rdzv-id=a"]
    run = ["-m", "nlpkit", "run", str(tiny), *LONG, "--folder", str(tmp_path / "run")]
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        *nodes,
        *meet,
        *run,
        "--checkpoint-every=5steps",
    ]
    first, second = start(command), start(command)
    try:
        until(lambda: any((tmp_path / "run.partial").rglob("checkpoint.json")))
        for process in (second.pid, *children(second.pid)):
            os.kill(process, signal.SIGKILL)
        second.communicate()
        second = start(command)
        said = [each.communicate(timeout=120)[1] for each in (first, second)]
    finally:
        for each in (first, second):
            each.kill()
    assert (first.returncode, second.returncode) == (0, 0), said
    assert results(tmp_path / "run") == forked(tiny)
    assert b"going on" in b"".join(said)


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """One node's agent."""
    own = {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
    pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, env={**os.environ, **own}, **pipes)  # type: ignore[call-overload, no-any-return]


def children(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="ascii").split()):
            yield child
            with suppress(OSError):
                yield from children(child)


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_nodes_of_one_machine_are_started_and_give_the_exit_code_of_the_first(
    tiny: Path, program: Callable[..., Any], tmp_path: Path
) -> None:
    out, err = program("run", tiny, "--nodes", "1x2", "--folder", "run").communicate(timeout=120)
    assert out.startswith(b"scores of 20 texts")
    assert out.count(b"scores of 20 texts") == 1
    assert err.count(b"epoch 1/1") == 1
    assert b"torch" not in err
    assert (tmp_path / "run" / "model").is_dir()
    process = program("run", tiny, "--nodes=2", "--folder", "run")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, b"")
    assert err.decode().splitlines()[0].startswith("error: run: this folder exists")
    assert err.count(b"error") == 1


@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_that_is_killed_is_told_with_what_goes_on(
    rank: int, tiny: Path, program: Callable[..., Any], tmp_path: Path
) -> None:
    process = program("run", tiny, *LONG, "--checkpoint-every=5steps", "--folder=run", "--nodes=1x2")
    until(lambda: any((tmp_path / "run.partial").rglob("checkpoint.json")))
    for child in children(process.pid):
        if f"RANK={rank}\0".encode() in Path(f"/proc/{child}/environ").read_bytes().replace(
            b"LOCAL_RANK", b""
        ):
            os.kill(child, signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    error, _, words = err.decode().strip().splitlines()[-3:]
    assert process.returncode == 2
    assert error == (
        "error: process 1 of 2 of this training ended"
        if rank
        else "error: the first process was killed, or what had started it"
    )
    assert words.endswith("nlpkit resume run --nodes 1x2" if rank else "--nodes=1x2 --resume")


@pytest.mark.parametrize("nodes", ["0", "x", "2x", "2x0", "-1", "2x2x2"])
def test_what_is_no_number_of_nodes_is_refused(nodes: str, tiny: Path, nlpkit: Callable[..., Any]) -> None:
    found = nlpkit("run", tiny, f"--nodes={nodes}")
    assert found.code == 2
    assert found.err.startswith(f"error: --nodes '{nodes}' is no number of nodes")


def test_nodes_under_torchrun_are_refused(
    tiny: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_launched(monkeypatch, RANK="0", WORLD_SIZE="2", LOCAL_RANK="0", MASTER_ADDR=HERE)
    assert "--nodes starts torchrun, which has started this" in nlpkit("run", tiny, "--nodes", "2").err


def as_launched(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "a")
    for name, value in values.items():
        monkeypatch.setenv(name, value)
