"""Which plugins are installed, read off the metadata of distributions: no code of theirs is imported."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points

from nlpkit.plugins.hooks import GROUP

COMMANDS = "nlpkit.commands"  # entry points of verbs


@dataclass(frozen=True)
class FoundPlugin:
    """A plugin before it is imported; without a `point` it cannot be, and `problem` says why."""

    name: str
    distribution: str
    version: str
    point: EntryPoint | None
    problem: str = ""


def found(group: str = GROUP) -> list[FoundPlugin]:
    """All that are installed, by name."""
    try:
        all_found = list(map(_of, entry_points(group=group)))
    except Exception:  # one file that cannot be read, of any package, hides those of all
        all_found = [each for distribution in distributions() for each in _each(distribution, group)]
    return sorted(all_found, key=lambda each: (each.name, each.point.value if each.point else ""))


def disabled() -> list[str]:
    """The names in NLPKIT_DISABLE_PLUGINS."""
    given = os.environ.get("NLPKIT_DISABLE_PLUGINS", "").split(",")
    return [name.strip() for name in given if name.strip()]


def blocked_by(each: FoundPlugin, names: Sequence[str]) -> set[str]:
    """Those of `names` that mean this plugin: its own, its distribution's, or all; - and _ are the same."""
    own = {spelt(each.name), spelt(each.distribution), "all", "*"}
    return {name for name in names if spelt(name) in own}


def spelt(name: str) -> str:
    """A name as it is compared: PyPA's "Names and normalization", with _ for the hyphen."""
    return re.sub(r"[-_.]+", "_", name.strip()).lower()


def _of(point: EntryPoint) -> FoundPlugin:
    return FoundPlugin(point.name, *_named(point.dist), point)


def _named(distribution: Distribution | None) -> tuple[str, str]:
    """Name and version; what reading damaged metadata raises differs by Python."""
    try:
        if distribution:
            return distribution.name or "unknown", distribution.version or "unknown"
    except Exception:
        return "unknown", "unknown"
    return "unknown", "unknown"


def _each(distribution: Distribution, group: str) -> list[FoundPlugin]:
    try:
        return list(map(_of, distribution.entry_points.select(group=group)))
    except Exception as error:
        name, version = _named(distribution)
        problem = f"its entry_points.txt cannot be read: {' '.join(str(error).split())}"
        return [FoundPlugin(name, name, version, None, problem)] if _is_plugin(distribution, group) else []


def _is_plugin(distribution: Distribution, group: str) -> bool:
    read = distribution.read_text  # always UTF-8
    try:
        text = read("entry_points.txt") or ""
    except UnicodeDecodeError as error:
        text = error.object.decode("latin-1")
    except Exception:
        text = ""
    return f"[{group}]" in text
