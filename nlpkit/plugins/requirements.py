"""What plugins are built on: the distributions that theirs require, and the versions of these."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from nlpkit.plugins.finding import spelt
from nlpkit.version import DISTRIBUTION

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def versions_required(plugins: Iterable[str]) -> dict[str, str]:
    """The version of each distribution that these plugins' distributions require.

    One that only an extra requires is among them where it has been imported.
    """
    found = {}
    for plugin in plugins:
        for name, optional in _required(plugin):
            there = _installed(name)
            if there and (not optional or _imported(name, there)):
                found[name] = there.version or "unknown"
    return found


def _required(plugin: str) -> Iterator[tuple[str, bool]]:
    """The names of what a distribution requires beside nlpkit, and whether only an extra does."""
    there, known = _installed(plugin), {spelt(DISTRIBUTION), spelt(plugin)}
    for requirement in (there.requires if there else None) or ():
        name = _NAME.match(requirement)
        if name and spelt(name[0]) not in known:
            yield name[0], bool(re.search(r";.*\bextra\b", requirement))


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except (PackageNotFoundError, ValueError):  # ValueError: a plugin without a name
        return None


def _imported(name: str, there: Distribution) -> bool:
    read = there.read_text  # always UTF-8
    packages = (read("top_level.txt") or "").split()
    return any(package in sys.modules for package in (spelt(name), *packages))
