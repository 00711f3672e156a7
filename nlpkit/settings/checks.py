"""Settings: dataclasses whose every value is held against the type of its field when one is made.

A class adds rules for its values in `__post_init__`, where it calls `nlpkit.settings.values.refuse` or raises
ValueError. The rules of its parents hold as well, without a call of `super().__post_init__()`.
"""

from __future__ import annotations

import inspect
import re
from abc import ABCMeta
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from nlpkit.errors import NlpkitError, SettingsError, did_you_mean
from nlpkit.settings.help import help_of, signature_of
from nlpkit.settings.hints import BROKEN, allowed, default_of, fit, settings_types
from nlpkit.settings.walk import rebuilt
from nlpkit.system.terminal import counted

T = TypeVar("T")


class _Checked(ABCMeta):
    """The class of settings classes: calling one checks what it is given, and help() tells its settings."""

    if not TYPE_CHECKING:  # a type checker knows the arguments of a dataclass

        def __call__(cls, *args, **kwargs):
            names = _positional(cls)
            if names is None:
                return super().__call__(*args, **kwargs)
            if len(args) > len(names):
                most = counted(len(names), "setting without its name", "settings without their names")
                said = f"{cls.__name__} takes at most {most}, and {len(args)} are given"
                raise SettingsError({"": undecorated(cls) or said})
            if twice := [name for name in names[: len(args)] if name in kwargs]:
                raise SettingsError(dict.fromkeys(twice, "is given twice, by its place and by its name"))
            return checked(cls, {**dict(zip(names, args, strict=False)), **kwargs})

        @property
        def __signature__(cls):
            return signature_of(cls)

        @property
        def __doc__(cls):
            own = vars(cls).get("__doc__")
            done = "__match_args__" in vars(cls)  # what a dataclass gets last; types may not be there before
            return help_of(cls, own) if own and done else own

        @__doc__.setter
        def __doc__(cls, doc):
            type.__dict__["__doc__"].__set__(cls, doc)


@dataclass(frozen=True)
class Settings(metaclass=_Checked):
    """A frozen dataclass of settings, which is made only of values that fit its fields.

    `outside` has the names of settings that stand for something a model does not hold, such as an address.
    `portable` leaves them empty, and a model in which one is not empty is refused, as is one with a path.
    `moved` says what has become of settings that a class had once, in words that go on from "it is".
    """

    outside: ClassVar[tuple[str, ...] | None] = None
    moved: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if "__repr__" not in vars(cls):  # which dataclass leaves alone then
            cls.__repr__ = _repr  # type: ignore[method-assign]

    def portable(self) -> Self:
        """The settings that a model keeps, which build the same without any file or network.

        A class with a portable() of its own says in `outside` what it leaves empty; each of its strings
        counts where it says nothing.
        """
        return rebuilt(self, lambda part: part.portable() if hasattr(part, "portable") else part)

    def begun(self) -> Self:
        """The settings that build the same module without any file or network, to be trained from weights
        that it is given.
        """
        if type(self).portable is not Settings.portable:
            return self.portable()
        return rebuilt(self, lambda part: part.begun() if isinstance(part, Settings) else part)

    def problems_here(self) -> Iterable[NlpkitError]:
        """An error for each thing that these settings need and this machine lacks, such as a file: what
        `nlpkit check` says and a run refuses, before anything is read.

        Settings within settings are asked for their own.
        """
        return ()


def _repr(settings: Any) -> str:
    """How they are written down: the fields that are not as by default.

    >>> from nlpkit.text.settings import VocabConfig
    >>> VocabConfig(min_count=2), VocabConfig()
    (VocabConfig(min_count=2), VocabConfig())
    """
    told = {each.name: getattr(settings, each.name) for each in fields(settings) if each.repr}
    default = {each.name: default_of(each) for each in fields(settings)}
    changed = (f"{name}={value!r}" for name, value in told.items() if value != default[name])
    return f"{type(settings).__name__}({', '.join(changed)})"


def undecorated(cls: type[Any]) -> str:
    """What to do where a class has settings of its own and is no dataclass, so that nobody knows them."""
    own = vars(cls).get("__annotations__") and "__dataclass_fields__" not in vars(cls)
    return not_decorated(cls) if own else ""


def not_decorated(cls: type[Any]) -> str:
    """A problem, in words.

    >>> not_decorated(type("Mine", (Settings,), {}))
    'Mine is not a dataclass: decorate it with @dataclass(frozen=True)'
    """
    return f"{cls.__name__} is not a dataclass: decorate it with @dataclass(frozen=True)"


def instead_of(cls: type[Any], name: str, known: Iterable[str]) -> str:
    """What to do about a setting that a class does not have."""
    moved: str = getattr(cls, "moved", {}).get(name.replace("-", "_"), "")
    return f"it is {moved}" if moved else did_you_mean(name, known)


@cache
def _positional(cls: Any) -> tuple[str, ...] | None:
    """The fields that may be given without their name; None where a class does not take its fields."""
    if getattr(cls, "__abstractmethods__", None):
        return None
    takes = [each for each in fields(cls) if each.init]
    if set(list(inspect.signature(cls.__init__).parameters)[1:]) != {each.name for each in takes}:
        return None
    return tuple(each.name for each in takes if not each.kw_only)


def checked(cls: type[T], values: Mapping[str, Any]) -> T:
    """A `cls` of these values. One SettingsError names all that are missing, unknown, of a wrong type or
    against a rule; a value that is BROKEN has been told.
    """
    known: dict[str, Field[Any]] = {each.name: each for each in fields(cls) if each.init}  # type: ignore[arg-type]
    hints = settings_types(cls)
    problems: dict[str, str] = {}
    if unknown := [name for name in values if name not in known]:
        said = (f"{cls.__name__} has no setting {name}; {instead_of(cls, name, known)}" for name in unknown)
        problems[""] = undecorated(cls) or ", and ".join(said)
    fitting: dict[str, Any] = {}
    for name, field in known.items():
        if name in values:
            fitting[name] = fit(hints[name], values[name], name, problems)
        elif default_of(field) is MISSING:
            problems[name] = f"is required and missing; give {allowed(hints[name])}"
            fitting[name] = BROKEN
    broken = {name for name, value in fitting.items() if value is BROKEN}
    for name in broken:  # so that the rules of the others are heard
        default = default_of(known[name])
        fitting[name] = BROKEN if default is MISSING else default
    made, against = _ruled(cls, fitting, lenient=bool(broken or problems))
    problems |= {place: said for place, said in against.items() if _field(place) not in broken}
    if problems or broken:
        rank = {name: place for place, name in enumerate(["", *known])}
        order = sorted(problems, key=lambda place: rank.get(_field(place), len(rank)))
        raise SettingsError({place: problems[place] for place in order})
    return made


def _ruled(cls: type[T], values: dict[str, Any], *, lenient: bool) -> tuple[T, dict[str, str]]:
    """A `cls`, and which rules of it and of its parents the values are against.

    `lenient`: what a rule stumbles over has been told.
    """
    made = cls.__new__(cls)
    rules: list[Callable[[], None]] = [partial(cls.__init__, made, **values)]  # ends in its __post_init__
    own = [vars(base).get("__post_init__") for base in cls.__mro__[1:]]
    rules += [partial(rule, made) for rule in own if rule]
    problems: dict[str, str] = {}
    stumbled: Exception | None = None
    for rule in rules:
        try:
            rule()
        except SettingsError as error:
            problems |= error.by_field
        except Exception as error:
            stumbled = stumbled or error
    if stumbled and not (lenient or problems):
        if not isinstance(stumbled, ValueError):
            raise stumbled
        problems[""] = str(stumbled)
    return made, problems


def _field(place: str) -> str:
    return re.split(r"[.\[]", place, maxsplit=1)[0]
