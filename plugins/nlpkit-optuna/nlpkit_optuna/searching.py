"""A search that goes on in this process, and perhaps in others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from nlpkit import NlpkitError, Splits
from nlpkit_optuna.folder import SweepFolder
from nlpkit_optuna.found import Row, Sweep, bytes_text, short_names, value_text
from nlpkit_optuna.search import Search
from nlpkit_optuna.seats import Seats
from nlpkit_optuna.space import Space
from nlpkit_optuna.storage import ERROR, quiet, require_same
from nlpkit_optuna.trial import Found, Measure

_HOPELESS = 3  # trials that fail before one succeeds
_FEW = 10  # trials, which say nothing of importances
_STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


class TimeUp(Exception):
    """This process has had its time."""


@dataclass(frozen=True)
class Searching:
    """What a process of a search has; `until` is when it stops, by `time.monotonic`."""

    space: Space
    splits: Splits
    search: Search
    measure: Measure
    seats: Seats
    facts: Mapping[str, Any]
    written: SweepFolder
    tell: Callable[[str], None]
    until: float | None

    def all_trials(self) -> None:
        """Run trials until all are over, those of other processes, too. TimeUp when it is time to stop."""
        waits = False
        while len(self.seats.over) < self.search.trials:
            self._look()
            require_same(self.seats.study, self.facts)
            trial = self.seats.take()
            if trial is None:
                others = ", ".join(str(each.number) for each in self.seats.open)
                if others and not waits:
                    self.tell(f"waiting for other processes, with trial {others}")
                time.sleep(min(1.0, self.search.grace / 4))
            else:
                self._run(trial)
            waits = trial is None

    def found(self, *, importances: bool = True) -> Sweep:
        """What there is so far; `importances` take a while."""
        return Sweep(
            metric=self.measure.metric,
            search=self.search,
            space=self.space,
            trials=tuple(map(self._row, self.seats.over)),
            importances=self._importances() if importances else {},
            folder=self.written.path,
        )

    def _look(self) -> None:
        if self.until is not None and time.monotonic() >= self.until:
            raise TimeUp

    def _run(self, trial: Trial) -> None:
        place = self.seats.place(self.seats.study.trials[trial.number])
        with self.seats.alive(trial):
            try:
                with quiet():
                    chosen = self.space.suggested(trial)
                self.tell(f"trial {trial.number}: {self._settings_text(chosen)}")
                experiment = self.space.experiment_with(chosen)
                found = self.measure.of(experiment, self.splits, place, trial, self._look)
            except optuna.TrialPruned:
                self._told(trial, "pruned", self.seats.end(trial, state=TrialState.PRUNED))
            except optuna.exceptions.UpdateFinishedTrialError:
                self._told(trial, "", False)
            except (KeyboardInterrupt, TimeUp):
                self.seats.give_back(trial)
                raise
            except Exception as error:
                self._failed(trial, error)
            else:
                self._complete(trial, found)

    def _complete(self, trial: Trial, found: Found) -> None:
        second = {"none": [], "size": [float(found.size)], "latency": [found.latency or 0.0]}
        limit = self.search.most_bytes
        mine = self.seats.end(
            trial,
            [found.score, *second[self.search.against]],
            state=TrialState.COMPLETE,
            attributes={"size": found.size, "latency": found.latency, "seconds": round(found.seconds, 3)},
            above=None if limit is None else found.size - limit,
        )
        self._told(trial, f"{self.measure.metric} {found.score:.4f}, {bytes_text(found.size)}", mine)
        self.written.best(self.found(importances=False))

    def _failed(self, trial: Trial, error: Exception) -> None:
        words = error.message if isinstance(error, NlpkitError) else f"{type(error).__name__}: {error}"
        mine = self.seats.end(trial, state=TrialState.FAIL, attributes={ERROR: words[:500]})
        self._told(trial, f"failed: {words}", mine)
        over = self.seats.over
        if len(over) >= _HOPELESS and all(each.state == TrialState.FAIL for each in over):
            raise error

    def _told(self, trial: Trial, what: str, mine: bool) -> None:
        """Say what came of a trial, and how far the search is, or that the trial is `mine` no more."""
        if not mine:
            self.tell(f"trial {trial.number}: another process took this one for dead, and runs it again")
            return
        best, over = self.found(importances=False).best, len(self.seats.over)
        known = f"; best {best.score:.4f}, trial {best.number}" if best else ""
        self.tell(f"trial {trial.number}: {what}; {over} of {self.search.trials} done{known}")

    def _settings_text(self, chosen: Mapping[str, Any]) -> str:
        return ", ".join(f"{self._names[name]}={value_text(value)}" for name, value in chosen.items())

    @cached_property
    def _names(self) -> dict[str, str]:
        return short_names([each.name for each in self.space.parameters])

    def _row(self, trial: FrozenTrial) -> Row:
        kept, score = trial.user_attrs, trial.values[0] if trial.state == TrialState.COMPLETE else None
        place = self.seats.place(trial)
        return Row(
            number=trial.number,
            place=place,
            state=_STATES[trial.state],
            settings=self.space.chosen_by(trial.params),
            seed=self.measure.seed_of(place),
            score=score,
            size=kept.get("size"),
            latency=kept.get("latency"),
            seconds=kept.get("seconds"),
            fits=all(value <= 0 for value in trial.constraints.values()),
            error=kept.get(ERROR, ""),
            epochs=tuple(sorted(trial.intermediate_values.items())),
        )

    def _importances(self) -> dict[str, float]:
        """How much of a good score each setting explains, by PED-ANOVA (Watanabe et al., 2023); empty of few
        trials.
        """
        study = self.seats.study
        sign = -1 if study.directions[0] == StudyDirection.MAXIMIZE else 1  # low values are good to it
        with quiet():
            if len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])) < _FEW:
                return {}
            return optuna.importance.get_param_importances(study, target=lambda trial: sign * trial.values[0])
