"""Which settings class a (kind, name) stands for, and which distribution brought it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields

from nlpkit.components.kinds import KINDS, Component
from nlpkit.errors import ConfigError, SettingsError, did_you_mean
from nlpkit.plugins.isolation import in_words
from nlpkit.settings.checks import not_decorated
from nlpkit.settings.hints import default_of, fit, known_types, settings_types, supported
from nlpkit.settings.outside import outside_names


@dataclass(frozen=True)
class Entry:
    """One component; `distribution` is "nlpkit-toolkit" for what ships in the box, and empty for a class of
    Python that no plugin registers.
    """

    name: str
    settings: type[Component]
    distribution: str


class Registry:
    """Components by kind and name. In a name `-` and `_` are the same.

    >>> from nlpkit.components.encoders import Lstm
    >>> registry = Registry("my-plugin")
    >>> registry.add("lstm", Lstm)
    >>> registry.entry("encoder", "lstm").settings is Lstm
    True
    """

    def __init__(self, distribution: str) -> None:
        self.distribution = distribution
        self._entries: dict[str, dict[str, Entry]] = {kind: {} for kind in KINDS}

    def add(self, name: str, settings: type[Component]) -> None:
        """Register a final settings class under `name`; ValueError says what is wrong with either."""
        if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
            raise ValueError(f"{name!r} is not a name: lower-case letters, digits, and - or _ between them")
        problem = _unfit(settings)
        if problem:
            raise ValueError(f"{name}: {problem}")
        self._take(Entry(name, settings, self.distribution))

    def merge(self, other: Registry) -> None:
        """Take over all that `other` has, or nothing of it."""
        entries = [entry for kind in KINDS for entry in other.entries(kind)]
        for entry in entries:
            self._refuse_taken(entry)
        for entry in entries:
            self._take(entry)

    def entries(self, kind: str) -> list[Entry]:
        """What is registered for `kind`, by name."""
        return sorted(self._entries[kind].values(), key=lambda entry: entry.name)

    def entry(self, kind: str, name: str) -> Entry:
        """What `name` stands for; ConfigError with the nearest name where it stands for nothing."""
        if ":" in name:
            return self._of_class(kind, name)
        try:
            return self._entries[kind][_key(name)]
        except KeyError:
            known = [entry.name for entry in self.entries(kind)]
            raise ConfigError(f"{kind} {name!r} is not known; {did_you_mean(name, known)}") from None

    def entry_of(self, settings: type[Component]) -> Entry:
        """How a settings class is registered; one that is not has its `module:Class` for a name, and no
        distribution.
        """
        known = self.entries(settings.kind)
        unnamed = Entry(_address(settings), settings, "")
        return next((entry for entry in known if entry.settings is settings), unnamed)

    def give(self, settings: type[Component]) -> None:
        """Add a class that no plugin registers, under its `module:Class`; ValueError as for `add`."""
        if problem := _unfit(settings):
            raise ValueError(problem)
        entry = self.entry_of(settings)
        if not entry.distribution:
            self._entries[settings.kind][entry.name] = entry

    def _of_class(self, kind: str, name: str) -> Entry:
        """A class is never imported by its name: it is one that is registered, or that was given."""
        found = [entry for entry in self.entries(kind) if _address(entry.settings) == name]
        stem = re.split(r"[:.]", name)[-1]  # `__main__:Mine` is `script:Mine` for who imports the script
        given = [each for each in self.entries(kind) if ":" in each.name and each.settings.__name__ == stem]
        if len(found or given) == 1:
            return (found or given)[0]
        raise ConfigError(
            f"{kind} {name!r} is a Python class, and a file cannot import classes by name",
            hint=f"pass it as classes=[{stem}] when you load this from Python, or register it in a plugin",
        )

    def _take(self, entry: Entry) -> None:
        self._refuse_taken(entry)
        self._entries[entry.settings.kind][_key(entry.name)] = entry

    def _refuse_taken(self, entry: Entry) -> None:
        kind = entry.settings.kind
        taken = self._entries[kind].get(_key(entry.name))
        if taken:
            raise ValueError(
                f"{kind} {entry.name!r} of {entry.distribution} is already taken by {taken.distribution}"
            )


def _unfit(settings: type[Component]) -> str:
    """Why a class cannot be registered; empty where it can."""
    if not (isinstance(settings, type) and issubclass(settings, tuple(KINDS.values()))):
        return f"{settings!r} is not a subclass of {', '.join(cls.__name__ for cls in KINDS.values())}"
    if "__dataclass_fields__" not in vars(settings):  # those of its parent would stand for its own
        return not_decorated(settings)
    if getattr(settings, "__abstractmethods__", None):
        return f"{settings.__name__} does not define {', '.join(sorted(settings.__abstractmethods__))}"
    if "type" in (field.name for field in fields(settings)):
        return "a setting cannot be called type, which is where a file names the component"
    try:
        hints = known_types(settings)
    except Exception as error:  # an annotation is any code
        return f"the type of a setting of {settings.__name__} cannot be found: {error}"
    for field in fields(settings):
        if not supported(hints[field.name]):
            return f"{settings.__name__}.{field.name} is a {hints[field.name]}, which no setting can be"
    if unknown := sorted(set(outside_names(settings)) - {field.name for field in fields(settings)}):
        return f"{settings.__name__}.outside has {unknown[0]!r}, which is no setting of it"
    return _unfit_defaults(settings)


def _unfit_defaults(settings: type[Component]) -> str:
    """Why the defaults of a class are of no use: they raise or do not fit; empty where they are of use."""
    own = [each for each in fields(settings) if each.init]
    problems: dict[str, str] = {}
    try:
        hints, defaults = settings_types(settings), {each.name: default_of(each) for each in own}
        for name, default in defaults.items():
            if default is not MISSING:
                found = fit(hints[name], default, name, problems)
                if isinstance(default, str) and isinstance(found, Component):
                    problems[name] = f"{default!r} is a name; give {type(found).__name__}() itself"
        if MISSING not in defaults.values() and not problems:
            with suppress(SettingsError):  # a rule that asks for one setting of several
                settings(**defaults)
    except Exception as error:  # a rule is any code
        problems[""] = in_words(error)
    if not problems:
        return ""
    said = f"{settings.__name__} cannot have its own defaults: {next(iter(problems.values()))}"
    return f"{said}; give it others, or make the setting a required one"


def _address(settings: type[Component]) -> str:
    return f"{settings.__module__}:{settings.__qualname__}"


def _key(name: str) -> str:
    return name.replace("-", "_")
