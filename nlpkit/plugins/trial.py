"""The process in which plugins are tried: each is loaded in a fork of its own, and the fork ends.

What is found out goes into a folder for each plugin, which `judging` reads:

report.json     the plugin as it is after it was loaded, and the files it came from; missing if it never was
begun           there once the plugin is being tried
stdout, stderr  what it printed
late            what it printed after it was loaded
trace           where it was when its time was over, or where it crashed
code            what its process ended with; missing if it had to be killed
left            there if a process of its own was left running
"""

from __future__ import annotations

import atexit
import faulthandler
import json
import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import NoReturn

from nlpkit.plugins.catalogue import Plugin
from nlpkit.plugins.finding import FoundPlugin
from nlpkit.plugins.footprint import Footprint, Functions, functions
from nlpkit.plugins.hooks import GROUP
from nlpkit.plugins.importing import has_file, imported, package_of
from nlpkit.plugins.isolation import in_words
from nlpkit.plugins.leftovers import THREAD_SECONDS, Leftovers, adopt, end_children
from nlpkit.plugins.loading import alone, built_in

MOST_AT_ONCE = 12
EXIT_SECONDS = 2.0  # for what a plugin has registered with atexit
GRACE_SECONDS = 1.0  # after which a process that has not ended itself is killed
_write, _leave, _encode = os.write, os._exit, json.JSONEncoder().encode  # plugins change them


@dataclass(frozen=True)
class Trial:
    """One plugin, the folder for what is found out about it, and the time it has."""

    plugin: FoundPlugin
    folder: Path
    limit_seconds: float

    def begin(self) -> float:
        """Mark the beginning; until when the process may take, however busy it is."""
        (self.folder / "begun").touch()
        return time.monotonic() + self.limit_seconds + THREAD_SECONDS + EXIT_SECONDS + GRACE_SECONDS

    def run(self, before: Functions) -> None:
        """Load the plugin and report; after that the process should end by itself.

        `before` are the functions there are in this process.
        """
        trace = os.open(self.folder / "trace", os.O_WRONLY | os.O_CREAT, 0o600)  # open to the very end
        _redirect(self.folder)
        # it was registered first, so it is called last: what follows is no plugin's
        atexit.register(faulthandler.dump_traceback_later, self.limit_seconds, exit=True, file=trace)
        faulthandler.enable(trace)
        faulthandler.dump_traceback_later(self.limit_seconds, exit=True, file=trace)
        self._report_exits()
        package = package_of(self.plugin.point) if self.plugin.point else ""
        plugin, files = self._loaded(Leftovers(), Footprint(before, package))
        self._report(plugin, files)
        if plugin.problem:
            _leave(0)  # it is known already: nothing is waited for
        _lead(1, self.folder / "late")
        faulthandler.dump_traceback_later(EXIT_SECONDS, exit=True, file=trace)

    def _loaded(self, leftovers: Leftovers, footprint: Footprint) -> tuple[Plugin, list[str]]:
        """The plugin after it was loaded, with what is wrong with it, and the files it came from."""
        errors: list[BaseException] = []

        def attempt(work: Callable[[], None]) -> BaseException | None:
            try:
                work()
            except BaseException as error:  # whatever that is: this process is the plugin's own
                errors.append(error)
            footprint.put_builtins_back()
            return errors[0] if errors else None

        with alone():
            plugin = imported(self.plugin, built_in(), attempt)
        if os.getpid() != leftovers.process:  # a copy of this process, made by the plugin
            _leave(0)
        try:
            problem = _joined(plugin.problem, footprint.changes()) or leftovers.problem()
            notes = () if problem else tuple(_notes(self.folder, leftovers))
            return replace(plugin, problem=problem, notes=notes), sorted(leftovers.files(errors))
        except BaseException as error:  # it has changed what this is written in
            problem = plugin.problem or f"it breaks Python's own functions: {in_words(error)}"
            return replace(plugin, problem=problem), []

    def _report(self, plugin: Plugin, files: list[str]) -> None:
        text = _encode({"plugin": asdict(plugin), "files": files})
        _save(self.folder / "report.json", text)

    def _report_exits(self) -> None:
        """Have `os._exit` say who calls it, in this process alone."""
        process = os.getpid()

        def exit_and_tell(status: int) -> NoReturn:
            if os.getpid() == process and not (self.folder / "report.json").exists():
                problem, place = f"it calls os._exit({status})", _caller(self.plugin)
                self._report(replace(Plugin.of(self.plugin), problem=problem, place=place), [])
            _leave(status)

        os._exit = exit_and_tell


def main() -> None:
    """Try the plugins that standard input lists, in forks; where there are none it lists one."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, [])  # they were held while this process was started
    trials = deque(_trial(each) for each in json.load(sys.stdin))
    if hasattr(os, "fork"):
        _run_all(trials)
    else:
        trials[0].begin()
        trials[0].run(_known())


def _trial(task: dict[str, str]) -> Trial:
    point = EntryPoint(task["name"], task["value"], GROUP)
    plugin = FoundPlugin(task["name"], task["distribution"], task["version"], point)
    return Trial(plugin, Path(task["folder"]), float(task["limit_seconds"]))


def _known() -> Functions:
    import click  # noqa: F401  what else the command line needs

    built_in()  # which imports what every plugin needs
    return functions()


def _run_all(waiting: deque[Trial]) -> None:
    """Run each in a fork; in a fork this returns, so that the fork ends as any process does."""
    running: dict[int, tuple[Trial, float]] = {}
    known = _known()
    adopt()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        while waiting or running:
            while waiting and len(running) < MOST_AT_ONCE:
                trial = waiting.popleft()
                end = trial.begin()
                process = os.fork()
                if not process:
                    running.clear()
                    waiting.clear()
                    signal.signal(signal.SIGTERM, signal.SIG_DFL)
                    os.setsid()
                    adopt()
                    return trial.run(known)
                running[process] = trial, end
            _look_after(running)
            time.sleep(0.005)
    finally:
        for process in running:
            _kill(process)
            os.waitpid(process, 0)
        end_children()  # those that left their session


def _look_after(running: dict[int, tuple[Trial, float]]) -> None:
    """Write down how those that have ended did so, and end those whose time is over."""
    for process, (trial, end) in list(running.items()):
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            (trial.folder / "code").write_text(str(os.waitstatus_to_exitcode(status)), encoding="ascii")
        elif time.monotonic() < end:
            continue
        if _kill(process) and ended:
            (trial.folder / "left").touch()
        if not ended:
            os.waitpid(process, 0)
        del running[process]


def _kill(process: int) -> bool:
    """Kill a fork and all that it has started; whether there was anything left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
        return True
    return False


def _redirect(folder: Path) -> None:
    """Standard input is empty, and what is printed is kept apart."""
    for descriptor, file in enumerate((Path(os.devnull), folder / "stdout", folder / "stderr")):
        _lead(descriptor, file)


def _lead(descriptor: int, file: Path) -> None:
    opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)


def _save(path: Path, text: str) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    _write(opened, text.encode("utf-8", "surrogatepass"))
    os.close(opened)


def _joined(raised: str, changes: Sequence[str]) -> str:
    """What the plugin raised and what it changes, in a sentence."""
    if not changes:
        return raised
    listed = " and ".join(filter(None, [", ".join(changes[:-1]), changes[-1]]))
    said = f"it changes {listed} when it is imported: leave the process as it is"
    return f"{raised}; {said}" if raised else said


def _notes(folder: Path, leftovers: Leftovers) -> Iterator[str]:
    """What the author of a plugin that works should mend all the same."""
    if "torch" in leftovers.new_modules():
        yield "it imports torch, which makes every command slow: import it where build() needs it"
    sys.stdout.flush()
    if (folder / "stdout").stat().st_size:
        yield "it prints when it is imported"


def _caller(plugin: FoundPlugin) -> str:
    """The innermost line that is the plugin's, as file:line."""
    for frame in reversed(traceback.extract_stack()):
        if has_file(plugin, frame.filename):
            return f"{frame.filename}:{frame.lineno}"
    return ""


if __name__ == "__main__":
    main()
