from __future__ import annotations

import locale
import os
import random
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from nlpkit.process_state import keep


def state() -> list[object]:
    """What other code may rely on."""
    return [
        Path.cwd(),
        dict(os.environ),
        list(sys.path),
        id(sys.path),
        locale.setlocale(locale.LC_ALL),
        random.getstate(),
        np.random.get_state()[1].tobytes(),
        torch.get_rng_state().tolist(),
        [signal.getsignal(number) for number in signal.valid_signals()],
        (sys.stdin, sys.stdout, sys.stderr),
        (list(warnings.filters), warnings.showwarning),
    ]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of this test alone, and whatever a failing test leaves is undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.setattr(sys, "path", list(sys.path))
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


CHANGES: dict[str, tuple[Callable[[], object], ...]] = {
    "the working directory": (lambda: os.chdir("/"), lambda: shutil.rmtree(Path.cwd()) or os.chdir("/")),
    "the environment": (
        lambda: os.environ.update(HOME="elsewhere"),
        lambda: os.environ.pop("PATH"),
        lambda: os.environ.pop("NLPKIT_OFFLINE"),
        lambda: os.environ.update(NLPKIT_DATA_DIR_2="mine"),
    ),
    "the import path": (
        lambda: sys.path.reverse(),
        lambda: sys.path.clear(),
        lambda: setattr(sys, "path", []),
    ),
    "the locale": (lambda: locale.setlocale(locale.LC_ALL, "C"),),
    "the random state": (lambda: random.seed(1), lambda: np.random.seed(1), lambda: torch.manual_seed(1)),
    "signal handlers": (
        lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
        lambda: signal.signal(signal.SIGTERM, lambda *_: None),
    ),
    "the standard streams": (
        lambda: setattr(sys, "stdout", None),
        lambda: setattr(sys, "stderr", sys.stdin),
    ),
}
EACH = [(what, change) for what, changes in CHANGES.items() for change in changes]


@pytest.mark.parametrize(("what", "change"), EACH, ids=[what for what, _ in EACH])
def test_what_has_changed_is_put_back_and_named(what: str, change: Callable[[], object]) -> None:
    if what == "the locale" and locale.setlocale(locale.LC_ALL) == "C":
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    before = state()
    put_back = keep()
    change()
    gone = not Path.cwd().exists() or not Path(str(before[0])).exists()
    assert put_back() == (what,)
    assert state()[gone:] == before[gone:]


def test_warning_filters_are_put_back_without_a_word() -> None:
    before = state()
    put_back = keep()
    warnings.simplefilter("ignore")
    warnings.showwarning = print
    assert put_back() == ()
    assert state() == before


def test_of_nothing_that_has_changed_nothing_is_said() -> None:
    before = state()
    assert keep()() == ()
    assert state() == before


def test_what_is_new_and_in_nobodys_way_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    put_back = keep()
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    sys.path.append("vendored")
    assert put_back() == ()
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"
    assert sys.path[-1] == "vendored"


def test_a_folder_in_front_of_the_import_path_goes_to_its_end() -> None:
    before = list(sys.path)
    put_back = keep()
    sys.path.insert(0, "vendored")
    put_back()
    assert sys.path == [*before, "vendored"]


def test_standard_output_is_for_results_down_to_the_descriptor(capfd: pytest.CaptureFixture[str]) -> None:
    put_back = keep()
    print("printed")
    os.write(1, b"written\n")
    put_back()
    print("a result")
    os.write(1, b"another\n")
    captured = capfd.readouterr()
    assert (sorted(captured.out.split("\n")), captured.err) == (
        ["", "a result", "another"],
        "printed\nwritten\n",
    )


def test_a_closed_descriptor_is_open_again(capfd: pytest.CaptureFixture[str]) -> None:
    put_back = keep()
    os.close(1)
    os.close(2)
    put_back()
    os.write(1, b"out")
    os.write(2, b"err")
    assert capfd.readouterr() == ("out", "err")


def test_what_cannot_be_put_back_takes_nothing_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    put_back = keep()
    os.chdir(tmp_path)
    home.rmdir()
    random.seed(1)
    assert put_back() == ("the working directory", "the random state")
    assert keep()() == ()


def test_a_folder_that_is_gone_already_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    home.rmdir()
    assert keep()() == ()
