"""What became of plugins when they were tried, kept for later commands: one small file a plugin.

A verdict is of one version of everything it may depend on: the plugin's files, the distributions that are
installed, Python, nlpkit and the time limit. Any change of these asks for another.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, fields
from importlib.machinery import all_suffixes
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nlpkit.errors import NlpkitError
from nlpkit.plugins.catalogue import Plugin
from nlpkit.plugins.finding import FoundPlugin
from nlpkit.plugins.importing import package_of
from nlpkit.system.atomic import atomic_text
from nlpkit.system.cache import cache_folder
from nlpkit.version import PLUGIN_API, __version__

FORMAT = 1
BROKEN_SECONDS = 86_400  # a disk that was slow, or a variable that was not set, may be better tomorrow
FINE_SECONDS = 30 * 86_400
_METADATA = (".dist-info", ".egg-info")
_CODE = tuple(all_suffixes())  # .py, .pyc and those of compiled code

Stamp = list[Any]  # a path, when it was changed in nanoseconds, and its bytes


def surroundings(limit_seconds: float) -> str:
    """What the verdicts on all plugins depend on."""
    return repr(
        [
            *(FORMAT, __version__, PLUGIN_API, sys.version, sys.prefix, limit_seconds),
            sys.path[1:],  # 0: where we are
            sorted(name for folder in sys.path for name in _distributions(folder or os.curdir)),
            stamps(_below(Path(__file__).parent)),
        ]
    )


def path_of(each: FoundPlugin, surroundings: str, seen: dict[Path, list[Stamp]]) -> Path | None:
    """Where the verdict on a plugin is kept, if it has one; None where nothing can be kept. `seen` are the
    folders that were looked at for others.
    """
    if each.point is None:
        return None
    own = [each.name, each.point.value, each.distribution, each.version, _code_of(each, seen)]
    with suppress(NlpkitError):
        digest = hashlib.sha256(f"{own}{surroundings}".encode("utf-8", "surrogatepass"))
        return cache_folder() / "plugins" / f"{digest.hexdigest()}.json"
    return None


def read(path: Path) -> Plugin | None:
    """The verdict that is kept here; None where there is none that still holds."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        plugin = from_plain(kept["plugin"])
        age = time.time() - path.stat().st_mtime
        files = [Path(file) for file, *_ in kept["files"]]
        holds = age < (BROKEN_SECONDS if plugin.problem else FINE_SECONDS) and stamps(files) == kept["files"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return plugin if holds else None


def write(path: Path, plugin: Plugin, files: Iterable[Path]) -> None:
    """Keep a verdict, and those of the files it was made from that `path` says nothing of."""
    with suppress(NlpkitError, OSError):  # without it the plugin is tried again
        _remove_old(path.parent)
        path.unlink(missing_ok=True)
        with atomic_text(path) as file:
            json.dump({"plugin": asdict(plugin), "files": stamps(files)}, file)


def forget() -> None:
    """Have every plugin tried again."""
    with suppress(NlpkitError, OSError):
        for path in (cache_folder() / "plugins").glob("*.json"):
            path.unlink(missing_ok=True)


def from_plain(plain: dict[str, Any]) -> Plugin:
    """A plugin as JSON has it; TypeError or KeyError where it is none."""
    values: dict[str, Any] = {field.name: plain[field.name] for field in fields(Plugin)}
    values = {name: tuple(each) if type(each) is list else each for name, each in values.items()}
    for name, like in asdict(Plugin("", "", "", api=1)).items():
        if type(values[name]) is not type(like) and (name, values[name]) != ("api", None):
            raise TypeError(f"{name} is {values[name]!r}")
    return Plugin(**values)


def stamps(files: Iterable[Path | str]) -> list[Stamp]:
    """What tells that a file has changed, for each that there is."""
    found: list[Stamp] = []
    for file in sorted(map(str, files)):
        with suppress(OSError, ValueError):
            status = Path(file).stat()
            found.append([file, status.st_mtime_ns, status.st_size])
    return found


def _distributions(folder: str) -> Iterator[str]:
    with suppress(OSError):
        yield from (each.name for each in os.scandir(folder) if each.name.endswith(_METADATA))


def _code_of(each: FoundPlugin, seen: dict[Path, list[Stamp]]) -> list[Stamp]:
    """The files of a plugin's package, or of a lone module and those beside it; nothing is imported."""
    spec = None
    with suppress(Exception):  # finders are anyone's code
        spec = find_spec(package_of(each.point)) if each.point else None
    if spec and spec.origin and not spec.submodule_search_locations:
        folder = Path(spec.origin).parent
        if folder not in seen:
            seen[folder] = stamps(_in(folder))
        return seen[folder]
    folders = (spec and spec.submodule_search_locations) or ()
    return stamps(file for folder in folders for file in _below(folder))


def _in(folder: Path) -> Iterator[str]:
    with suppress(OSError):
        yield from (entry.path for entry in os.scandir(folder) if entry.name.endswith(_CODE))


def _below(folder: Path | str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (f"{parent}{os.sep}{name}" for name in names if name.endswith(_CODE))


def _remove_old(folder: Path) -> None:
    for path in folder.glob("*.json"):
        if time.time() - path.stat().st_mtime > FINE_SECONDS:
            path.unlink(missing_ok=True)
