from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import pytest

from nlpkit.plugins import isolation
from nlpkit.plugins.isolation import attempt, guard_plugins, guarded, in_words


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
    assert attempt(raising(error)) is error
    assert guarded(raising(error)) is error


def test_code_that_works_gives_no_error() -> None:
    assert guarded(lambda: None) is None


def test_a_plugin_is_loaded_inside_the_guard_of_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def guard() -> Iterator[None]:
        seen.append("in")
        yield
        seen.append("out")

    seen: list[str] = []
    monkeypatch.setattr(isolation, "_guard", nullcontext)
    monkeypatch.setattr(isolation, "_tell", str)
    guard_plugins(guard, str)
    assert guarded(lambda: seen.append("work")) is None
    assert seen == ["in", "work", "out"]


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


def test_an_error_is_told_in_one_line() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert in_words(ValueError(" no such\n  thing: ")) == "ValueError: no such thing"
    assert in_words(ValueError()) == "ValueError"
    assert in_words(Mute()) == "Mute"
    assert len(in_words(ValueError("x" * 1000))) == 300
