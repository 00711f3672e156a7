"""Which values a trial gets: a function of the seed, the place of the trial and the trials before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial

from nlpkit_optuna.trial import derived


class Placed(BaseSampler):
    """Optuna's TPE (Bergstra et al., 2011), drawn anew for each trial and parameter: no two processes draw
    the same, and a trial that is run again gets what it had. The first trial has the experiment's own values.

    `place` numbers trials, from 0; `own` is what the experiment has for a parameter, None where the space
    does not have that.
    """

    def __init__(self, seed: int, place: Callable[[FrozenTrial], int], own: Callable[[str], Any]) -> None:
        self._seed, self._place, self._own = seed, place, own

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        if not self._place(trial):
            return {}
        return self._drawing(trial, "").infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._drawing(trial, "").sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        if not self._place(trial) and (own := self._own(param_name)) is not None:
            return own
        drawing = self._drawing(trial, param_name)
        return drawing.sample_independent(study, trial, param_name, param_distribution)

    def _drawing(self, trial: FrozenTrial, name: str) -> TPESampler:
        return TPESampler(seed=derived(self._seed, self._place(trial), name))
