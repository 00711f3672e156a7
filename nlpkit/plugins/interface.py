"""Which version of the plugin interface a plugin is written for: read from its source, without running it."""

from __future__ import annotations

import ast
from dataclasses import replace
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import EntryPoint
from importlib.util import find_spec

from nlpkit.plugins.catalogue import Plugin
from nlpkit.plugins.finding import FoundPlugin
from nlpkit.version import DISTRIBUTION, PLUGIN_API

NAME = "NLPKIT_PLUGIN_API"


def looked_at(each: FoundPlugin) -> Plugin:
    """A plugin of which only the metadata and the interface are known: one for another has a problem."""
    plugin = Plugin.of(each)
    if each.point is None:
        return plugin
    try:
        plugin = replace(plugin, api=written_for(each.point))
        require_fit(plugin.api or 1, plugin.distribution, plugin.version)
    except ValueError as unfit:
        return replace(plugin, problem=str(unfit))
    return plugin


def written_for(point: EntryPoint) -> int:
    """The number that the module of an entry point has as `NLPKIT_PLUGIN_API`, and 1 where it has none.

    ValueError where it is anything but a number that is written out.
    """
    found = [each for each in _statements(point) if _binds(each)]
    if not found:
        return 1
    value = getattr(getattr(found[-1], "value", None), "value", None)
    if type(value) is not int or value < 1:
        raise ValueError(f"{NAME} in {point.value} is no number that is written out, such as {PLUGIN_API}")
    return value


def require_fit(api: int, distribution: str, version: str) -> None:
    """ValueError where a plugin is written for another interface than this one."""
    if api != PLUGIN_API:
        older = DISTRIBUTION if api > PLUGIN_API else distribution
        said = f"{distribution} {version} is written for plugin API {api}, and this is {PLUGIN_API}"
        raise ValueError(f"{said}: upgrade {older}")


def _statements(point: EntryPoint) -> list[ast.stmt]:
    """Those of the module; none where it cannot be read, which loading it says better."""
    try:
        loader = getattr(_spec(point.module), "loader", None)
        source = loader.get_source(point.module) if loader else None
        return ast.parse(source).body if source and NAME in source else []
    except Exception:  # the loader may be anybody's
        return []


def _spec(module: str) -> ModuleSpec | None:
    """Where a module is, found without importing the packages it is in."""
    package, *inside = module.split(".")
    spec = find_spec(package)
    for name in inside:
        spec = spec and PathFinder.find_spec(f"{spec.name}.{name}", spec.submodule_search_locations)
    return spec


def _binds(statement: ast.stmt) -> bool:
    """Whether a statement gives the number a value."""
    match statement:
        case ast.Assign(targets=targets):
            return NAME in (getattr(target, "id", "") for target in targets)
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name == NAME
        case ast.ImportFrom(names=names):
            return NAME in (each.asname or each.name for each in names)
    return False
