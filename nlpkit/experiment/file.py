"""Experiments from TOML files and back."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from nlpkit.errors import ConfigError, MissingError
from nlpkit.experiment.recorded import recorded_beside
from nlpkit.experiment.syntax import not_toml
from nlpkit.experiment.value import Experiment, Member, needs_an_encoder
from nlpkit.plugins.catalogue import Classes, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.providers import lacking
from nlpkit.settings.tables import from_table, no_item, to_table
from nlpkit.settings.toml import toml_or_text
from nlpkit.settings.walk import with_paths
from nlpkit.system.nearby import did_you_mean_path

SINGULAR = {"members": "member"}  # a list of tables, one by one: [[member]]
_MAX_CHARS = 1_000_000  # of an experiment file


def load_experiment(
    path: Path | str,
    overrides: Sequence[str] = (),
    plugins: Plugins | None = None,
    *,
    classes: Classes = (),
) -> Experiment:
    """The experiment a TOML file describes. `overrides` are "encoder.hidden_size=64": a key and TOML.

    A path in the file is relative to the file's folder, and one in an override to the current folder.
    `classes` are its components that no plugin registers: none is imported by its name in the file.
    """
    path = Path(path)
    table = _read(path)
    typed = [_override(table, override) for override in overrides]
    plugins = (plugins or load_plugins()).given(classes)
    try:
        experiment = _overridden_of(table, overrides, plugins, location=str(path))
    except (ConfigError, MissingError):
        if missing := lacking(recorded_beside(path, table), plugins, needed_by="the run"):
            missing.location = str(path)
            raise missing from None
        raise

    def from_here(place: str, given: Path) -> Path:
        if any(f"{_dotted(place)}.".startswith(f"{key}.") for key in typed):
            return given
        return Path(os.path.normpath(path.parent / given))

    return with_paths(experiment, from_here)


def overridden(
    experiment: Experiment, overrides: Sequence[str], plugins: Plugins | None = None
) -> Experiment:
    """The experiment with some settings changed, as those of a file are."""
    plugins = plugins or load_plugins()
    table = to_table(experiment, plugins)
    for override in overrides:
        _override(table, override)
    return _overridden_of(table, overrides, plugins) if overrides else experiment


def _overridden_of(
    table: dict[str, Any], overrides: Sequence[str], plugins: Plugins, location: str = ""
) -> Experiment:
    """The experiment of a table in which the overrides are made."""
    try:
        return experiment_of(table, plugins, location=location)
    except ConfigError as error:
        error.hint += "".join(_kept_settings(override, error.problems) for override in overrides)
        raise


def experiment_of(table: dict[str, Any], plugins: Plugins | None = None, *, location: str = "") -> Experiment:
    """The experiment a table describes; `location` is where the table came from.

    ConfigError names every problem by its path; MissingError where all that is wrong is a plugin that is
    not here.
    """
    try:
        experiment: Experiment = from_table(Experiment, table, plugins or load_plugins())
        _require_an_encoder(experiment, table)
    except (ConfigError, MissingError) as error:
        error.location = error.location or location
        raise
    return experiment


def _require_an_encoder(experiment: Experiment, table: Mapping[str, Any]) -> None:
    """ConfigError for settings of a lone classifier that is not there: also those that are as by default."""
    given = [each.name for each in fields(Member) if each.name in table and each.name in experiment.idle]
    if given:
        problem = f"encoder: {needs_an_encoder(experiment, given)}"
        raise ConfigError("a problem with the settings", hint=problem, problems=[problem])


def dump_experiment(
    experiment: Experiment, plugins: Plugins | None = None, folder: Path | str = Path()
) -> str:
    """Every setting as TOML: `load_experiment` of it, in a file in that folder, gives an equal experiment.

    ConfigError where a setting is nothing that TOML can hold.
    """
    import tomli_w

    experiment = with_paths(experiment, lambda _, path: path_from(Path(folder), path))
    table = to_table(experiment, plugins or load_plugins())
    return tomli_w.dumps({SINGULAR.get(name, name): value for name, value in table.items()})


def path_from(folder: Path, path: Path) -> Path:
    """A path as it is written in a file of that folder; an absolute one stays as it is."""
    return path if path.is_absolute() or folder == Path() else Path(os.path.relpath(path, folder))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_MAX_CHARS + 1)
        if len(text) > _MAX_CHARS:
            raise ConfigError(f"this is longer than {_MAX_CHARS:,} characters", location=str(path))
        return tomllib.loads(text)
    except FileNotFoundError:
        hint = did_you_mean_path(path) or "nlpkit examples lists what there is to start from"
        raise ConfigError("there is no such file", location=str(path), hint=hint) from None
    except IsADirectoryError:
        raise ConfigError("this is a folder, not a TOML file", location=str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"byte {error.start} is not UTF-8", hint="save it as UTF-8", location=str(path)
        ) from None
    except UnicodeEncodeError:
        raise ConfigError("there is no such file: the name is not Unicode text", location=str(path)) from None
    except ValueError as error:  # also of a number with more digits than Python reads
        refusal = not_toml(text, error, str(path))
        if path.suffix != ".toml":
            refusal.hint = 'if it is a file of texts, name its format: type = "FORMAT"'
        raise refusal from None
    except RecursionError:
        raise ConfigError("tables are nested too deep", location=str(path)) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", location=str(path)) from None


def _override(table: dict[str, Any], override: str) -> str:
    """Set one value in place, and give its key; a value that is not TOML is a string."""
    key, equals, text = override.partition("=")
    steps = _dotted(key.strip()).split(".")
    if not equals or not all(steps):
        raise ConfigError(
            f"--set {override!r} is not KEY=VALUE", hint="for example: --set encoder.hidden_size=64"
        )
    inner: Any = table
    try:
        _require_members(table, steps)
        for place in range(1, len(steps)):
            inner = _inside(inner, ".".join(steps[:place]))
        _, place = _found(inner, ".".join(steps))
    except ConfigError as error:
        raise ConfigError(f"--set {override!r}: {error.message}", hint=error.hint) from None
    value = toml_or_text(text)
    if isinstance(inner, list) and value == "none":
        del inner[place]
    else:
        inner[place] = value
    return ".".join(steps).replace("-", "_")


def _dotted(place: str) -> str:
    """A place as one types it, where a dot is before the number of an item.

    >>> _dotted("encoder.encoders[1].hidden_size")
    'encoder.encoders.1.hidden_size'
    """
    return re.sub(r"\[(\d+)\]", r".\1", place)


def _inside(outer: Any, path: str) -> Any:
    """What stands at a path, whose last step leads into `outer`: a table, or a list."""
    inner, place = _found(outer, path)
    if inner is None:
        inner = {}
    if isinstance(inner, str):  # a component by its bare name
        inner = {"type": inner}
    if not isinstance(inner, dict | list):
        raise ConfigError(f"{path} is {inner!r} and has no settings")
    outer[place] = inner
    return inner


def _found(outer: Any, path: str) -> tuple[Any, Any]:
    """What a table or list has at the end of a path, and the key or place that it has there."""
    step = path.rpartition(".")[2]
    if isinstance(outer, dict):
        name = _spelt(step, outer)
        return outer.get(name), name
    name, count = path.rpartition(".")[0], len(outer)
    if (place := _place_of(step, outer)) is None:
        known = ", ".join(filter(None, map(_called, outer)))
        raise ConfigError(
            f"{name} is a list, whose items have numbers, from 0{', or their names: ' * bool(known)}{known}",
            hint=f"for example: --set '{name}=[]'",
        )
    if place >= count:
        raise ConfigError(no_item(count, name), hint=f"for more, set the whole list: --set '{name}=[...]'")
    return outer[place], place


def _place_of(step: str, items: list[Any]) -> int | None:
    """Where an item of a list is: by its number, or by its name, with -2 for the second of a name."""
    if re.fullmatch("[0-9]{1,9}", step):
        return int(step)
    name, _, number = step.rpartition("-")
    wanted, turn = (name, int(number)) if name and re.fullmatch("[1-9][0-9]{0,8}", number) else (step, 1)
    alike = [place for place, item in enumerate(items) if _called(item) == wanted]
    return alike[turn - 1] if turn <= len(alike) else None


def _called(item: Any) -> str:
    """What an item of a list goes by: a component by its type, a member by its encoder's."""
    if isinstance(item, dict):
        item = item.get("type", _called(item.get("encoder")))
    return item.rpartition(":")[2] if isinstance(item, str) else ""


def _require_members(table: dict[str, Any], steps: Sequence[str]) -> None:
    """ConfigError for a change to a member that is not known before the run has chosen it."""
    if len(steps) > 1 and steps[0] in ("member", "members") and not (table.get(_spelt(steps[0], table))):
        raise ConfigError(
            "no members are written down, and the run chooses them",
            hint="nlpkit init FILE writes those that it would choose to a TOML file, for you to change",
        )


def _kept_settings(override: str, problems: Sequence[str]) -> str:
    """A hint for who changes the type of a component whose settings the new one does not have."""
    key, _, name = map(str.strip, override.partition("="))
    place = key.removesuffix(".type")
    if place == key or not any(_dotted(problem).startswith(f"{_dotted(place)}.") for problem in problems):
        return ""
    return f"\n  --set {key}={name} keeps the other settings of {place}; --set {place}={name} drops them"


def _spelt(name: str, table: dict[str, Any]) -> str:
    """The name as the table has it already: with - or _, or of a list in the singular or the plural."""
    wanted = name.replace("-", "_")
    alike = (known for known in table if known.replace("-", "_") == wanted)
    lists = (known for known, value in table.items() if isinstance(value, list))
    return next(alike, next((known for known in lists if wanted in (f"{known}s", known[:-1])), name))
