"""What the code of a component gives, looked at where it is taken: no line of it raises what is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from nlpkit.errors import GivenError
from nlpkit.settings.hints import briefly

Value = TypeVar("Value")


def given(value: Value, fits: bool, expected: str, component: object, name: str = "build") -> Value:
    """What a method or a property of a component gives; GivenError where it does not fit.

    >>> given(1, True, "a number", "a", "count")
    1
    >>> given(None, False, "a number", "a", "count")
    Traceback (most recent call last):
    nlpkit.errors.GivenError: str.count gives none, but a number is expected
    """
    if fits:
        return value
    own = type(component)
    code = getattr(own, name, None)
    function = getattr(code, "fget", code)
    said = f"{own.__name__}.{name} gives {_told(value)}, but {expected} is expected"
    raise GivenError(said, function if hasattr(function, "__code__") else getattr(own, "build", own))


def given_function(built: Value, component: object, expected: str = "a function") -> Value:
    """The function that a component builds."""
    return given(built, callable(built), expected, component)


def given_by(function: Callable[..., object], value: Value, fits: bool, expected: str) -> Value:
    """What a function gives that a component has built."""
    if fits:
        return value
    raise GivenError(f"{_named(function)} gives {_told(value)}, but {expected} is expected", function)


def called(function: Callable[..., Any], *arguments: object) -> Any:
    """What a function gives that a component has built; GivenError where it cannot take the arguments."""
    try:
        return function(*arguments)
    except TypeError as error:
        trace = error.__traceback__
        if trace is None or trace.tb_next is not None:  # its own code was running
            raise
        raise GivenError(
            f"{_named(function)} is called with {_counted(arguments)}: {error}", function
        ) from error


def callable_with(function: Callable[..., Any], count: int) -> None:
    """GivenError where a function or a module cannot take so many arguments, for calls that are compiled."""
    forward = getattr(function, "forward", function)  # of a module of torch
    try:
        inspect.signature(forward).bind(*[None] * count)
    except TypeError as error:
        said = f"{_named(function)} is called with {_counted([None] * count)}: {error}"
        raise GivenError(said, forward) from error
    except ValueError:  # it is no Python, and does not say what it takes
        return


def _counted(arguments: Sequence[object]) -> str:
    return f"{len(arguments)} argument{'s' * (len(arguments) != 1)}"


def _named(function: object) -> str:
    return str(getattr(function, "__qualname__", type(function).__name__))


def _told(value: object) -> str:
    """A value in a sentence; an array or a tensor by its shape."""
    shape = getattr(value, "shape", None)
    return briefly(value) if shape is None else f"a {type(value).__name__} of the shape {list(shape)}"
