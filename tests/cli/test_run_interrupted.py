from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_training_leaves_a_checkpoint_and_says_how_to_go_on(
    number: signal.Signals,
    code: int,
    tiny: Path,
    program: Callable[..., Any],
    tmp_path: Path,
) -> None:
    process = program("run", tiny, "--set", "trainer.epochs=1000000", "--folder", "deep/er/run")
    while not process.stderr.readline().startswith(b"epoch 1/"):
        assert process.poll() is None
    assert list((tmp_path / "deep" / "er").iterdir())
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (code, b"")
    assert err.splitlines()[-2:] == [b"interrupted: go on with", b"  nlpkit resume deep/er/run"]
    assert all(line.startswith((b"epoch ", b"  ", b"interrupted")) for line in err.splitlines())
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["run.partial"]
    assert 1 <= len(list((tmp_path / "deep" / "er").rglob("checkpoint.json"))) <= 2


def test_a_key_that_is_pressed_twice_is_one_signal(
    tiny: Path, program: Callable[..., Any], tmp_path: Path
) -> None:
    process = program("run", tiny, "--set", "trainer.epochs=1000000", "--folder", "run")
    while not process.stderr.readline().startswith(b"epoch 1/"):
        assert process.poll() is None
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err.splitlines()[-2:] == [b"interrupted: go on with", b"  nlpkit resume run"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["run.partial"]


PRESSED = """
import signal, sys

wanted = sys.argv[1]

class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Pressed())
from nlpkit.__main__ import main
sys.argv[1:] = ["check", "gone.toml"]
main()
"""


@pytest.mark.parametrize("imported", ["nlpkit.cli.main", "click", "nlpkit.errors", "nlpkit.cli.check"])
def test_ctrl_c_is_quiet_while_the_command_line_is_still_imported(
    imported: str, program: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pressed.py").write_text(PRESSED, encoding="utf-8")
    process = program(imported, script="pressed.py")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, b"")
    assert err in (b"", b"interrupted: nothing unfinished was kept\n")


def full_disk() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))


def test_a_full_disk_is_exit_code_1_and_leaves_nothing(
    tiny: Path, program: Callable[..., Any], tmp_path: Path, tree_of: Callable[[Path], Any]
) -> None:
    before = tree_of(tmp_path)
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    process = program("run", tiny, "--folder", "run", preexec_fn=full_disk, env=env)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, b"")
    assert err.decode().splitlines()[-2:] == [
        "error: run: cannot be written: File too large",
        "  nothing of it was kept; free some space or write elsewhere",
    ]
    assert tree_of(tmp_path) == before
