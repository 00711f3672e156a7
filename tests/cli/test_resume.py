from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nlpkit.cli.checkpoints import every_of
from nlpkit.cli.main import outcome
from nlpkit.errors import ConfigError
from nlpkit.runs.checkpoints.store import CheckpointEvery
from tests.cli.conftest import TINY

LONG = tuple(
    f"--set={name}" for name in ("trainer.epochs=20", "trainer.batch_size=200", "data.train_size=2000")
)


def interrupted(
    program: Callable[..., Any], number: int, *arguments: str | Path, group: bool = False
) -> bytes:
    """Start a run, and stop it in its second epoch; what it says last."""
    process = program("run", *arguments, start_new_session=True)
    while not process.stderr.readline().startswith(b"epoch 2/"):
        assert process.poll() is None
    (os.killpg if group else os.kill)(process.pid, number)
    since = time.monotonic()
    _, err = process.communicate(timeout=120)
    assert time.monotonic() - since < 20
    return bytes(b"\n".join(err.splitlines()[-2:]))


def results(folder: Path) -> list[bytes]:
    return [
        path.read_bytes() for path in (folder / "predictions.csv", folder / "model" / "weights.safetensors")
    ]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], list[bytes]]:
    """The results of the run that nothing stops, by a number of workers."""

    @cache
    def of(workers: int) -> list[bytes]:
        folder = tmp_path_factory.mktemp("unbroken")
        file = folder / "tiny.toml"
        file.write_text(TINY, encoding="utf-8")
        settings = (*LONG, f"--set=trainer.workers={workers}")
        assert outcome(["run", str(file), *settings, "--folder", str(folder / "run")]) == 0
        return results(folder / "run")

    return of


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_goes_on_with_the_words_that_it_says(
    number: signal.Signals,
    workers: int,
    tiny: Path,
    program: Callable[..., Any],
    unbroken: Callable[[int], list[bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = (tiny, *LONG, "--set", f"trainer.workers={workers}", "--checkpoint-every", "5 steps")
    said = interrupted(program, number, *settings, "--folder", "runs/a", group=True)
    if number != signal.SIGKILL:
        assert said == b"interrupted: go on with\n  nlpkit resume runs/a"
    assert outcome(["runs"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].split()[:2] == ["runs/a", "stopped"]
    assert err == "\ngo on with\n  nlpkit resume runs/a\n"
    assert outcome(["resume", "runs/a"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("scores of 20 texts")
    assert err.startswith("going on with runs/a\n")
    assert results(tmp_path / "runs" / "a") == unbroken(workers)


def test_run_with_resume_goes_on_in_the_last_folder_of_the_file_or_begins(
    tiny: Path,
    program: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome(["run", str(tiny), "--resume"]) == 0
    assert capsys.readouterr().err.startswith(f"{tiny} -> runs/tiny\n")
    interrupted(program, signal.SIGINT, tiny, *LONG)
    assert outcome(["run", str(tiny), "--resume"]) == 2
    assert "runs/tiny-2: since this run began, data.train_size, " in capsys.readouterr().err
    assert outcome(["run", str(tiny), *LONG, "--resume", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith(f"{tiny} -> runs/tiny-2, going on\n")
    assert json.loads(out)["folder"] == "runs/tiny-2"
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["tiny", "tiny-2"]


def test_bars_are_in_the_words_that_go_on(
    tiny: Path,
    program: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    said = interrupted(program, signal.SIGINT, tiny, *LONG, "--min", "accuracy=1.0", "--folder", "runs/a")
    assert said.endswith(b"\n  nlpkit resume runs/a --min accuracy=1")
    assert outcome(["resume", "runs/a", "--min", "accuracy=1", "--min", "balanced_accuracy=0.1"]) == 6
    missed = capsys.readouterr().err.splitlines()[-1]
    assert missed.endswith("balanced_accuracy is not defined, and --min asks for 0.1")


def test_resume_is_for_one_experiment(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "all").mkdir()
    tiny.rename(tmp_path / "all" / "tiny.toml")
    assert outcome(["run", str(tmp_path / "all"), "--resume"]) == 2
    assert "--resume is for one experiment" in capsys.readouterr().err


def test_there_has_to_be_something_to_go_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome(["resume", "runs/none"]) == 2
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "error: runs/none: there is no run here that was stopped",
        "  nlpkit runs lists those that can go on",
    ]
    assert outcome(["runs"]) == 2
    assert capsys.readouterr().err == "error: runs: there is no such folder\n  nlpkit run FILE makes one\n"
    (tmp_path / "runs").mkdir()
    assert outcome(["runs"]) == 0
    assert capsys.readouterr().out == "no runs in runs\n"


def test_runs_for_programs(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["runs", str(trained.parent), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    [row] = [row for row in found["runs"] if row["folder"] == str(trained)]
    assert row["state"] == "finished"
    assert 0 <= row["accuracy"] <= 1


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("30s", CheckpointEvery(seconds=30)),
        ("0.5 s", CheckpointEvery(seconds=0.5)),
        ("5m", CheckpointEvery(seconds=300)),
        ("1h", CheckpointEvery(seconds=3600)),
        ("500steps", CheckpointEvery(steps=500)),
        ("1 step", CheckpointEvery(steps=1)),
    ],
)
def test_how_often_is_a_number_of_seconds_or_steps(text: str, every: CheckpointEvery) -> None:
    assert every_of(text) == every


@pytest.mark.parametrize("text", ["", "30", "s", "0s", "-1s", "1.5steps", "5 minutes", "1e3s", "٣s"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigError, match="for example: --checkpoint-every 30s") as caught:
        every_of(text)
    assert repr(text) in str(caught.value)
