"""What belongs to the whole process, and a component leaves as it found it."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nlpkit.testing.process import Shared, settings_of_process
from nlpkit.testing.promises import Bench, expect


@dataclass(frozen=True)
class Generator(Shared):
    """A source of random numbers; its state can be compared once it is made plain."""

    seed: Callable[[int], object]


def leaves_the_process_alone(bench: Bench) -> None:
    """It is used twice: the first time imports may change what the second time may not.

    To draw from a generator of the process changes nothing that counts; to give it a seed does.
    """
    bench.prepare()
    imports = list(_of_imports())
    before = [each.look() for each in imports]
    first = _random_after(bench, 1, settings_of_process())
    after = [each.look() for each in imports]
    _put(imports, before)
    try:
        second = _random_after(bench, 2, [*settings_of_process(), *imports])
    finally:
        _put(imports, after)
    for name, state in first.items():
        expect(
            state != second[name],
            f"it gives {name} a seed, so that the seed of a run no longer decides; leave that to the run",
        )


def _random_after(bench: Bench, seed: int, watched: Iterable[Shared]) -> dict[str, Any]:
    """The random states that a use leaves behind, where they began with a seed."""
    generators = list(_generators())
    before = [each.look() for each in generators]
    for each in generators:
        each.seed(seed)
    try:
        _use(bench, list(watched))
        return {each.name: _plain(each.look()) for each in generators}
    finally:
        _put(generators, before)


def _use(bench: Bench, watched: list[Shared]) -> None:
    """Use the component, and look around after each step; what has changed is put back.

    An error of its own ends the use: the promise that it breaks tells it.
    """
    before = [each.look() for each in watched]
    try:
        for step in _steps(bench):
            for each, value in zip(watched, before, strict=True):
                now = each.look()
                expect(
                    now == value,
                    f"{step} changes {each.name} for the whole process{_shown(value, now)}; change it "
                    f"within a context manager that puts it back, or not at all",
                )
    finally:
        _put(watched, before)


def _steps(bench: Bench) -> Iterator[str]:
    with suppress(Exception):
        yield from bench.uses()


def _put(shared: Iterable[Shared], values: list[Any]) -> None:
    for each, value in zip(shared, values, strict=True):
        if _plain(each.look()) != _plain(value):
            each.put(value)


def _shown(before: Any, after: Any) -> str:
    short = isinstance(before, bool | int | str) or type(before).__module__ == "torch"
    return f", from {before} to {after}" if short else ""


def _plain(state: Any) -> Any:
    """A value without arrays and tensors in it, which cannot be compared with `==`."""
    if isinstance(state, tuple):
        return tuple(map(_plain, state))
    return state.tolist() if hasattr(state, "tolist") else state


def _generators() -> Iterator[Generator]:
    yield Generator("the random module", random.getstate, random.setstate, random.seed)
    if numpy := sys.modules.get("numpy.random"):
        yield Generator("numpy.random", numpy.get_state, numpy.set_state, numpy.seed)
    if torch := sys.modules.get("torch"):
        yield Generator("torch", torch.get_rng_state, torch.set_rng_state, torch.manual_seed)


def _of_imports() -> Iterator[Shared]:
    """What an import may change for good, as that of some large libraries does."""
    yield Shared("the filters of warnings", lambda: list(warnings.filters), _set_filters)
    yield Shared("the environment", lambda: dict(os.environ), _set_environment)
    yield Shared("sys.path", lambda: list(sys.path), lambda path: sys.path.__setitem__(slice(None), path))


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]


def _set_environment(variables: dict[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
