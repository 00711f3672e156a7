"""What is searched: settings of an experiment, each with a range or with choices."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit import Component, ConfigError, Embedding, Experiment, NlpkitError, dump_experiment, experiment_of
from nlpkit_optuna.parameters import OF_RANGES, Choices, Parameter, Range, form_problems
from nlpkit_optuna.tables import Table, number_type, placed, retyped, settings_at, value_at

if TYPE_CHECKING:
    from optuna import Trial

# the same in all trials, or without effect on the scores of validation texts
_FIXED = {
    "data": "all trials learn from the same texts",
    "seed": "the seeds of trials come from that of the search",
    "seeds": "the trainings of a trial are counted by the search",
    "refit": "trials are scored on the validation texts, and cannot learn from them",
    **dict.fromkeys(("metrics", "track", "baseline", "audit"), "it has no effect on a trial"),
}
_LACKS = "no such setting"
Leaf = tuple[tuple[str, ...], Any]


@dataclass(frozen=True)
class Space:
    """Parameters of an experiment, all of which its settings allow; those that choose a component come first.

    `table` is what it was read from, and `base` the table of the experiment.
    """

    experiment: Experiment
    parameters: tuple[Parameter, ...]
    table: Table
    base: Table

    @classmethod
    def of(cls, table: Mapping[str, Any], experiment: Experiment, *, location: str = "") -> Space:
        """The space of a table. One ConfigError names each key, bound and choice that the settings refuse."""
        base = tomllib.loads(dump_experiment(experiment))
        space = cls(experiment, (), dict(table), base)
        problems: list[str] = []
        if not table:
            problems.append("the space has no settings")
        for parameter in _parameters(table, experiment, problems):
            space = space._with(parameter, problems)
        if problems:
            problems = list(dict.fromkeys(problems))
            count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
            told = "\n  ".join(problems)
            raise ConfigError(f"{count} with the space", hint=told, problems=problems, location=location)
        return space

    @classmethod
    def read(cls, path: Path, experiment: Experiment) -> Space:
        """The space of a TOML file."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            hint = "nlpkit sweep FILE --print-space prints one to start from"
            raise ConfigError("there is no such file", hint=hint, location=str(path)) from None
        except UnicodeDecodeError as error:
            raise ConfigError(f"byte {error.start} is not UTF-8", location=str(path)) from None
        except ValueError as error:
            raise ConfigError(f"this is not TOML: {error}", location=str(path)) from None
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", location=str(path)) from None
        return cls.of(table, experiment, location=str(path))

    def suggested(self, trial: Trial) -> dict[str, Any]:
        """The value of each parameter in a trial, of those that its choices let it have."""
        chosen: dict[str, Any] = {}
        for each in self.parameters:
            if all(chosen.get(name) == option for name, option in each.when):
                chosen[each.name] = each.suggested(trial)
        return chosen

    def chosen_by(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The same of a trial that is over, from what Optuna has of it."""
        found = {}
        for each in self.parameters:
            if each.name in params:
                value = params[each.name]
                found[each.name] = each.option(value) if isinstance(each, Choices) else value
        return found

    def own(self, name: str) -> Any:
        """What the experiment itself has for a parameter, as Optuna knows it; None if the space lacks it."""
        each = next(each for each in self.parameters if each.name == name)
        if isinstance(each, Choices):
            itself = experiment_of(self.base)
            same = (place for place, option in enumerate(each.options) if self._is(itself, each, option))
            return next((each.labels[place] for place in same), None)
        value, settings = value_at(self.base, each.path), settings_at(self.experiment, each.path[:-1])
        if value is None and each.path[-1] == "size" and isinstance(settings, Embedding):
            value = settings.width()  # what it is where it is unset
        return value if isinstance(each, Range) and each.has(value) else None

    def _is(self, itself: Experiment, parameter: Parameter, option: Any) -> bool:
        """Whether the experiment with an option is the one without it."""
        with suppress(NlpkitError):
            return experiment_of(_changed(self.base, parameter, option)) == itself
        return False

    def experiment_with(self, chosen: Mapping[str, Any]) -> Experiment:
        """The experiment of a trial."""
        table = self._table_with(chosen, self.parameters)
        return replace(experiment_of(table), data=self.experiment.data)

    def _table_with(self, chosen: Mapping[str, Any], parameters: Sequence[Parameter]) -> Table:
        table = self.base
        for each in parameters:
            if each.name in chosen:
                table = _changed(table, each, chosen[each.name])
        return table

    def _with(self, parameter: Parameter, problems: list[str]) -> Space:
        """With one more parameter, if its settings allow all of it."""
        sound = list(self._sound_tables(parameter))
        told = list(dict.fromkeys(_refused(parameter, sound)))
        if isinstance(parameter, Range) and sound and not told:
            settings = settings_at(experiment_of(sound[0][1]), parameter.path[:-1])
            kind = number_type(settings, parameter.path[-1])
            told += ["takes no numbers; give a list of choices, [...]"] * (kind is None)
            parameter = replace(parameter, whole=kind is int)
            if parameter.whole and not isinstance(parameter.step or 1, int):
                told.append(f"step is {parameter.step}, and it takes whole numbers")
        problems += [f"{parameter.name}: {each}" for each in told]
        return replace(self, parameters=(*self.parameters, parameter))

    def _sound_tables(self, parameter: Parameter) -> Iterator[tuple[str, Table]]:
        """The experiments that a setting is a part of: with its own choices, and each type of the component
        that has it, where that is searched. What is wrong with a type is told of the type.
        """
        types = [each for each in self.parameters if isinstance(each, Choices) and each.kind]
        known = dict(parameter.when)
        around = [each for each in types if _is_in(parameter.path, each) and each.name not in known]
        for also in [{each.name: option} for each in around for option in each.options] or [{}]:
            with suppress(NlpkitError):
                table = self._table_with({**known, **also}, types)
                experiment_of(table)
                yield next(iter(also.values()), ""), table


def _is_in(path: Sequence[str], type_of: Choices) -> bool:
    owner = type_of.path[:-1]
    return tuple(path[: len(owner)]) == owner and tuple(path) != type_of.path


def _changed(table: Table, parameter: Parameter, value: Any) -> Table:
    if isinstance(parameter, Choices) and parameter.kind:
        return retyped(table, parameter.path[:-1], parameter.kind, value)
    return placed(table, parameter.path, value)


def _refused(parameter: Parameter, tables: Sequence[tuple[str, Table]]) -> Iterator[str]:
    """What the settings have against any of the values, in any of these experiments."""
    found = {
        named: [said for value in parameter.probes for said in _refusal(table, parameter, value)]
        for named, table in tables
    }
    lacking = [named for named, told in found.items() if named and any(_LACKS in said for said in told)]
    having = [f"[{'.'.join(parameter.path[:-1])}.{named}]" for named in found if named not in lacking]
    if lacking and having:
        verb = "have" if len(lacking) > 1 else "has"
        yield f"{' and '.join(lacking)} {verb} {_LACKS}; give it in {' and '.join(having)}"
    else:
        for told in found.values():
            yield from told


def _refusal(table: Table, parameter: Parameter, value: Any) -> list[str]:
    """What an experiment has against a value; the path of the parameter is left out."""
    try:
        experiment_of(_changed(table, parameter, value))
    except ConfigError as error:
        return [each.removeprefix(f"{'.'.join(parameter.path)}: ") for each in error.problems]
    except NlpkitError as error:
        return [f"{error.message}; {error.hint}"]
    return []


def _parameters(table: Mapping[str, Any], experiment: Experiment, problems: list[str]) -> Iterator[Parameter]:
    """The parameters of a table, as far as they are well-formed: first those that choose a component."""
    leaves = list(_leaves(table))
    types: dict[tuple[str, ...], Choices] = {}
    rest: list[Leaf] = []
    for keys, given in leaves:
        owner = keys[:-1] if keys[-1] == "type" else keys
        component = settings_at(experiment, owner)
        named = isinstance(given, list) and all(isinstance(each, str) for each in given)
        if given and named and isinstance(component, Component) and keys[0] not in _FIXED:
            options = tuple(each.replace("-", "_") for each in given)
            types[owner] = Choices(".".join(keys), (*owner, "type"), (), options, component.kind)
        else:
            rest.append((keys, given))
    yield from types.values()
    for keys, given in rest:
        name = ".".join(keys)
        path, when = _conditions(keys, types)
        if keys[0] in _FIXED:
            problems.append(f"{name}: is not searched: {_FIXED[keys[0]]}")
        elif told := form_problems(given):
            problems += [f"{name}: {each}" for each in told]
        elif isinstance(given, Mapping):
            yield Range(name, path, when, **given)
        else:
            yield Choices(name, path, when, tuple(given))


def _conditions(
    keys: tuple[str, ...], types: Mapping[tuple[str, ...], Choices]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The path of a setting, and the types that it belongs to: those of whose tables it is in."""
    path: tuple[str, ...] = ()
    when: list[tuple[str, str]] = []
    for key in keys:
        chosen = types.get(path)
        if chosen is not None and key in chosen.options and not any(name == chosen.name for name, _ in when):
            when.append((chosen.name, key))
        else:
            path = (*path, key)
    return path, tuple(when)


def _leaves(table: Mapping[str, Any], keys: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Each range and each list of choices, with its keys."""
    for key, value in table.items():
        here = (*keys, "member" if not keys and key == "members" else key.replace("-", "_"))
        if isinstance(value, Mapping) and not set(OF_RANGES) & set(value):
            yield from _leaves(value, here)
        else:
            yield here, value
