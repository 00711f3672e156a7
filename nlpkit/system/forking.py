"""The same work on several cores, in processes forked from this one: they see its memory as it was.

Nothing is pickled and no module is imported a second time, so that any function will do, a plugin's as well.
A process that is killed costs time and nothing else: this one does its work again.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from io import BytesIO
from itertools import chain, islice
from mmap import ACCESS_READ, mmap
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from nlpkit.system.stopping import hold

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_KILLED_WITH_PARENT = 1  # of prctl in Linux
_FAILED = 256  # what os.waitpid has for exit code 1
_forked = False  # whether this process is one that was forked here


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether processes may be forked from here.

    Not on Windows; not on macOS, where its own libraries forbid it; not from a thread of a server, whose
    other threads may hold locks that nobody in the child gives back; not from what was forked already.
    """
    in_main = threading.current_thread() is threading.main_thread()
    return hasattr(os, "fork") and sys.platform != "darwin" and in_main and not _forked


def in_turn(work: Callable[[bytes], bytes], messages: Iterable[bytes], processes: int) -> Generator[bytes]:
    """What `work` makes of each message, in their order; up to `processes` work at once, each on one message.

    Messages are taken as processes get free for them, so that endless ones take bounded memory. A lone one
    is worked on here, and so is one whose process fails, so that its error is raised here.
    """
    rest = iter(messages)
    first = list(islice(rest, 2))
    if processes < 2 or len(first) < 2 or not can_fork():
        yield from map(work, chain(first, rest))
        return
    busy: deque[_Worker] = deque()  # whose message came first is first
    try:
        for message in chain(first, rest):
            if len(busy) < processes:
                with signals_held():
                    busy.append(_Worker(work, tuple(busy)))
                busy[-1].send(message)
            else:
                result = busy[0].result()
                busy[0].send(message)
                busy.rotate(-1)
                yield result
        while busy:
            result = busy[0].result()
            busy[0].stop()
            busy.popleft()
            yield result
    finally:
        for worker in busy:
            worker.stop()


class _Worker:
    """A process that works on one message after the other; after its death another takes its place."""

    def __init__(self, work: Callable[[bytes], bytes], others: Iterable[_Worker]) -> None:
        self._work = work
        self._others = others
        self._start()

    def _start(self) -> None:
        from multiprocessing import Pipe

        self._end, its_end = Pipe()
        self._child = Child(partial(self._serve, its_end))
        its_end.close()

    def _serve(self, end: Connection) -> None:
        """In the child: work until the parent closes its end, or ends; so no other child may hold that."""
        for worker in (*self._others, self):
            worker._end.close()
        with suppress(EOFError):
            while True:
                end.send_bytes(self._work(end.recv_bytes()))

    def send(self, message: bytes) -> None:
        self._message = message
        with suppress(OSError):  # it has died, which `result` finds out
            self._end.send_bytes(message)

    def result(self) -> bytes:
        """What the work makes of the message that was sent."""
        try:
            return self._end.recv_bytes()
        except (EOFError, OSError):
            self.stop()
            result = self._work(self._message)
            with signals_held():
                self._start()
            return result

    def stop(self) -> None:
        self._child.stop()
        self._end.close()


def in_parts(work: Callable[[int, BinaryIO], None], parts: int) -> list[mmap | bytes]:
    """What `work(part, file)` writes for each part from 0, each in a process of its own, part 0 in this one.

    A part whose process fails is worked on again in this process, so that its error is raised here. What
    processes write goes through temporary files; OSError where there is no place for these.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(1, parts)]
        writing = [partial(_write, work, part, file) for part, file in enumerate(files, 1)]
        children = stack.enter_context(forked(writing))
        first = _written(work, 0)
        return [
            first,
            *(
                _content(file) if child.finished() else _written(work, part)
                for part, (child, file) in enumerate(zip(children, files, strict=True), 1)
            ),
        ]


def _write(work: Callable[[int, BinaryIO], None], part: int, file: BinaryIO) -> None:
    work(part, file)
    file.flush()


def _written(work: Callable[[int, BinaryIO], None], part: int) -> bytes:
    file = BytesIO()
    work(part, file)
    return file.getvalue()


def _content(file: BinaryIO) -> mmap | bytes:
    size = file.seek(0, os.SEEK_END)
    return mmap(file.fileno(), size, access=ACCESS_READ) if size else b""


class Child:
    """A process that does some work and ends; where none can be forked it has failed already."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.process = 0
        self.killed = False  # by a signal: of another program, or for lack of memory
        self._ended = _FAILED  # what it ended with, once it has
        if not can_fork():
            return
        for stream in (sys.stdout, sys.stderr):  # or what they hold would be written twice
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        with warnings.catch_warnings(), suppress(OSError):  # too many processes, too little memory
            # Python warns of forking beside threads: torch's are idle, and the child starts none
            warnings.simplefilter("ignore", DeprecationWarning)
            parent = os.getpid()
            self.process = os.fork()
            if not self.process:
                _end_after(work, parent)

    def finished(self) -> bool:
        """Wait for the end of it; whether all went well."""
        return self._status(0) == 0

    def alive(self) -> bool:
        """Whether it is still at work."""
        return self._status(os.WNOHANG) is None

    def _status(self, options: int) -> int | None:
        """What it ended with; None where `options` say not to wait, and it is still at work."""
        if not self.process:
            return self._ended
        process, status = self.process, _FAILED
        with suppress(ChildProcessError):  # somebody else waits for all children
            process, status = os.waitpid(self.process, options)
        if not process:
            return None
        self.process, self._ended = 0, status
        self.killed = os.WIFSIGNALED(status)
        return status

    def ask_to_stop(self) -> None:
        """Ask it to end, which it may do in its own time."""
        if self.process:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGTERM)

    def stop(self) -> None:
        """End it now, if it has not ended."""
        if self.process:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            self.finished()


@contextmanager
def forked(works: Iterable[Callable[[], None]]) -> Iterator[list[Child]]:
    """A process for each piece of work; those that have not ended when this is left are stopped."""
    with ExitStack() as stack:
        children = []
        for work in works:
            with signals_held():
                children.append(Child(work))
                stack.callback(children[-1].stop)
        yield children


@contextmanager
def signals_held() -> Iterator[None]:
    """What would stop this process waits until a child that was started inside is known to who tidies up."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(number: int, frame: FrameType | None) -> None:
    """A signal to the child, which a key or a service sends to all processes at once: it waits for the end of
    the step that all are in, or ends the child.
    """
    if not hold(KeyboardInterrupt()):
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def end_with(parent: int) -> None:
    """Let the kernel kill this process when its parent is killed: it would hold what others wait for."""
    with suppress(OSError, AttributeError):  # Linux has it
        import ctypes

        ctypes.CDLL(None).prctl(_KILLED_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was killed before
        os._exit(1)


def _end_after(work: Callable[[], None], parent: int) -> NoReturn:
    """Do the work in the child, and leave without what the parent has still to tidy up."""
    global _forked
    code = 1
    try:
        _forked = True
        end_with(parent)
        for number in _STOPPING:
            signal.signal(number, _stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        gc.freeze()  # or the first look for cycles would copy all that is shared
        if torch := sys.modules.get("torch"):  # one core each; a second thread would wait for the parent's
            torch.set_num_threads(1)
        work()
        code = 0
    finally:
        os._exit(code)
