"""Whose failure an error is: a plugin's, where code of its distribution was at work."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path
from types import CodeType
from typing import Any

from nlpkit.errors import GivenError
from nlpkit.plugins.finding import FoundPlugin, found, spelt
from nlpkit.plugins.isolation import in_words


class HookError(GivenError, ValueError):
    """What a hook gives is of no use."""


@dataclass(frozen=True)
class Blame:
    """The plugin whose code failed, and where (file:line)."""

    distribution: str
    version: str
    place: str
    error: BaseException

    def __str__(self) -> str:
        return f"{self.distribution} {self.version} failed in {self.place}: {in_words(self.error)}"


def blame(error: BaseException) -> Blame | None:
    """The plugin that an error came out of, by the innermost frame that is a plugin's; None without one."""
    owners = _owners()
    for each in _with_causes(error):
        for module, code, line in _places(each) if owners else ():
            if plugin := owners.get(module.partition(".")[0]):
                return Blame(plugin.distribution, plugin.version, f"{_file(code)}:{line}", each)
    return None


def _places(error: BaseException) -> Iterator[tuple[str, CodeType, int]]:
    """Whose code an error came out of, the innermost first: module, code and line."""
    if isinstance(error, GivenError):
        function: Any = error.function
        while isinstance(function, partial):
            function = function.func
        function = inspect.unwrap(function) if callable(function) else function
        if code := getattr(function, "__code__", None):
            yield str(function.__module__), code, code.co_firstlineno
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        yield str(frame.f_globals.get("__name__")), frame.f_code, line


def _owners() -> dict[str, FoundPlugin]:
    """The plugin that each top-level package belongs to, where it belongs to one."""
    plugins = {spelt(each.distribution): each for each in found()}
    owners = {
        each.point.value.partition(":")[0].partition(".")[0].strip(): each for each in found() if each.point
    }
    with suppress(Exception):  # metadata of any package that cannot be read
        for package, distributions in packages_distributions().items() if plugins else ():
            for plugin in map(plugins.get, map(spelt, distributions)):
                if plugin:
                    owners.setdefault(package, plugin)
    return {name: each for name, each in owners.items() if name not in {"nlpkit", *sys.stdlib_module_names}}


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and then what was being handled when it was raised, as a traceback shows it."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _file(code: CodeType) -> str:
    path = Path(code.co_filename)
    return f"{path.parent.name}/{path.name}" if path.name == "__init__.py" else path.name
