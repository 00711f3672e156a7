from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from nlpkit.cli import stopping
from nlpkit.cli.guard import guarded, stdout_for_results


@pytest.fixture(autouse=True)
def signals_of_our_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What stops us is put back."""
    monkeypatch.setattr(stopping, "stopped", None)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


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


def test_what_a_plugin_prints_while_it_loads_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with guarded():
        print("from afar")
    assert sys.stdout is before
    assert capfd.readouterr() == ("", "from afar\n")


@pytest.mark.parametrize("caught", [False, True])
def test_a_signal_stops_us_even_where_the_code_catches_what_it_raises(caught: bool) -> None:
    stopping.listen()
    with pytest.raises(stopping.Stopped) as stopped, guarded():
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            if not caught:
                raise
    assert stopped.value.number == signal.SIGTERM


@pytest.mark.parametrize(("seconds", "ended"), [(1000.0, []), (-1.0, [signal.SIGTERM])])
def test_a_second_signal_is_not_caught_also_while_a_plugin_loads_unless_it_is_the_same_one(
    monkeypatch: pytest.MonkeyPatch, seconds: float, ended: list[int]
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(stopping, "_SAME_SECONDS", seconds)
    monkeypatch.setattr(stopping.os, "kill", lambda process, number: sent.append(number))
    stopping.listen()
    with pytest.raises(stopping.Stopped), guarded():
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            signal.raise_signal(signal.SIGTERM)
    assert sent == ended
    assert (signal.getsignal(signal.SIGTERM) == signal.SIG_DFL) == bool(ended)


def test_a_plugin_that_reads_standard_input_while_it_loads_finds_its_end_and_takes_nothing() -> None:
    standard, (reading, writing) = os.dup(0), os.pipe()
    os.write(writing, b"a text")
    os.dup2(reading, 0)
    try:
        with guarded():
            assert os.read(0, 100) == b""
        assert os.read(0, 100) == b"a text"
    finally:
        os.dup2(standard, 0)
        for descriptor in (standard, reading, writing):
            os.close(descriptor)
