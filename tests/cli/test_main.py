from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.cli import doctor, main
from nlpkit.cli.main import VERBS
from nlpkit.cli.stopping import Stopped

PAGES = [[verb] for verb in VERBS] + [["examples", "copy"], []]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_a_page_of_help_fits_80_columns_and_starts_with_one_sentence(
    page: list[str], nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit(*page, "--help")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert max(map(len, lines)) <= 80
    assert "..." not in out.replace("ARGS]...", "").replace("[TEXT]...", "").replace("RUN...", "")
    sentence = " ".join(" ".join(lines[2:]).split("  ")[1:]).strip()
    assert sentence[0].isupper()
    assert "." in sentence


@pytest.mark.parametrize("verb", ["run", "check", "predict", "evaluate", "components", "examples"])
def test_a_page_of_help_has_an_example(verb: str, nlpkit: Callable[..., Any]) -> None:
    assert f"\n  nlpkit {verb}" in nlpkit(verb, "--help").out


def test_no_arguments_are_a_question_for_help(nlpkit: Callable[..., Any]) -> None:
    assert nlpkit() == nlpkit("--help")


def test_the_version_is_on_stdout(nlpkit: Callable[..., Any]) -> None:
    from nlpkit import __version__

    assert nlpkit("--version") == (0, f"nlpkit, version {__version__}\n", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["rnu"], "error: no such command 'rnu'; did you mean run?\n  try: nlpkit --help\n"),
        (["train\x1b[31m"], "error: no such command 'train\\x1b[31m'; known: "),
        (["run"], "error: missing argument 'FILE'\n  try: nlpkit run --help\n"),
        (["run", "--\x1b]0;x\x07"], "error: no such option '--\\x1b]0;x\\x07'"),
        (["examples", "cpoy"], "error: no such command 'cpoy'"),
        (["predict", "r", "--format", "xml"], "error: invalid value for '--format': 'xml' is not one of"),
    ],
)
def test_a_wrong_line_is_told_in_two_lines_with_exit_code_2(
    line: list[str], said: str, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit(*line)
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") <= 2


def failing(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def test_a_bug_is_three_lines_and_a_saved_traceback(
    nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(doctor, "_facts", failing(ValueError("odd\n\x1b[31mthing")))
    code, out, err = nlpkit("doctor")
    (saved,) = tmp_path.glob("nlpkit-bug-*.txt")
    assert (code, out) == (1, "")
    assert err == (
        "this is a bug in nlpkit: ValueError: odd \\x1b[31mthing\n"
        f"  the full traceback is in {saved}\n"
        "  please report it, with the traceback and the output of nlpkit doctor\n"
    )
    assert "Traceback" in saved.read_text(encoding="utf-8")


def test_a_bug_without_a_place_for_its_traceback_is_still_told(
    nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    monkeypatch.setattr(doctor, "_facts", failing(KeyError("odd")))
    assert "the traceback could not be saved" in nlpkit("doctor").err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (MemoryError(), 2, "error: there is not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 1 byte"), 2, "error: there is not enough"),
        (ModuleNotFoundError("no", name="rich"), 4, "error: the package rich is not installed"),
        (ModuleNotFoundError("no", name="nlpkit.gone"), 1, "this is a bug in nlpkit"),
        (OSError(errno.EMFILE, "Too many open files"), 1, "this is a bug in nlpkit"),
        (
            OSError(errno.ENOSPC, "No space left"),
            1,
            "error: cannot write to standard output: No space left",
        ),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 0, ""),
        (KeyboardInterrupt(), 130, "interrupted: nothing unfinished was kept\n"),
        (Stopped(15), 143, "interrupted: nothing unfinished was kept\n"),
    ],
    ids=repr,
)
def test_what_else_goes_wrong_has_its_exit_code(
    error: BaseException,
    code: int,
    said: str,
    nlpkit: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(doctor, "_facts", failing(error))
    monkeypatch.setattr(main, "abandon_stdout", lambda: None)
    found = nlpkit("doctor")
    assert found.code == code
    assert found.err.startswith(said)
    assert found.out == ""


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    line = command.replace("nlpkit", f"{sys.executable} -m nlpkit")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("nlpkit components >&-", 0),
        ("nlpkit components <&- >&- 2>&-", 0),
        ("nlpkit nonsense 2>&-", 2),
        ("set -o pipefail; nlpkit components | head -1", 0),
        ("set -o pipefail; nlpkit components 2>&1 >/dev/null | true", 0),
    ],
)
def test_streams_that_are_closed_or_left_early_are_no_error(command: str, code: int, tmp_path: Path) -> None:
    found = shell(command, tmp_path)
    assert found.returncode == code
    assert found.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("line", ["components", "--help"])
def test_a_full_disk_behind_stdout_is_one_line(line: str, tmp_path: Path) -> None:
    found = shell(f"nlpkit {line} >/dev/full", tmp_path)
    assert found.returncode == 1
    assert found.stderr == "error: cannot write to standard output: No space left on device\n"


def test_signals_that_were_ignored_stay_ignored_and_others_stop_with_one_line(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from nlpkit.cli import doctor, main\n"
        "def facts():\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    print('still here', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "doctor._facts = facts; sys.argv = ['nlpkit', 'doctor']; main.main()\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (143, "still here\n")
    assert found.stderr == "interrupted: nothing unfinished was kept\n"


def test_json_is_the_only_thing_on_stdout(nlpkit: Callable[..., Any]) -> None:
    for line in (["components"], ["plugins"], ["examples"], ["components", "encoder", "lstm"]):
        code, out, err = nlpkit(*line, "--json")
        assert (code, err) == (0, "")
        assert json.loads(out) is not None


def test_the_list_of_verbs_makes_no_option_of_a_layout() -> None:
    program = (
        "import sys; from nlpkit.cli.main import outcome; "
        "assert outcome(['--help']) == 0; "
        "assert 'nlpkit.cli.reading' in sys.modules and 'nlpkit.data.reading.layout' not in sys.modules"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
