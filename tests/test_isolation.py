from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from nlpkit import isolation
from nlpkit.isolation import CutOff, ProcessExit, isolated

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
    "error",
    [ValueError("x"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseException(), MemoryError()],
)
def test_whatever_the_code_raises_is_given_back(error: BaseException) -> None:
    assert isolated(raising(error), "it", LONG_SECONDS).error is error


def test_code_that_works_leaves_no_trace() -> None:
    outcome = isolated(lambda: None, "it", LONG_SECONDS)
    assert (outcome.error, outcome.changed, outcome.threads) == (None, (), 0)
    assert outcome.seconds >= 0


@pytest.mark.parametrize("caught", [False, True])
def test_the_process_is_not_left(caught: bool) -> None:
    def leave() -> None:
        try:
            os._exit(3)
        except BaseException:
            if not caught:
                raise

    before = os._exit
    error = isolated(leave, "it", LONG_SECONDS).error
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
    assert isolated(fork, "it", LONG_SECONDS).error is None
    assert codes == [7]


@pytest.mark.parametrize("caught", [False, True])
def test_an_interruption_stops_us_even_where_the_code_catches_it(caught: bool) -> None:
    def interrupted() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            if not caught:
                raise

    with pytest.raises(KeyboardInterrupt):
        isolated(interrupted, "it", LONG_SECONDS)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_that_the_code_installs_is_put_back() -> None:
    outcome = isolated(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN) and None, "it", LONG_SECONDS)
    assert outcome.changed == ("signal handlers",)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


needs_alarm = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="there is no alarm here")


def ticks_in(*modules: str) -> Callable[[], None]:
    """A tick of the clock while the body of each module runs, as in an import."""
    code = compile("signal.raise_signal(signal.SIGALRM)", "x.py", "exec")

    def work() -> None:
        for module in modules:
            exec(code, {"__name__": module, "signal": signal})

    return work


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two ticks there are 600 seconds."""
    now = itertools.count(0.0, 600.0)
    monkeypatch.setattr(isolation, "clock", lambda: next(now))


@needs_alarm
@pytest.mark.usefixtures("slow_clock")
def test_code_is_cut_off_after_its_limit() -> None:
    for module in ("it", "it.inside"):
        assert isolated(ticks_in(module), "it", LONG_SECONDS).error is None
        error = isolated(ticks_in(module, module), "it", LONG_SECONDS).error
        assert isinstance(error, CutOff)
        assert str(error) == "not done after 1200.0 s (NLPKIT_PLUGIN_SECONDS=1000)"


@needs_alarm
@pytest.mark.usefixtures("slow_clock")
def test_what_the_code_imports_is_given_more_time() -> None:
    others = ["elsewhere", "elsewhere.inside"]
    assert isolated(ticks_in("it", *others * 4), "it", LONG_SECONDS).error is None
    assert isinstance(isolated(ticks_in("it", *others * 40), "it", LONG_SECONDS).error, CutOff)


@needs_alarm
@pytest.mark.usefixtures("slow_clock")
def test_what_nlpkit_needs_itself_is_waited_for() -> None:
    assert isolated(ticks_in(*["torch", "numpy.linalg"] * 40, "it"), "it", LONG_SECONDS).error is None


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
    assert isolated(stubborn, "it", 0.01).error is None
    assert [type(error) for error in caught] == [CutOff] * 3


@needs_alarm
def test_an_alarm_of_the_program_itself_is_not_lost() -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, LONG_SECONDS, 5)
    try:
        assert isolated(lambda: None, "it", 0.5).error is None
        remaining, interval = signal.getitimer(signal.ITIMER_REAL)
        assert LONG_SECONDS - 100 < remaining <= LONG_SECONDS
        assert interval == 5
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_in_another_thread_the_code_is_isolated_and_not_cut_off() -> None:
    outcomes = []
    thread = threading.Thread(
        target=lambda: outcomes.append(isolated(raising(SystemExit(3)), "it", LONG_SECONDS))
    )
    thread.start()
    thread.join()
    assert isinstance(outcomes[0].error, SystemExit)
    assert outcomes[0].changed == ()


def test_threads_that_would_keep_the_process_are_counted() -> None:
    def start() -> None:
        for daemon in (True, False):
            threading.Thread(target=done.wait, daemon=daemon).start()

    done = threading.Event()
    try:
        assert isolated(start, "it", LONG_SECONDS).threads == 1
    finally:
        done.set()
