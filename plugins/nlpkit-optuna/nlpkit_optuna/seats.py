"""The trials of a study, as many as were asked for by all processes together.

A trial counts from its start on, unless it was cut off: then it waits to be run again and counts as that. Of
those that count, the first ones by number have the seats, so that two processes that take the last seat at
once agree on who has it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.storages import RDBStorage, fail_stale_trials
from optuna.trial import FrozenTrial, Trial, TrialState

from nlpkit_optuna.storage import AGAIN, ERROR, quiet, run_again

SPARE = "spare"  # the attribute of a trial that came too late for a seat
_OVER = (TrialState.COMPLETE, TrialState.PRUNED)
_OPEN = (TrialState.RUNNING, TrialState.WAITING)


def is_over(trial: FrozenTrial) -> bool:
    """Whether it has come to an end of its own: it is complete, was pruned, or failed for good."""
    return trial.state in _OVER or ERROR in trial.user_attrs


def counts(trial: FrozenTrial) -> bool:
    """Whether it has a seat or waits for one."""
    return trial.state in _OPEN or is_over(trial)


class Seats:
    """The trials of a study, of which `total` are run."""

    def __init__(self, study: optuna.Study, storage: RDBStorage, total: int) -> None:
        self.study, self.storage, self.total = study, storage, total
        self._places: dict[int, int] = {}

    @property
    def over(self) -> list[FrozenTrial]:
        """The trials that have come to an end."""
        return [each for each in self._trials() if is_over(each)]

    @property
    def open(self) -> list[FrozenTrial]:
        """Those that run somewhere, or wait."""
        return [each for each in self._trials() if each.state in _OPEN]

    def place(self, trial: FrozenTrial) -> int:
        """The place of a trial among all that were begun, from 0; one that is run again keeps its place."""
        number = trial.user_attrs.get(AGAIN, trial.number)
        if number not in self._places:  # which does not change
            earlier = (each for each in self._trials() if each.number < number)
            self._places[number] = sum(AGAIN not in each.user_attrs for each in earlier)
        return self._places[number]

    def take(self) -> Trial | None:
        """A trial to run: one that was cut off elsewhere, or a new one. None while others have all seats."""
        self._give_up_dead_ones()
        seated = [each for each in self._trials() if counts(each)][: self.total]
        if len(seated) == self.total and not any(each.state == TrialState.WAITING for each in seated):
            return None
        with quiet():
            trial = self.study.ask()
        if sum(counts(each) and each.number < trial.number for each in self._trials()) < self.total:
            return trial
        trial.set_user_attr(SPARE, True)
        self.study.tell(trial, state=TrialState.FAIL)
        return None

    def give_back(self, trial: Trial) -> None:
        """Let a trial be run again, here or elsewhere, that this process does not go on with."""
        if self.end(trial, state=TrialState.FAIL):
            run_again(self.study, self.study.trials[trial.number], killed=False)

    def end(
        self,
        trial: Trial,
        values: Sequence[float] | None = None,
        *,
        state: TrialState,
        attributes: Mapping[str, Any] | None = None,
        above: float | None = None,
    ) -> bool:
        """Tell what came of a trial, and how many bytes its model is `above` what was asked for; False where
        another process took this one for dead and runs it again.
        """
        try:
            if above is not None:
                trial.set_constraint("size", above)
            for name, value in (attributes or {}).items():
                trial.set_user_attr(name, value)
            self.study.tell(trial, values, state=state)
        except (ValueError, optuna.exceptions.UpdateFinishedTrialError):
            return False
        return True

    @contextmanager
    def alive(self, trial: Trial) -> Iterator[None]:
        """Signs of life of a trial, from a thread."""
        over, seconds = threading.Event(), self.storage.get_heartbeat_interval()

        def beat() -> None:
            while not over.wait(seconds):
                self._beat(trial._trial_id)

        self._beat(trial._trial_id)
        thread = threading.Thread(target=beat, name="nlpkit-sweep", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _trials(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _beat(self, trial_id: int) -> None:
        try:
            self.storage.record_heartbeat(trial_id)
        except optuna.exceptions.StorageInternalError:
            pass  # a busy database: the next sign is soon enough

    def _give_up_dead_ones(self) -> None:
        """Let trials be run again whose process has given no sign of life for long."""
        from sqlalchemy import text

        silent = "SELECT trial_id FROM trials WHERE state = 'RUNNING' AND trial_id NOT IN "
        silent += "(SELECT trial_id FROM trial_heartbeats)"
        with self.storage.engine.connect() as connection:
            never = [row[0] for row in connection.execute(text(silent))]
        for trial_id in never:  # killed before its first sign: its time runs from now on
            self._beat(trial_id)
        with quiet():
            fail_stale_trials(self.study)
