from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from nlpkit.plugins.isolation import attempt, in_words, isolated

LONG_SECONDS = 1000.0


@pytest.fixture(autouse=True)
def a_signal_that_interrupts() -> Iterator[None]:
    """As in a terminal: what runs the tests in the background may have SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def raising(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize(
    "error", [ValueError("x"), SystemExit(3), GeneratorExit(), BaseException(), MemoryError()]
)
def test_whatever_the_code_raises_is_given_back(error: BaseException) -> None:
    outcome = isolated(raising(error), LONG_SECONDS)
    assert outcome.error is error
    assert outcome.seconds >= 0


def test_code_that_works_leaves_no_trace() -> None:
    outcome = isolated(lambda: None, LONG_SECONDS)
    assert (outcome.error, outcome.changed, outcome.threads) == (None, (), 0)


@pytest.mark.parametrize(
    "code",
    [
        "raise KeyboardInterrupt",
        "signal.raise_signal(signal.SIGINT)",
        "try:\n    signal.raise_signal(signal.SIGINT)\nfinally:\n    x = 1\n",
        "try:\n    signal.raise_signal(signal.SIGINT)\nexcept BaseException:\n    raise\n",
        "import _thread\n_thread.interrupt_main()\nwhile True:\n    pass\n",
    ],
)
def test_an_interruption_is_raised(code: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        attempt(lambda: exec(code))


@pytest.mark.parametrize("error", [SystemExit(3), TimeoutError("late"), KeyboardInterrupt()], ids=repr)
def test_whatever_a_handler_of_the_host_raises_is_raised(error: BaseException) -> None:
    class Host:
        def handle(self, number: int, frame: object) -> None:
            raise error

    signal.signal(signal.SIGINT, Host().handle)
    with pytest.raises(type(error)) as caught:
        attempt(lambda: signal.raise_signal(signal.SIGINT))
    assert caught.value is error


def test_threads_that_would_keep_the_process_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def start() -> None:
        for daemon in (True, False):
            threading.Thread(target=done.wait, daemon=daemon).start()

    done = threading.Event()
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    try:
        assert isolated(start, LONG_SECONDS).threads == 1
        monkeypatch.setattr(threading, "active_count", lambda: 2)
        assert isolated(start, LONG_SECONDS).threads == 0  # they may be of the host
    finally:
        done.set()


def test_nothing_is_replaced_while_the_code_runs() -> None:
    def look() -> None:
        seen.extend([os._exit, signal.getsignal(signal.SIGINT), signal.getitimer(signal.ITIMER_REAL)])

    seen: list[object] = []
    before = [os._exit, signal.getsignal(signal.SIGINT), signal.getitimer(signal.ITIMER_REAL)]
    assert isolated(look, LONG_SECONDS).error is None
    assert seen == before


def test_an_error_is_told_in_one_line() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert in_words(ValueError(" no such\n  thing: ")) == "ValueError: no such thing"
    assert in_words(ValueError()) == "ValueError"
    assert in_words(Mute()) == "Mute"
    assert len(in_words(ValueError("x" * 1000))) == 300
