"""Trackers in a run: what they build is told how the run goes, and changes nothing of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from nlpkit import hookspecs
from nlpkit.ambient import ambient_kept
from nlpkit.components import Component
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.isolation import attempt, in_words
from nlpkit.plugins import load_plugins

if TYPE_CHECKING:
    from nlpkit.components import Tracker
    from nlpkit.experiment import Experiment
    from nlpkit.running import Result
    from nlpkit.training.state import EpochReport

Note = Callable[[str], None]
HOOKS = ("nlpkit_run_started", "nlpkit_epoch_ended", "nlpkit_run_ended")


class Tracking:
    """What the trackers of a run have built, in their order. One that raises is left out, which is noted."""

    def __init__(self, trackers: tuple[Tracker, ...], note: Note) -> None:
        self.result: Result | None = None  # what the end of the run is told with, once there is one
        self._note = note
        self._managers: dict[str, pluggy.PluginManager] = {}
        for place, tracker in enumerate(trackers):
            name = f"track[{place}] ({type(tracker).__name__})"
            built: list[object] = []
            if self._went_well(name, "build", lambda: built.append(tracker.build())):  # noqa: B023
                self._managers[name] = _registered(tracker, built[0], f"track[{place}]")

    @contextmanager
    def following(self, experiment: Experiment, folder: Path | None) -> Iterator[None]:
        """From the start of a run to its end, whichever that is."""
        try:
            self._tell("nlpkit_run_started", experiment=experiment, folder=folder)
            yield
        except BaseException as error:
            self._tell("nlpkit_run_ended", result=None, error=error)
            raise
        self._tell("nlpkit_run_ended", result=self.result, error=None)

    def epoch_ended(self, report: EpochReport) -> None:
        self._tell("nlpkit_epoch_ended", report=report)

    def _tell(self, hook: str, **told: object) -> None:
        for name, manager in list(self._managers.items()):
            if not self._went_well(name, hook, lambda: hookspecs.call(manager, hook, **told)):  # noqa: B023
                del self._managers[name]

    def _went_well(self, name: str, what: str, work: Callable[[], object]) -> bool:
        """Whether a tracker's code did its work, which is noted where it did not."""
        with ambient_kept():
            error = attempt(work)
        if error is not None:
            self._note(f"{name} failed in {what} and is left out from here on: {in_words(error)}")
        return error is None


def flat_settings(experiment: Experiment) -> dict[str, bool | int | float | str]:
    """What a store of experiments keeps of one: each setting by its path, such as `encoder.embedding.size`.

    A component is there as `encoder.type`, one of several as `encoder.encoders.0.type`. Trackers are not.
    """
    return dict(_flat(experiment, ""))


def _flat(settings: Any, path: str) -> Iterator[tuple[str, bool | int | float | str]]:
    if isinstance(settings, Component):
        yield f"{path}type", _name_of(settings)
    for field in fields(settings):
        value, here = getattr(settings, field.name), path + field.name
        if here == "track":
            continue
        if is_dataclass(value):
            yield from _flat(value, f"{here}.")
        elif isinstance(value, tuple) and any(map(is_dataclass, value)):
            for place, item in enumerate(value):
                yield from _flat(item, f"{here}.{place}.")
        elif isinstance(value, bool | int | float | str):
            yield here, value
        elif value is None or isinstance(value, Path):
            yield here, "none" if value is None else str(value)
        else:
            yield here, json.dumps(value, ensure_ascii=False, default=str)


def _name_of(component: Component) -> str:
    try:
        return load_plugins().registry.name_of(type(component))
    except ConfigError:
        return type(component).__name__


def _registered(tracker: Tracker, built: object, place: str) -> pluggy.PluginManager:
    """A manager of what the tracker has built alone, so that one that raises stops no other."""
    what = f"what {type(tracker).__name__} builds"
    hint = f"mark any of {', '.join(HOOKS)} with @hookimpl"
    try:
        manager = hookspecs.managed(built, what)
    except pluggy.PluginValidationError as error:
        raise ConfigError(" ".join(str(error).split()), location=place) from error
    callers = manager.get_hookcallers(built) or []
    for caller in callers:
        if caller.name not in HOOKS and not all(each.optionalhook for each in caller.get_hookimpls()):
            problem = f"{caller.name} of {what} is no hook of trackers; {did_you_mean(caller.name, HOOKS)}"
            raise ConfigError(problem, location=place)
    unmarked = {name for name in dir(built) if name.startswith("nlpkit_")} - {each.name for each in callers}
    if unmarked:
        raise ConfigError(f"{min(unmarked)} of {what} is not marked", location=place, hint=hint)
    if not callers:
        raise ConfigError(f"{what} has no hook", location=place, hint=hint)
    return manager
