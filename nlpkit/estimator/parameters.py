"""The parameters of an estimator as an experiment has them: names, components, and settings inside these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, replace
from typing import Any, Final

from nlpkit.components.in_memory import InMemory
from nlpkit.errors import NlpkitError, SettingsError, did_you_mean
from nlpkit.experiment.value import Experiment, fitting_collator
from nlpkit.settings.hints import default_of, fit, settings_types
from nlpkit.settings.walk import is_settings

STEP: Final = "__"  # between a parameter and one inside it, as scikit-learn has it
SHARED: Final = (
    *("encoder", "tokenizer", "text", "vocab", "collator", "trainer", "refit"),
    *("members", "effort", "time_limit", "decision", "seed", "seeds"),
)


def experiment_of(parameters: Mapping[str, Any], data: InMemory) -> Experiment:
    """The experiment of some parameters, of which None stands for the default. SettingsError names all that
    are wrong.
    """
    given = {name: parameters[name] for name in SHARED if parameters.get(name) is not None}
    if "encoder" in given and "collator" not in given:
        given["collator"] = fitting_collator(resolved("encoder", given["encoder"]))
    return Experiment(data=data, baseline=False, audit=False, **given)


def inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The settings inside a parameter, as `encoder__embedding__size`; none where it cannot be resolved."""
    with suppress(NlpkitError):
        value = resolved(name, value) if name in SHARED else value
        for field in fields(value) if is_settings(value) else ():
            inner = getattr(value, field.name)
            yield f"{name}{STEP}{field.name}", inner
            yield from inside(f"{name}{STEP}{field.name}", inner)


def changed(name: str, value: Any, changes: Mapping[str, Any]) -> Any:
    """A parameter with some of the settings inside it changed: `{"embedding__size": 64}`."""
    problems: dict[str, str] = {}
    if name not in SHARED:
        raise SettingsError({name: f"{value!r} is not a component, and has no settings"})
    for path, given in changes.items():
        try:
            value = _changed(resolved(name, value), path.split(STEP), given)
        except SettingsError as error:
            problems |= {f"{name}{STEP}{place or path}": said for place, said in error.by_field.items()}
    if problems:
        raise SettingsError(problems)
    return value


def resolved(name: str, value: Any) -> Any:
    """What a parameter stands for: a component for its name, the default of an experiment for None."""
    if value is None:
        default = default_of(next(each for each in fields(Experiment) if each.name == name))
        return None if default is MISSING else default
    problems: dict[str, str] = {}
    found = fit(settings_types(Experiment)[name], value, name, problems)
    if problems:
        raise SettingsError(problems)
    return found


def _changed(settings: Any, path: list[str], given: Any) -> Any:
    """Settings with the one at a path changed."""
    name, *rest = path
    if settings is None:
        raise SettingsError({name: "there is nothing to set before a component is chosen, by name or value"})
    if not is_settings(settings):
        raise SettingsError({name: f"there is nothing to set: {settings!r} is not a component"})
    known = [field.name for field in fields(settings)]
    if name not in known:
        said = f"{type(settings).__name__} has no setting {name}; {did_you_mean(name, known)}"
        raise SettingsError({name: said})
    return replace(settings, **{name: _changed(getattr(settings, name), rest, given) if rest else given})
