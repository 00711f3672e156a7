from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, repeat
from pathlib import Path
from typing import BinaryIO

import pytest

from nlpkit.system import forking
from nlpkit.system.forking import Child, can_fork, cores, in_parts, in_turn

HERE = os.getpid()
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(forking.__file__).parents[2])}

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes cannot be forked here")


@pytest.fixture(autouse=True)
def no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does, no child is at work afterwards, and none waits to be asked how it ended."""
    fork, forked = os.fork, []

    def noted() -> int:
        forked.append(fork())
        return forked[-1]

    monkeypatch.setattr(os, "fork", noted)
    yield
    for process in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


def work(message: bytes) -> bytes:
    """The message, and whether it was worked on here; some messages stand for what can go wrong."""
    here = os.getpid() == HERE
    if message == b"die" and not here:
        os.kill(os.getpid(), signal.SIGKILL)
    if message == b"fail":
        raise LookupError("no such row")
    if message == b"wait" and not here:
        signal.pause()
    return message + (b" here" if here else b"")


def numbers(count: int) -> list[bytes]:
    return [b"%d" % value for value in range(count)]


@pytest.mark.parametrize("processes", [2, 3, 9])
def test_results_come_in_the_order_of_the_messages_from_other_processes(processes: int) -> None:
    assert list(in_turn(work, numbers(7), processes)) == numbers(7)


def test_messages_and_results_may_be_of_any_size() -> None:
    messages = [b"", b"x" * 1_000_000, b"", b"yz" * 300_000]
    assert list(in_turn(lambda message: message * 3, messages, 2)) == [message * 3 for message in messages]


def test_each_process_works_on_many_messages() -> None:
    found = set(in_turn(lambda message: b"%d" % os.getpid(), numbers(20), 2))
    assert len(found) == 2


def test_a_lone_message_and_one_process_stay_here() -> None:
    assert list(in_turn(work, [b"a"], 4)) == [b"a here"]
    assert list(in_turn(work, [b"a", b"b"], 1)) == [b"a here", b"b here"]
    assert list(in_turn(work, [], 4)) == []


def test_messages_are_taken_only_as_processes_get_free() -> None:
    taken = count()
    results = in_turn(work, (b"%d" % next(taken) for _ in repeat(None)), 3)
    assert [next(results), next(results)] == [b"0", b"1"]
    assert next(taken) <= 5
    results.close()


def test_what_a_killed_process_had_to_do_is_done_here_and_another_takes_its_place() -> None:
    messages = [b"die", b"a", b"die", b"die", b"b", b"c"]
    found = list(in_turn(work, messages, 2))
    assert found == [b"die here", b"a", b"die here", b"die here", b"b", b"c"]


def test_an_error_is_raised_as_itself_in_its_turn() -> None:
    results = in_turn(work, [b"a", b"fail", b"wait"], 3)
    assert next(results) == b"a"
    with pytest.raises(LookupError, match="no such row"):
        next(results)


def test_what_works_is_stopped_where_nobody_waits_for_it() -> None:
    def messages() -> Iterator[bytes]:
        yield from [b"wait"] * 3
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(in_turn(work, messages(), 4))
    results = in_turn(work, [b"a", b"wait", b"wait"], 2)
    next(results)
    results.close()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt here, also where what started the tests has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_signal_in_the_middle_of_a_fork_loses_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fork

    def fork_and_be_interrupted() -> int:
        signal.raise_signal(signal.SIGINT)  # to this thread, which may not be the only one
        return real()

    monkeypatch.setattr(os, "fork", fork_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(in_turn(work, [b"wait"] * 3, 2))
    with pytest.raises(KeyboardInterrupt):
        in_parts(lambda part, file: signal.pause(), 3)


ORPHANS = """
import os, signal, sys
from nlpkit.system.forking import in_turn
results = in_turn(lambda message: b"%d" % os.getpid(), [b""] * 9, 2)
print(next(results).decode(), next(results).decode(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_processes_end_when_what_forked_them_is_killed() -> None:
    """They hold its standard output as well, so that this is at its end when all of them are gone."""
    ran = subprocess.run([sys.executable, "-c", ORPHANS], env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=60)
    assert ran.returncode == -signal.SIGKILL
    assert len(set(ran.stdout.split())) == 2


def share(part: int, file: BinaryIO) -> None:
    file.write(b"%d %d" % (part, os.getpid() != HERE))


def test_parts_are_in_their_order_and_the_first_is_done_here() -> None:
    assert [bytes(part) for part in in_parts(share, 3)] == [b"0 0", b"1 1", b"2 1"]
    assert in_parts(lambda part, file: None, 2) == [b"", b""]


def test_a_part_whose_process_is_killed_is_done_here() -> None:
    def half_and_die(part: int, file: BinaryIO) -> None:
        if part:
            file.write(b"half")
            file.flush()
            work(b"die")
            file.write(b"here")

    assert [bytes(part) for part in in_parts(half_and_die, 3)] == [b"", b"halfhere", b"halfhere"]


@pytest.mark.parametrize("bad", [0, 2])
def test_an_error_of_a_part_is_raised_as_itself(bad: int) -> None:
    def write(part: int, file: BinaryIO) -> None:
        file.write(work(b"fail" if part == bad else b"a"))

    with pytest.raises(LookupError, match="no such row"):
        in_parts(write, 3)


def test_where_processes_cannot_be_forked_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "can_fork", lambda: False)
    assert list(in_turn(work, numbers(3), 3)) == [b"0 here", b"1 here", b"2 here"]
    assert [bytes(part) for part in in_parts(share, 3)] == [b"0 0", b"1 0", b"2 0"]


def test_where_the_system_has_no_process_left_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    assert list(in_turn(work, numbers(3), 3)) == [b"0 here", b"1 here", b"2 here"]
    assert [bytes(part) for part in in_parts(share, 2)] == [b"0 0", b"1 0"]


def test_a_thread_of_a_server_does_not_fork() -> None:
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(lambda: list(in_turn(work, numbers(2), 3))).result()
    assert found == [b"0 here", b"1 here"]
    assert threading.current_thread() is threading.main_thread()


def test_what_was_forked_does_not_fork_again() -> None:
    def nested(message: bytes) -> bytes:
        inner = set(in_turn(lambda message: b"%d" % os.getpid(), numbers(2), 2))
        return b"alone" if inner == {b"%d" % os.getpid()} and os.getpid() != HERE else b"forked"

    assert list(in_turn(nested, numbers(2), 2)) == [b"alone", b"alone"]
    assert can_fork()


def test_a_child_has_one_torch_thread_and_leaves_those_of_its_parent() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert list(in_turn(lambda message: b"%d" % torch.get_num_threads(), numbers(2), 2)) == [b"1", b"1"]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_what_a_child_ended_with_is_kept_once_it_has_been_asked_for() -> None:
    for work, well in ((lambda: None, True), (lambda: 1 / 0, False)):
        child = Child(work)  # type: ignore[arg-type]
        while child.alive():
            pass
        assert (child.finished(), child.finished()) == (well, well)


def test_a_child_is_alive_until_it_ends_and_can_be_stopped() -> None:
    endless = Child(signal.pause)
    assert endless.alive()
    endless.stop()
    assert not endless.alive()
    assert not endless.finished()
    assert Child(lambda: None).finished()


def test_a_child_that_somebody_else_has_waited_for_counts_as_failed() -> None:
    child = Child(lambda: None)
    os.waitpid(child.process, 0)
    assert not child.finished()
    child = Child(lambda: None)
    os.waitpid(child.process, 0)
    assert not child.alive()


def test_there_is_a_core() -> None:
    assert cores() >= 1


PRINTS = """
import sys
from nlpkit.system.forking import in_parts
sys.stdout.write("once")
in_parts(lambda part, file: print("", end=""), 3)
"""


def test_what_was_printed_before_is_printed_once() -> None:
    ran = subprocess.run([sys.executable, "-W", "error", "-c", PRINTS], env=ENVIRONMENT, capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"once", b"")
