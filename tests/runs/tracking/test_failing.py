from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from nlpkit import (
    Experiment,
    Tracker,
    hookimpl,
    run,
)
from nlpkit.errors import ConfigError


class Odd(BaseException):
    """As asyncio.CancelledError is one."""


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SystemExit(3), Odd("odd")], ids=repr
)
@pytest.mark.parametrize("hook", ["started", "epoch", "ended"])
def test_one_that_raises_is_told_once_and_left_out_and_the_run_goes_on(
    Diary: Any, Noting: Any, followed: Callable[..., Experiment], hook: str, error: BaseException
) -> None:
    broken, whole = Diary({hook: error}), Diary()
    result = run(followed(broken, whole), observer=(noting := Noting()))
    name = {"started": "run_started", "epoch": "epoch_ended", "ended": "run_ended"}[hook]
    said = " ".join(f"{type(error).__name__}: {error}".split())
    assert noting.notes == [
        f"track[0] (Following) failed in nlpkit_{name} and is left out from here on: {said}"
    ]
    assert broken.names.count(hook) == 1
    assert broken.names[-1] == hook
    assert whole.names == ["started", "epoch", "epoch", "ended"]
    assert len(result.epochs) == 2
    assert result.notes == ()  # they are of the data and the training


def test_an_error_that_cannot_even_be_told_is_told_by_its_type(
    Diary: Any, Noting: Any, followed: Callable[..., Experiment]
) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    run(followed(Diary({"started": Odd()})), observer=(noting := Noting()))
    assert noting.notes[0].endswith("left out from here on: Odd")


@pytest.mark.parametrize("hook", ["started", "epoch", "ended"])
def test_who_interrupts_it_interrupts_the_run(
    Diary: Any, followed: Callable[..., Experiment], hook: str
) -> None:
    stop = KeyboardInterrupt()
    first, interrupted = Diary(), Diary({hook: stop})
    with pytest.raises(KeyboardInterrupt) as caught:
        run(followed(first, interrupted))
    assert caught.value is stop
    if hook != "ended":
        assert first.told[-1] == ("ended", None, stop)


@pytest.mark.parametrize("error", [ConnectionError("server gone"), SystemExit(3)], ids=repr)
def test_one_that_cannot_be_built_is_told_once_and_the_run_goes_on_without_it(
    Diary: Any, Noting: Any, EXPERIMENT: Experiment, tracker_of: Any, error: BaseException
) -> None:
    @dataclass(frozen=True)
    class Far(Tracker):
        """Its server is gone."""

        def build(self) -> object:
            torch.manual_seed(0)
            raise error

    whole = Diary()
    result = run(replace(EXPERIMENT, track=(Far(), tracker_of(whole))), observer=(noting := Noting()))
    assert noting.notes == [
        f"track[0] (Far) failed in build and is left out from here on: {type(error).__name__}: {error}"
    ]
    assert whole.names == ["started", "epoch", "epoch", "ended"]
    assert result.scores == run(EXPERIMENT).scores


def test_what_a_signal_raises_in_it_ends_the_run(followed: Callable[..., Experiment]) -> None:
    class Terminated:
        @hookimpl
        def nlpkit_epoch_ended(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    def leave(number: int, frame: object) -> None:
        raise SystemExit(number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(SystemExit):
            run(followed(Terminated()))
    finally:
        signal.signal(signal.SIGTERM, before)


class Generator:
    @hookimpl
    def nlpkit_epoch_ended(self) -> Any:
        yield


class Coroutine:
    @hookimpl
    async def nlpkit_epoch_ended(self) -> None: ...


class AsyncGenerator:
    @hookimpl
    async def nlpkit_epoch_ended(self) -> Any:
        yield


class Misspelt:
    @hookimpl
    def nlpkit_epoch_end(self) -> None: ...


class Unmarked:
    @hookimpl
    def nlpkit_run_started(self) -> None: ...

    def nlpkit_epoch_ended(self) -> None: ...


class Registering:
    @hookimpl
    def nlpkit_register(self, registry: Any) -> None: ...


class Wanting:
    @hookimpl
    def nlpkit_epoch_ended(self, loss: float) -> None: ...


@pytest.mark.parametrize(
    ("listener", "problem"),
    [
        (Misspelt(), "nlpkit_epoch_end of what Following builds is no hook of trackers; did you mean "
         "nlpkit_epoch_ended?"),
        (Registering(), "nlpkit_register of what Following builds is no hook of trackers; did you mean "),
        (Unmarked(), "nlpkit_epoch_ended of what Following builds is not marked\n  mark any of "
         "nlpkit_run_started, nlpkit_step_ended, nlpkit_epoch_ended, nlpkit_run_ended with @hookimpl"),
        (Generator(), "nlpkit_epoch_ended of what Following builds is a generator, and its body would never "
         "run: make it a plain function"),
        (Coroutine(), "nlpkit_epoch_ended of what Following builds is a coroutine, and its body would "),
        (AsyncGenerator(), "nlpkit_epoch_ended of what Following builds is a generator, and its body would "),
        (object(), "what Following builds has no hook\n  mark any of "),
        (None, "what Following builds has no hook\n  mark any of "),
        (Wanting(), "Argument(s) {'loss'} are declared in the hookimpl but can not be found in the hookspec"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_object_without_proper_hooks_is_refused_before_any_work(
    Diary: Any, followed: Callable[..., Experiment], listener: object, problem: str
) -> None:
    diary = Diary()
    with pytest.raises(ConfigError) as caught:
        run(followed(diary, listener))
    assert str(caught.value).startswith("track[1]: ")
    assert problem in str(caught.value)
    assert diary.told == []


def test_a_hook_that_a_later_version_has_may_be_optional(
    Noting: Any, followed: Callable[..., Experiment]
) -> None:
    class Ahead:
        @hookimpl(optionalhook=True)
        def nlpkit_batch_ended(self) -> None: ...

    run(followed(Ahead()), observer=(noting := Noting()))
    assert noting.notes == []


def test_a_wrapper_runs_around_nothing(Noting: Any, followed: Callable[..., Experiment]) -> None:
    heard: list[Any] = []

    class Wrapping:
        @hookimpl(wrapper=True)
        def nlpkit_run_started(self) -> Any:
            heard.append((yield))

    run(followed(Wrapping()), observer=(noting := Noting()))
    assert (heard, noting.notes) == ([[]], [])


def test_a_hook_that_gives_a_coroutine_is_told_and_left_out(
    Noting: Any, followed: Callable[..., Experiment]
) -> None:
    async def wait() -> None: ...

    class Decorated:
        @hookimpl
        def nlpkit_epoch_ended(self) -> Any:
            return wait()

    run(followed(Decorated()), observer=(noting := Noting()))
    assert noting.notes == [
        "track[0] (Following) failed in nlpkit_epoch_ended and is left out from here on: "
        "TypeError: nlpkit_epoch_ended gives a coroutine, and its body never runs"
    ]
