"""nlpkit sweep, as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Experiment, NlpkitError, dump_experiment, load_experiment
from nlpkit_optuna.command import sweep
from nlpkit_optuna.trial import Watching

Typed = Callable[..., tuple[str, str]]
SPACE = "[trainer]\nlearning_rate = { low = 1e-3, high = 0.5, log = true }\n"


@pytest.fixture
def typed(
    quick: Callable[..., Experiment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typed:
    """What `nlpkit sweep quick.toml` says to stdout and stderr, in a folder that has a space.toml too."""
    monkeypatch.chdir(tmp_path)
    Path("quick.toml").write_text(dump_experiment(quick()), encoding="utf-8")
    Path("space.toml").write_text(SPACE, encoding="utf-8")

    def invoked(*words: str, file: str = "quick.toml") -> tuple[str, str]:
        with sweep.make_context("nlpkit sweep", [file, *words]) as context:
            sweep.invoke(context)
        said = capsys.readouterr()
        return said.out, said.err

    return invoked


def test_it_prints_the_trials_and_writes_a_folder(typed: Typed) -> None:
    out, err = typed("--space", "space.toml", "--trials", "2")
    lines = out.splitlines()
    assert lines[0] == "quick: 2 trials (2 complete)"
    assert lines[2:4] == ["best first:", "trial  accuracy    model  seconds  learning_rate"]
    assert len(lines) == 6
    assert err.splitlines()[0] == "trial 0: learning_rate=0.1"
    assert "; 2 of 2 done; best " in err
    assert err.endswith(
        "written to sweeps/quick: open sweep.html, or try\n  nlpkit run sweeps/quick/best.toml\n"
    )
    assert {path.name for path in Path("sweeps/quick").iterdir()} == {
        *("best.toml", "space.toml", "sweep.html", "trials.db"),
    }
    load_experiment("sweeps/quick/best.toml")


def test_the_same_command_goes_on(typed: Typed) -> None:
    typed("--trials", "1")
    out, err = typed("--trials", "2")
    assert out.startswith("quick: 2 trials (2 complete)\n")
    assert err.startswith("trial 1: ")


def test_the_result_is_had_as_json(typed: Typed) -> None:
    told = json.loads(typed("--trials", "2", "--against", "size", "--json")[0])
    assert (told["metric"], told["search"]["trials"], len(told["trials"])) == ("accuracy", 2, 2)
    assert told["best"] == told["front"][0]
    assert {"number", "state", "settings", "score", "size", "seed", "epochs"} <= set(told["trials"][0])
    assert told["storage"] == "sqlite:///sweeps/quick/trials.db"


def test_the_space_is_printed_to_start_from(typed: Typed) -> None:
    out, err = typed("--print-space")
    assert err == ""
    assert tomllib.loads(out)["trainer"]["learning_rate"] == {"low": 0.01, "high": 1.0, "log": True}
    Path("printed.toml").write_text(out, encoding="utf-8")
    assert typed("--space", "printed.toml", "--print-space")[0] == out
    assert not Path("sweeps").exists()


def test_a_setting_that_is_overridden_is_in_the_best(typed: Typed) -> None:
    typed("--space", "space.toml", "--trials", "1", "--set", "trainer.epochs=1")
    trainer: Any = load_experiment("sweeps/quick/best.toml").trainer
    assert trainer.epochs == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["--space", "bad.toml"],
            2,
            "bad.toml: a problem with the space\n  trainer.learning_rat: no such setting; did you mean "
            "learning_rate?",
        ),
        (
            ["--max-size", "10B", "--trials", "1"],
            6,
            "no model is within 10B: the smallest of 1 has 15.3 kB\n  allow smaller values in the space: of "
            "hidden_size, of size, or a higher vocab.min_count",
        ),
        (
            ["--time-limit", "0"],
            6,
            "no trial has come to an end\n  give it more --time-limit; the same command goes on",
        ),
        (["--trials", "0"], 2, "trials: 0 is not a whole number from 1 to 1000000"),
        (
            ["--storage", "sqlite://"],
            2,
            "storage: a database in memory is gone with its process\n  give one such as sqlite:///trials.db "
            "or postgresql://user@host/name",
        ),
    ],
)
def test_what_is_refused(words: list[str], code: int, said: str, typed: Typed) -> None:
    Path("bad.toml").write_text("trainer.learning_rat = [0.1, 0.2]", encoding="utf-8")
    with pytest.raises(NlpkitError) as caught:
        typed(*words)
    assert (caught.value.exit_code, str(caught.value)) == (code, said)


def test_an_interruption_says_how_it_goes_on(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Watching, progress: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Watching, "step", interrupted)
    monkeypatch.setattr(sys, "argv", ["nlpkit", "sweep", "quick.toml", "--folder", "my sweep"])
    with pytest.raises(KeyboardInterrupt) as caught:
        typed("--folder", "my sweep")
    assert caught.value.__notes__ == ["nlpkit sweep quick.toml --folder 'my sweep'"]


def test_two_processes_of_which_one_is_killed_lose_no_trial(typed: Typed, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nlpkit", "sweep", "quick.toml", "--space", "space.toml"]
    command += ["--trials", "8", "--grace", "2", "--pruning", "none", "--set", "trainer.epochs=20"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}

    def begun() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe, text=True)

    other, killed = begun(), begun()
    assert killed.stderr is not None
    for line in killed.stderr:  # in the middle of a trial
        if line.startswith("trial "):
            killed.send_signal(signal.SIGKILL)
            break
    killed.communicate()
    again = begun()
    for process in (other, again):
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert out.startswith("quick: 8 trials (8 complete)")
    told = json.loads(typed(*command[5:], "--json")[0])
    rates = [each["settings"]["trainer.learning_rate"] for each in told["trials"]]
    seeds = [each["seed"] for each in told["trials"]]
    assert len(rates) == len(set(rates)) == len(set(seeds)) == 8
