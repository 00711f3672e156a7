from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlpkit.cli import stopping
from nlpkit.cli.guard import CutOff, ProcessExit, guarded, stdout_for_results
from nlpkit.plugins import isolation
from nlpkit.plugins.isolation import Outcome, isolated

LONG_SECONDS = 1000.0


@pytest.fixture(autouse=True)
def a_process_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With one thread, signals that stop it and a folder; whatever a failing test leaves is undone."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(isolation, "_guard", guarded)
    monkeypatch.setattr(stopping, "stopped", None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.setenv("HOME", str(tmp_path))  # not every process has one
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def outcome(work: Callable[[], object], limit_seconds: float = LONG_SECONDS) -> Outcome:
    return isolated(lambda: work() and None, limit_seconds)


def state() -> list[object]:
    """What a plugin may not keep."""
    return [
        Path.cwd(),
        dict(os.environ),
        [signal.getsignal(number) for number in signal.valid_signals()],
        (sys.stdin, sys.stdout, sys.stderr),
        os._exit,
        signal.getitimer(signal.ITIMER_REAL),
    ]


def test_code_that_works_leaves_no_trace() -> None:
    before = state()
    found = outcome(lambda: None)
    assert (found.error, found.changed, found.threads) == (None, (), 0)
    assert state() == before


CHANGES: dict[str, tuple[Callable[[], object], ...]] = {
    "the working directory": (lambda: os.chdir("/"),),
    "the environment": (
        lambda: os.environ.update(HOME="elsewhere"),
        lambda: os.environ.pop("PATH"),
        lambda: os.environ.pop("NLPKIT_OFFLINE"),
        lambda: os.environ.update(NLPKIT_DATA_DIR_2="mine"),
    ),
    "signal handlers": (
        lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
        lambda: signal.signal(signal.SIGINT, lambda *_: None),
    ),
}
EACH = [(what, change) for what, changes in CHANGES.items() for change in changes]


@pytest.mark.parametrize(("what", "change"), EACH, ids=[what for what, _ in EACH])
def test_what_has_changed_is_put_back_and_named(what: str, change: Callable[[], object]) -> None:
    before = state()
    assert outcome(change).changed == (what,)
    assert state() == before


def test_standard_output_is_put_back() -> None:
    before = state()
    assert outcome(lambda: setattr(sys, "stdout", None)).error is None
    assert state() == before


def test_what_is_new_and_in_nobodys_way_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def add() -> None:
        monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")

    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    assert outcome(add).changed == ()
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"


def test_what_cannot_be_put_back_takes_nothing_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def remove() -> None:
        os.chdir(tmp_path)
        home.rmdir()
        os.environ["NLPKIT_OFFLINE"] = "0"

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    assert outcome(remove).changed == ("the environment",)
    assert os.environ["NLPKIT_OFFLINE"] == "1"


def test_without_a_current_folder_a_plugin_loads_as_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    os.chdir(tmp_path / "home")
    (tmp_path / "home").rmdir()
    found = outcome(lambda: None)
    assert (found.error, found.changed) == (None, ())


def test_standard_output_is_for_results_down_to_the_descriptor(capfd: pytest.CaptureFixture[str]) -> None:
    with stdout_for_results():
        print("printed")
        os.write(1, b"written\n")
    print("a result")
    os.write(1, b"another\n")
    captured = capfd.readouterr()
    assert sorted(captured.out.split("\n")) == ["", "a result", "another"]
    assert captured.err == "printed\nwritten\n"


def test_a_closed_descriptor_is_open_again(capfd: pytest.CaptureFixture[str]) -> None:
    with stdout_for_results():
        os.close(1)
    os.write(1, b"out")
    assert capfd.readouterr() == ("out", "")


@pytest.mark.parametrize("caught", [False, True])
def test_the_process_is_not_left(caught: bool) -> None:
    def leave() -> None:
        try:
            os._exit(3)
        except BaseException:
            if not caught:
                raise

    before = os._exit
    error = outcome(leave).error
    assert isinstance(error, ProcessExit)
    assert str(error) == "it calls os._exit(3)"
    assert os._exit is before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_that_the_code_forks_may_be_left() -> None:
    def fork() -> None:
        child = os.fork()
        if child == 0:
            os._exit(7)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    codes: list[int] = []
    assert outcome(fork).error is None
    assert codes == [7]


@pytest.mark.parametrize("caught", [False, True])
def test_a_signal_stops_us_even_where_the_code_catches_what_it_raises(caught: bool) -> None:
    def interrupted() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            if not caught:
                raise

    stopping.listen()
    with pytest.raises(stopping.Stopped) as stopped:
        outcome(interrupted)
    assert stopped.value.number == signal.SIGTERM


def test_a_second_signal_is_not_caught_also_while_a_plugin_loads() -> None:
    handlers: list[object] = []
    stopping.listen()

    def deaf() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            handlers.append(signal.getsignal(signal.SIGTERM))

    with pytest.raises(stopping.Stopped):
        outcome(deaf)
    assert handlers == [signal.SIG_DFL]


def test_an_interruption_of_the_codes_own_is_its_failure() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    error = outcome(interrupt).error
    assert isinstance(error, ProcessExit)
    assert str(error) == "it raises KeyboardInterrupt"


needs_alarm = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="there is no alarm here")


def alarm_in(module: str) -> Callable[[], None]:
    """The limit is reached while the body of a module runs, as in an import."""
    code = compile("signal.raise_signal(signal.SIGALRM)", "x.py", "exec")
    return lambda: exec(code, {"__name__": module, "signal": signal})


@needs_alarm
@pytest.mark.parametrize("module", ["it", "it.inside", "elsewhere"])
def test_code_is_cut_off_at_its_limit(module: str) -> None:
    before = state()
    error = outcome(alarm_in(module)).error
    assert isinstance(error, CutOff)
    assert str(error) == "not done after 1000 s; NLPKIT_PLUGIN_SECONDS sets another limit"
    assert state() == before


@needs_alarm
@pytest.mark.parametrize("module", ["torch", "numpy.linalg"])
def test_what_nlpkit_needs_itself_is_waited_for(module: str) -> None:
    assert outcome(alarm_in(module)).error is None


@needs_alarm
def test_code_that_catches_everything_is_cut_off_again_and_again() -> None:
    def stubborn() -> None:
        while len(caught) < 3:
            try:
                while True:
                    pass
            except BaseException as error:
                caught.append(error)

    caught: list[BaseException] = []
    assert outcome(stubborn, 0.01).error is None
    assert [type(error) for error in caught] == [CutOff] * 3


def test_beside_another_thread_nothing_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    before = state()
    seen: list[object] = []
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert outcome(lambda: seen.extend(state())).changed == ()
    assert seen == before
