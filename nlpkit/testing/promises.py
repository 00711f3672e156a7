"""What a promise is, and what becomes of one that is not kept."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, Literal, TypeVar, cast
from unittest import SkipTest

from nlpkit.components.kinds import Component
from nlpkit.errors import MissingError
from nlpkit.plugins.isolation import in_words
from nlpkit.settings.hints import default_of
from nlpkit.system.terminal import cut


class BrokenPromise(AssertionError):
    """A component does not do what nlpkit relies on: one sentence with the promise and what happened."""


class Skipped(SkipTest):
    """A promise that cannot be tried here, and why; unittest and pytest count it as a skipped test."""


@dataclass
class Bench:
    """A component on trial. What is slow to make for it is made once, for all promises."""

    component: Component

    def prepare(self) -> None:
        """Import what its uses are watched in."""

    def uses(self) -> Iterator[str]:
        """The component used as nlpkit does, with a name for each step that is done."""
        yield from ()


B = TypeVar("B", bound=Bench, contravariant=True)
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Promise(Generic[B]):
    """A sentence, and what tries it: silent where it is kept."""

    sentence: str
    hold: Callable[[B], None]


class Check:
    """One promise as a function of a component, or of a plugin: silent, a BrokenPromise, or Skipped."""

    def __init__(self, promise: Promise[Any], bench_of: Callable[[Any], Bench]) -> None:
        self.promise = promise.sentence
        self._hold = promise.hold
        self._bench_of = bench_of

    def __call__(self, component: object) -> None:
        name = label(component)
        try:
            with trying("it"):
                self._hold(self._bench_of(component))
        except BrokenPromise as broken:
            said = f"{name} promises that {self.promise}, but {broken}"
            raise BrokenPromise(said) from broken.__cause__

    def __repr__(self) -> str:
        return f"<check that {self.promise}>"


@dataclass(frozen=True)
class Outcome:
    """What became of a promise; `reason` says why it is broken or skipped."""

    promise: str
    state: Literal["kept", "broken", "skipped"]
    reason: str = ""

    @classmethod
    def of(cls, check: Check, component: object) -> Outcome:
        """Try it."""
        try:
            check(component)
        except BrokenPromise as broken:
            return cls(check.promise, "broken", str(broken))
        except SkipTest as skipped:
            return cls(check.promise, "skipped", str(skipped))
        return cls(check.promise, "kept")


def again_if_broken(hold: Callable[[], None]) -> None:
    """Hold a promise once more where it looks broken: other threads, too, make objects that stay."""
    try:
        hold()
    except BrokenPromise:
        hold()


def expect(kept: bool, otherwise: str) -> None:
    """BrokenPromise with what happened instead, unless it is kept."""
    if not kept:
        raise BrokenPromise(otherwise)


@contextmanager
def trying(what: str) -> Iterator[None]:
    """Whatever is raised inside, other than a verdict, is a broken promise: `what` raises it. What is not
    installed cannot be tried.
    """
    try:
        yield
    except (BrokenPromise, SkipTest):
        raise
    except MissingError as error:
        raise Skipped(f"it needs what is not installed: {error.message}") from error
    except Exception as error:
        raise BrokenPromise(f"{what} raises {in_words(error)}") from error


def after_pickle(built: F) -> F:
    """What `build` gives as another process gets it, such as a worker of a DataLoader on Windows."""
    with trying("pickle.dumps of what build() gives"):
        content = pickle.dumps(built)
    with trying("pickle.loads of it"):
        return cast(F, pickle.loads(content))  # noqa: S301


def label(component: object) -> str:
    """The class and the settings that are not the default, short; of a module its name.

    >>> from nlpkit.components.encoders import Lstm
    >>> label(Lstm()), label(Lstm(packed=True, pooling="max"))
    ('Lstm', "Lstm(packed=True, pooling='max')")
    """
    if not is_dataclass(component):
        return str(getattr(component, "__name__", type(component).__name__))
    changed = [
        f"{field.name}={getattr(component, field.name)!r}"
        for field in fields(component)
        if getattr(component, field.name) != default_of(field)
    ]
    shown = ", ".join(changed)
    name = type(component).__name__
    return f"{name}({cut(shown, 80)})" if changed else name
