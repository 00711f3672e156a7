from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nlpkit.cli.main import VERBS
from nlpkit.components.kinds import KINDS
from nlpkit.scoring.metrics import METRICS

SHELLS = ("bash", "zsh", "fish")
REPOSITORY = Path(__file__).resolve().parents[2]

Complete = Callable[..., list[str]]


@pytest.fixture(params=SHELLS)
def complete(request: Any, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Complete:
    """What may follow a line in which the last word is half-typed, asked for as each of the shells asks."""
    shell = request.param

    def ask(*words: str) -> list[str]:
        separator = {"bash": "\n", "zsh": " ", "fish": " "}[shell]
        monkeypatch.setenv("COMP_WORDS", separator.join(("nlpkit", *words)))
        monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else f"{len(words)}")
        monkeypatch.setenv("_NLPKIT_COMPLETE", f"{shell}_complete")
        code, out, err = nlpkit("run", "never.toml")
        assert (code, err) == (0, "")
        lines = out.rstrip("\n").split("\n")
        if shell == "zsh":  # kind, value and help, a line each
            return [" ".join(pair) for pair in zip(lines[::3], lines[1::3], strict=False)]
        return [line.partition("\t")[0].replace(",", " ", 1) for line in lines if line]

    return ask


def plain(*names: str) -> list[str]:
    return [f"plain {name}" for name in names]


def test_verbs_and_subverbs_and_options(complete: Complete) -> None:
    assert complete("") == plain(*VERBS)
    assert complete("pl") == plain("plugins", "plugin")
    assert complete("plugin", "") == plain("new", "check")
    assert complete("cache", "c") == plain("clear")
    assert complete("run", "--f") == plain("--folder", "--format")
    assert complete("plugin", "new", "x", "--kind", "t") == plain("tokenizer", "trainer", "tracker")


def test_names_of_examples(complete: Complete) -> None:
    assert complete("examples", "copy", "agnews") == plain(
        "agnews_bigrams", "agnews_lstm", "agnews_lstm_fast", "agnews_pool"
    )
    assert complete("examples", "copy", "lesson/3") == plain("lesson/3_lstm")
    assert complete("examples", "copy", "lesson")[:2] == plain("lesson", "lesson/1_embedding_mean")


def test_kinds_and_names_of_components(complete: Complete) -> None:
    assert complete("components", "") == plain(*KINDS)
    assert complete("components", "encoder", "l") == plain("lstm")
    assert complete("components", "tokenizer", "basic") == plain("basic_english")


def test_metrics_and_those_of_them_that_a_bar_can_be_set_for(complete: Complete) -> None:
    assert complete("evaluate", "r", "f", "--metric", "log") == plain("log_loss")
    assert complete("evaluate", "r", "f", "--metric", "") == plain(*METRICS)
    assert complete("evaluate", "r", "f", "--min", "log") == []
    assert complete("run", "x.toml", "--min", "acc") == plain("accuracy=")


@pytest.mark.parametrize("verb", ["run", "check"])
def test_experiment_files_here_and_one_folder_below(verb: str, complete: Complete) -> None:
    for name in ("b.toml", "a.toml", "a.txt", "ideas/c.toml", "ideas/deep/d.toml", ".hidden/e.toml"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("folder.toml").mkdir()
    assert complete(verb, "") == plain("a.toml", "a.txt", "b.toml", "ideas/c.toml")
    assert complete(verb, "i") == plain("ideas/c.toml")
    assert complete(verb, "ideas/") == plain("ideas/c.toml", "ideas/deep/d.toml")
    assert complete(verb, f"{Path.cwd()}/a.to") == plain(f"{Path.cwd()}/a.toml")
    assert complete(verb, "z") == ["file z"]


@pytest.mark.parametrize("verb", ["predict", "explain", "evaluate"])
def test_folders_that_hold_a_model(verb: str, complete: Complete, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("runs/b/model", "runs/a/model", "copied", "runs/empty", "notes"):
        Path(name).mkdir(parents=True)
        if name.endswith(("model", "copied")):
            (Path(name) / "bundle.json").touch()
    Path("runs/odd\nname/model").mkdir(parents=True)
    Path("runs/odd\nname/model/bundle.json").touch()
    assert complete(verb, "") == plain("copied", "runs/a", "runs/b")
    assert complete(verb, "runs/b") == plain("runs/b")
    assert complete(verb, "notes/") == ["dir notes/"]
    monkeypatch.setenv("HOME", str(Path.cwd()))
    assert complete(verb, "~/ru") == plain("~/runs/a", "~/runs/b")


def test_other_files_are_left_to_the_shell(complete: Complete) -> None:
    assert complete("evaluate", "runs/a", "ne") == ["file ne"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--min", "=", "acc"], ["plain,accuracy="]),
        (["--min", "="], [f"plain,{name}=" for name in METRICS if METRICS[name].higher_is_better]),
        (["--min", "accuracy", "=", "0"], []),
        (["runs/lr", "="], ["plain,0.1", "plain,0.2"]),
        (["runs/lr", "=", "0.2"], ["plain,0.2"]),
    ],
    ids=" ".join,
)
def test_words_that_bash_takes_apart_at_an_equals_sign_are_one(
    words: list[str], found: list[str], nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("runs/lr=0.1/model", "runs/lr=0.2/model"):
        Path(name).mkdir(parents=True)
        (Path(name) / "bundle.json").touch()
    monkeypatch.setenv("COMP_WORDS", "\n".join(["nlpkit", "evaluate", *words]))
    monkeypatch.setenv("COMP_CWORD", f"{len(words) + 1}")
    monkeypatch.setenv("_NLPKIT_COMPLETE", "bash_complete")
    code, out, err = nlpkit()
    assert (code, err) == (0, "")
    assert out.split() == found


@pytest.mark.parametrize("line", [["nope", ""], ["components", "nope", ""]], ids=" ".join)
@pytest.mark.parametrize("shell", SHELLS)
def test_of_a_line_that_is_wrong_nothing_is_said(
    shell: str, line: list[str], nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_WORDS", " ".join(["nlpkit", *line]))
    monkeypatch.setenv("COMP_CWORD", "" if shell == "fish" else f"{len(line)}")
    monkeypatch.setenv("_NLPKIT_COMPLETE", f"{shell}_complete")
    assert nlpkit() == (1, "", "")


def test_a_variable_with_another_value_trains_nothing(
    tiny: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_NLPKIT_COMPLETE", "zsh_sauce")
    assert nlpkit("run", tiny, "--folder", "run") == (
        2,
        "",
        "error: _NLPKIT_COMPLETE is 'zsh_sauce', which no shell asks for; did you mean zsh_source?\n",
    )
    assert not Path("run").exists()


def test_an_empty_variable_is_none(nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_NLPKIT_COMPLETE", "")
    assert nlpkit("--version").code == 0


@pytest.fixture
def path_with_nlpkit(tmp_path: Path) -> dict[str, str]:
    """An environment in which `nlpkit` completes, and else shows the words it is given."""
    program = tmp_path / "bin" / "nlpkit"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nif [ -n "$_NLPKIT_COMPLETE" ]; then exec "{sys.executable}" -m nlpkit "$@"; fi\n'
        'printf "<%s>" "$@"; echo " end"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY), "HOME": str(tmp_path), "TERM": "dumb"}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_accepts_the_script(shell: str, path_with_nlpkit: dict[str, str], tmp_path: Path) -> None:
    env = {**path_with_nlpkit, "_NLPKIT_COMPLETE": f"{shell}_source"}
    script = subprocess.run(["nlpkit"], env=env, capture_output=True, text=True, check=True).stdout
    assert f"_NLPKIT_COMPLETE={shell}_complete" in script
    assert re.search(
        {"bash": "complete .*nlpkit$", "zsh": "^#compdef nlpkit$"}.get(shell, "nlpkit"), script, re.M
    )
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed, so that only the text of its script is tested")
    (tmp_path / "script").write_text(script, encoding="utf-8")
    found = subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.fixture
def bash(path_with_nlpkit: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Types a line into an interactive bash and gives the words that `nlpkit` was called with."""
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        env={**path_with_nlpkit, "PS1": "", "INPUTRC": "/dev/null"},
        start_new_session=True,
    )

    def read_until(wanted: bytes) -> str:
        said, until = b"", time.monotonic() + 60
        while wanted not in said:
            assert select.select([ours], [], [], max(0.0, until - time.monotonic()))[0], said
            said += os.read(ours, 4096)
        return said.decode()

    def typed(line: str) -> str:
        os.write(ours, f"{line}\n".encode())
        return re.findall(r"(<.*>) end", read_until(b" end\r\n"))[-1]

    os.write(ours, b'eval "$(_NLPKIT_COMPLETE=bash_source nlpkit)"; nlpkit ready\n')
    read_until(b"<ready> end\r\n")
    yield typed
    shell.kill()
    shell.wait()
    os.close(ours)
    os.close(theirs)


def test_bash_completes_a_line_that_is_typed(bash: Callable[[str], str], tmp_path: Path) -> None:
    for name in ("runs/first run", "runs/lr=0.5"):
        (tmp_path / name / "model").mkdir(parents=True)
        (tmp_path / name / "model" / "bundle.json").touch()
    (tmp_path / "mine.toml").touch()
    (tmp_path / "new.csv").touch()
    (tmp_path / "check").mkdir()
    assert bash("nlpkit ch\tmi\t--min acc\t0.9") == "<check><mine.toml><--min><acc0.9>"
    assert bash("nlpkit run mi\t--min acc\t0.9") == "<run><mine.toml><--min><accuracy=0.9>"
    assert bash("nlpkit pred\truns/f\t'a text'") == "<predict><runs/first run><a text>"
    assert bash('nlpkit predict "runs/f\tx') == "<predict><runs/first run><x>"
    assert bash("nlpkit predict ~/runs/f\tx") == f"<predict><{tmp_path}/runs/first run><x>"
    assert bash("nlpkit evaluate runs/lr=\tne\t--min=bal\t1") == (
        "<evaluate><runs/lr=0.5><new.csv><--min=balanced_accuracy=1>"
    )
    assert bash("nlpkit components encoder ls\t--j\t") == "<components><encoder><lstm><--json>"
    assert bash("nlpkit examples copy headl\t") == "<examples><copy><headlines_order>"
