"""What the settings of every component promise, whatever it is."""

from __future__ import annotations

from functools import cache

from nlpkit.components.kinds import Component
from nlpkit.errors import ConfigError
from nlpkit.plugins.catalogue import Plugins
from nlpkit.plugins.isolation import in_words
from nlpkit.plugins.loading import load_plugins
from nlpkit.settings.walk import walk
from nlpkit.testing.fresh import CannotImport, in_fresh_process
from nlpkit.testing.promises import Bench, BrokenPromise, Promise, Skipped, expect


def survives_a_file(bench: Bench) -> None:
    """TOML text and back gives equal settings."""
    import tomllib

    import tomli_w

    from nlpkit.settings.tables import from_table, to_table

    plugins = plugins_with(bench.component)
    text = tomli_w.dumps({"component": to_table(bench.component, plugins)})
    table = tomllib.loads(text)["component"]
    del table["type"]
    found = from_table(type(bench.component), table, plugins)
    expect(found == bench.component, f"it comes back as {found!r} from {text!r}")


def says_what_settings_are(bench: Bench) -> None:
    """`nlpkit components` prints it."""
    from nlpkit.settings.described import describe

    silent = [each.path for each in describe(type(bench.component)) if not each.doc]
    expect(not silent, f"there is no line {', '.join(f'`{path}: ...`' for path in silent)} in its docstring")


def loads_no_torch(bench: Bench) -> None:
    """In a process of its own, as torch is in the memory of this one."""
    module = type(bench.component).__module__
    problem = _torch_loaded_by(module)
    if isinstance(problem, str):
        raise Skipped(problem)
    expect(
        not problem, f"import {module} imports torch; move what needs torch to a module that build imports"
    )


@cache
def _torch_loaded_by(module: str) -> bool | str:
    """Whether importing it does so; why that cannot be told."""
    try:
        return bool(in_fresh_process(loads_torch, module))
    except CannotImport as error:
        return f"{module} cannot be imported by another process ({error})"


def loads_torch(module: str) -> bool:
    """Whether the import of a module brings torch; asked in a fresh process."""
    import sys
    from importlib import import_module

    import_module(module)
    return "torch" in sys.modules


PROMISES: tuple[Promise[Bench], ...] = (
    Promise("its settings survive a TOML file", survives_a_file),
    Promise("its docstring says what each setting is", says_what_settings_are),
    Promise("importing its settings does not import torch", loads_no_torch),
)


def plugins_with(component: Component) -> Plugins:
    """All components there are, and those of the given one where they are not registered."""
    try:
        return load_plugins().given(type(each) for _, each in walk(component) if isinstance(each, Component))
    except ConfigError as error:
        raise BrokenPromise(f"it cannot be registered: {in_words(error.__cause__ or error)}") from error
