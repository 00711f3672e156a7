"""Which plugins may be imported here: those that did no harm when another process loaded them.

The interface that a plugin is written for is read first, and one for another is not tried (`interface`).
A process is started for those that have no verdict yet (`trial`), and what it found is kept (`verdicts`).
Where no process can be started every plugin may be, and is tried as it comes.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from nlpkit.plugins import verdicts as kept
from nlpkit.plugins.catalogue import Plugin
from nlpkit.plugins.finding import FoundPlugin
from nlpkit.plugins.importing import has_file
from nlpkit.plugins.interface import looked_at
from nlpkit.plugins.isolation import tell_who_waits
from nlpkit.plugins.leftovers import LEFT
from nlpkit.system.forking import signals_held
from nlpkit.system.terminal import counted, listed

# with the modules that this process would find; -P, as no file of the current folder is meant
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from nlpkit.plugins.trial import main; main()"
)
_GRACE_SECONDS = 10.0  # for Python to start, on a machine that has other things to do
_TOLD_SECONDS = 1.0  # after which who waits is told what for

Judged = tuple[Plugin, list[Path]]  # and the files it came from


def verdicts(plugins: Sequence[FoundPlugin], limit_seconds: float) -> list[tuple[FoundPlugin, Plugin]]:
    """What is known of each plugin; one with a problem is not to be imported."""
    if not plugins:
        return []
    around = kept.surroundings(limit_seconds)
    seen: dict[Path, list[kept.Stamp]] = {}
    paths = [kept.path_of(each, around, seen) for each in plugins]
    found = [kept.read(path) if path else None for path in paths]
    known = [verdict or looked_at(each) for each, verdict in zip(plugins, found, strict=True)]
    new = [
        place
        for place, each in enumerate(plugins)
        if each.point is not None and found[place] is None and not known[place].problem
    ]
    with suppress(OSError):
        for place, judged in zip(new, _tried([plugins[place] for place in new], limit_seconds), strict=True):
            if judged:
                plugin, files = judged
                known[place] = replace(plugin, api=known[place].api)
                if path := paths[place]:
                    kept.write(path, known[place], files)
    return list(zip(plugins, known, strict=True))


def _tried(plugins: Sequence[FoundPlugin], limit_seconds: float) -> list[Judged | None]:
    """Each plugin after its trial, None where there was none; OSError where no process can be started."""
    if not plugins:
        return []
    with TemporaryDirectory(prefix="nlpkit-plugins-", ignore_cleanup_errors=True) as folder:
        folders = [Path(folder, str(number)) for number in range(len(plugins))]
        tasks = [_task(*each, limit_seconds) for each in zip(plugins, folders, strict=True)]
        _run([tasks] if hasattr(os, "fork") else [[each] for each in tasks], limit_seconds)
        return [_judged(*each, limit_seconds) for each in zip(plugins, folders, strict=True)]


def _task(each: FoundPlugin, folder: Path, limit_seconds: float) -> dict[str, str]:
    """What `trial` is told of a plugin."""
    folder.mkdir()
    value = each.point.value if each.point else ""
    own = {"name": each.name, "value": value, "distribution": each.distribution, "version": each.version}
    return {**own, "folder": str(folder), "limit_seconds": repr(limit_seconds)}


def _run(parts: Sequence[Sequence[dict[str, str]]], limit_seconds: float) -> None:
    """Run a process for each part of the tasks, all at once, and wait for the last one."""
    most_seconds = sum(map(len, parts)) * limit_seconds + _GRACE_SECONDS  # if nothing were done at once
    with ExitStack() as stack:
        running = []
        for part in parts:
            with signals_held():
                running.append(_started(part))
                stack.callback(_stop, running[-1])
        try:
            running[0].wait(_TOLD_SECONDS)
        except subprocess.TimeoutExpired:
            names = [each["name"] for part in parts for each in part]
            tell_who_waits(f"trying {counted(len(names), 'new plugin')}, once: {listed(names)}")
        for process, part in zip(running, parts, strict=True):
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(most_seconds)
                if not hasattr(os, "fork"):
                    Path(part[0]["folder"], "code").write_text(str(code), encoding="ascii")


def _started(tasks: Sequence[dict[str, str]]) -> subprocess.Popen[bytes]:
    if not sys.executable or getattr(sys, "frozen", False):
        raise FileNotFoundError("there is no Python to start")
    file = Path(tasks[0]["folder"], "tasks.json")
    file.write_text(json.dumps(tasks), encoding="utf-8")
    with file.open("rb") as listed:
        return subprocess.Popen(  # noqa: S603  this Python, with code of ours
            [sys.executable, "-P", "-c", _START, json.dumps(sys.path)],
            stdin=listed,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process, which stops the other
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, after it has ended those it has started."""
    process.terminate()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _judged(each: FoundPlugin, folder: Path, limit_seconds: float) -> Judged | None:
    """What a trial has left in its folder, as a verdict; None where it was never begun."""
    if not (folder / "begun").exists():
        return None
    plugin, files, reported = Plugin.of(each), [], False
    with suppress(OSError, ValueError, TypeError, KeyError):
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        plugin, files, reported = kept.from_plain(report["plugin"]), list(map(Path, report["files"])), True
    if not plugin.problem:
        problem = _ending(folder, limit_seconds, reported)
        place = _place(each, _text(folder / "trace")) if problem else ""
        plugin = replace(plugin, problem=problem, place=place, notes=() if problem else plugin.notes)
    return plugin, [*files, *[Path(re.sub(r":\d+$", "", plugin.place))] * bool(plugin.place)]


def _ending(folder: Path, limit_seconds: float, reported: bool) -> str:
    """What was wrong with how the process ended; empty where it was loaded and all went well."""
    code, trace = _text(folder / "code"), _text(folder / "trace")
    if not code or "Timeout (" in trace:
        if reported:
            return "it keeps the process from ending: look at what it registers with atexit"
        return f"not done after {limit_seconds:g} s; NLPKIT_PLUGIN_SECONDS sets another limit"
    if code != "0" or not reported:
        ended = _code_in_words(int(code))
        if reported:
            return f"it makes the process end with {ended}: look at what it registers with atexit"
        return f"it ends the process with {ended} when it is imported{_last_words(folder)}"
    if _text(folder / "late"):
        return "it prints to standard output when the process ends, after the results"
    if (folder / "left").exists():
        return LEFT
    return ""


def _code_in_words(code: int) -> str:
    with suppress(ValueError):
        if code < 0:
            return f"the signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _last_words(folder: Path) -> str:
    """The last line it wrote to standard error, which may say why."""
    lines = _text(folder / "stderr").split("\n")
    said = " ".join(next((line for line in reversed(lines) if line.strip()), "").split())[:200]
    return f": {said}" if said else ""


def _place(each: FoundPlugin, trace: str) -> str:
    """The innermost line of a plugin in what faulthandler writes, as file:line."""
    for file, line in re.findall(r'^  File "(.*)", line (\d+) in ', trace, re.MULTILINE):
        if has_file(each, file):
            return f"{file}:{line}"
    return ""


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""
