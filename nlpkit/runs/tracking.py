"""Trackers in a run: what they build is told how the run goes, and changes nothing of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from nlpkit.components.kinds import Component
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.notes import Note
from nlpkit.plugins import hooks
from nlpkit.plugins.isolation import attempt, in_words
from nlpkit.plugins.loading import load_plugins
from nlpkit.runs import events
from nlpkit.runs.ambient import ambient_kept
from nlpkit.settings.walk import is_settings, walk

if TYPE_CHECKING:
    from nlpkit.components.kinds import Tracker
    from nlpkit.experiment.value import Experiment
    from nlpkit.runs.result import Result
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import EpochReport

HOOKS = hooks.OF_TRACKERS


class Tracking:
    """What the trackers of a run have built, in their order. One that raises is left out, which is noted."""

    def __init__(self, trackers: tuple[Tracker, ...], tell: Callable[[Note], None]) -> None:
        self.result: Result | None = None  # what the end of the run is told with, once there is one
        self._tell_note = tell
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

    def follows_steps(self) -> bool:
        """Whether any of them is to be told of each step."""
        return any(each.hook.nlpkit_step_ended.get_hookimpls() for each in self._managers.values())

    def step_ended(self, progress: TrainingProgress) -> None:
        self._tell("nlpkit_step_ended", progress=deepcopy(progress))

    def epoch_ended(self, report: EpochReport) -> None:
        self._tell("nlpkit_epoch_ended", report=replace(report, valid=dict(report.valid)))

    def _tell(self, hook: str, **told: object) -> None:
        for name, manager in list(self._managers.items()):
            if not self._went_well(name, hook, lambda: hooks.call(manager, hook, **told)):  # noqa: B023
                del self._managers[name]

    def _went_well(self, name: str, what: str, work: Callable[[], object]) -> bool:
        """Whether a tracker's code did its work, which is noted where it did not."""
        with ambient_kept():
            error = attempt(work)
        if error is not None:
            said = f"{name} failed in {what} and is left out from here on: {in_words(error)}"
            self._tell_note(Note(said, "loud"))
        return error is None


def flat_settings(experiment: Experiment) -> dict[str, bool | int | float | str]:
    """What a store of experiments keeps of one: each setting by its path, such as `encoder.embedding.size`.

    A component is there as `encoder.type`, one of several as `encoder.encoders.0.type`. Trackers are not.
    """
    registry, found = load_plugins().registry, dict[str, bool | int | float | str]()
    for place, value in walk(replace(experiment, track=()), into=_holds_settings):
        path = re.sub(r"\[(\d+)\]", r".\1", place)  # stores take no brackets in a name
        if isinstance(value, Component):
            found[f"{path}.type"] = registry.entry_of(type(value)).name
        elif path != "track" and not _holds_settings(value):
            found[path] = _as_plain(value)
    return found


def _holds_settings(value: Any) -> bool:
    """Whether it is settings, or there are some in it."""
    return any(is_settings(inner) for _, inner in walk(value))


def _as_plain(value: Any) -> bool | int | float | str:
    if isinstance(value, bool | int | float):
        return value
    plain = "none" if value is None else value
    text = str(plain) if isinstance(plain, str | Path) else json.dumps(plain, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()  # stores take no lone surrogates


def _registered(tracker: Tracker, built: object, place: str) -> pluggy.PluginManager:
    """A manager of what the tracker has built alone, so that one that raises stops no other."""
    what = f"what {type(tracker).__name__} builds"
    hint = f"mark any of {', '.join(HOOKS)} with @hookimpl"
    try:
        manager = hooks.managed(built, what, events)
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
