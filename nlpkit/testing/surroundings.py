"""What belongs to the whole process, and a component leaves as it found it."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nlpkit.testing.promises import Bench, expect, trying


@dataclass(frozen=True)
class Shared:
    """Something of the process by name: how it is read, and how it is put back."""

    name: str
    look: Callable[[], Any]
    put: Callable[[Any], object]


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
    first = _random_after(bench, 1, _settings())
    after = [each.look() for each in imports]
    _put(imports, before)
    try:
        second = _random_after(bench, 2, [*_settings(), *imports])
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
    """Use the component, and look around after each step; what has changed is put back."""
    before = [each.look() for each in watched]
    try:
        with trying("using it"):
            for step in bench.uses():
                for each, value in zip(watched, before, strict=True):
                    now = each.look()
                    expect(
                        now == value,
                        f"{step} changes {each.name} for the whole process{_shown(value, now)}; change it "
                        f"within a context manager that puts it back, or not at all",
                    )
    finally:
        _put(watched, before)


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


def _settings() -> Iterator[Shared]:
    """What nothing but a decision of the user may change."""
    yield Shared("the working directory", os.getcwd, os.chdir)
    if numpy := sys.modules.get("numpy"):
        yield Shared("numpy.geterr()", numpy.geterr, lambda errors: numpy.seterr(**errors))
    if torch := sys.modules.get("torch"):
        yield Shared("torch's number of threads", torch.get_num_threads, torch.set_num_threads)
        yield Shared("torch's grad mode", torch.is_grad_enabled, torch.set_grad_enabled)
        yield Shared("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype)
        yield Shared("torch's default device", torch.get_default_device, _set_device)
        yield Shared(
            "torch's use of deterministic algorithms",
            torch.are_deterministic_algorithms_enabled,
            torch.use_deterministic_algorithms,
        )
        yield Shared(
            "torch's precision of matrix products",
            torch.get_float32_matmul_precision,
            torch.set_float32_matmul_precision,
        )
        yield Shared("torch's anomaly detection", torch.is_anomaly_enabled, torch.set_anomaly_enabled)


def _set_device(device: Any) -> None:
    """No device is the CPU as well, without the mode of torch that slows every call."""
    sys.modules["torch"].set_default_device(None if device.type == "cpu" else device)


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]


def _set_environment(variables: dict[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
