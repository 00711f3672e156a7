"""One trial: an experiment with some settings, trained and scored on validation texts."""

from __future__ import annotations

import hashlib
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from nlpkit import ConfigError, Dataset, Experiment, Observer, Result, Splits, Texts, run, scores

if TYPE_CHECKING:
    from optuna import Trial

    from nlpkit import TextModel
    from nlpkit.training import EpochReport, TrainingProgress

_TIMED = 200  # texts, one by one
_WARMED = 10  # before these


@dataclass(frozen=True)
class Given(Dataset):
    """Texts that were read before, of which none are for test."""

    def build(self) -> Callable[[], Splits]:
        splits: Splits = vars(self)["splits"]
        return lambda: splits

    @classmethod
    def of(cls, splits: Splits) -> Given:
        given = cls()
        object.__setattr__(given, "splits", splits)
        return given


def read_without_test(data: Dataset) -> Splits:
    """The texts for training and validation. A file of test texts is not opened; those that are drawn from
    the same file are put aside. ConfigError where there are none for validation.
    """
    splits = _without_test_file(data).build()()
    splits = replace(splits, test=Texts([], [], separator=splits.train.separator))
    if not len(splits.valid):
        hint = "draw some, data.split.valid_fraction = 0.1, or name a file for valid"
        raise ConfigError(
            "there are no validation texts, which tell trials apart", hint=hint, location="data"
        )
    return splits


def _without_test_file(data: Dataset) -> Dataset:
    known = {each.name for each in fields(data)}
    if not {"test", "split"} <= known or getattr(data, "test", None) is None:
        return data
    labels = {"test_labels": None} if "test_labels" in known else {}
    found: Any = data
    changed: Dataset = replace(found, test=None, split=replace(found.split, test_fraction=0.0), **labels)
    return changed


@dataclass(frozen=True)
class Found:
    """What a trial came to: the score of the validation texts, the bytes of the model as it is written, the
    milliseconds to predict a text by itself, None where that is not asked for, and the seconds it took.
    """

    score: float
    size: int
    latency: float | None
    seconds: float


@dataclass(frozen=True)
class Measure:
    """What is measured in each trial: `metric` averaged over `seeds` trainings."""

    metric: str
    seeds: int
    seed: int
    latency: bool

    def of(
        self, experiment: Experiment, splits: Splits, place: int, trial: Trial, look: Callable[[], None]
    ) -> Found:
        """Train and score; `look` is called between steps, and raises to stop. TrialPruned where the scores
        of the epochs of the first training are behind those of other trials.
        """
        began = time.perf_counter()
        results = []
        for turn in range(self.seeds):
            observer = Watching(look, None if turn else trial, self.metric)
            results.append(run(in_trial(experiment, splits, self.seed_of(place) + turn), observer=observer))
        values = [valid_score(result, self.metric) for result in results]
        model = results[0].model
        latency = milliseconds(model, splits.valid.texts) if self.latency else None
        return Found(statistics.fmean(values), written_bytes(model), latency, time.perf_counter() - began)

    def seed_of(self, place: int) -> int:
        """The seed of the first training of a trial."""
        return derived(self.seed, place, "training")


def in_trial(experiment: Experiment, splits: Splits, seed: int) -> Experiment:
    """An experiment that trains once, on texts that are there, and does nothing else."""
    members = tuple(replace(each, refit=False) for each in experiment.members)
    return replace(
        experiment,
        data=Given.of(splits),
        seed=seed,
        seeds=1,
        refit=False,
        members=members,
        baseline=False,
        audit=False,
        track=(),
    )


def valid_score(result: Result, metric: str) -> float:
    """A score of the validation texts."""
    model, valid = result.model, result.splits.valid
    gold = valid.gold(model.labels)
    found = scores((metric,), gold, model.probabilities(valid.texts, workers=1), model.decision, model.labels)
    if metric in found.undefined:
        raise ConfigError(f"the validation score {found.undefined[metric]}", location="metric")
    if math.isnan(found.values[metric]):
        raise ConfigError(f"the validation score {metric} is not a number; the model gives none")
    return found.values[metric]


def written_bytes(model: TextModel) -> int:
    """The bytes of all files of a model."""
    with TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def milliseconds(model: TextModel, texts: Any) -> float:
    """The median time to predict a text by itself, over up to 200 of them, after ten others to warm up."""
    some = [texts[place] for place in range(0, len(texts), max(1, len(texts) // _TIMED))][:_TIMED]
    taken = []
    for text in [*some[:_WARMED], *some]:
        since = time.perf_counter()
        model.probabilities([text], workers=1)
        taken.append(1000 * (time.perf_counter() - since))
    return statistics.median(taken[min(_WARMED, len(some)) :])


class Watching(Observer):
    """Looks whether to stop at each step, and hands the scores of epochs to a trial, which may be pruned."""

    def __init__(self, look: Callable[[], None], trial: Trial | None, metric: str) -> None:
        self._look, self._metric = look, metric
        self._trial = trial if trial and len(trial.study.directions) == 1 else None

    def stage(self, sentence: str) -> None:
        self._look()

    def step(self, progress: TrainingProgress) -> None:
        self._look()

    def epoch(self, report: EpochReport) -> None:
        self._look()
        if self._trial is None or report.member or self._metric not in report.valid:
            return
        self._trial.report(report.valid[self._metric], report.epoch)
        if report.epoch < report.epochs and self._trial.should_prune():  # the last one saves nothing
            import optuna

            raise optuna.TrialPruned


def searched_for(experiment: Experiment, metric: str | None) -> tuple[Experiment, str]:
    """The experiment whose trainings keep their best epoch by the metric, where they can, and that metric."""
    monitor = getattr(experiment.trainer, "monitor", None) if experiment.encoder is not None else None
    if metric is None:
        return experiment, monitor if isinstance(monitor, str) else "accuracy"
    if monitor is None:
        return experiment, metric
    trainer: Any = experiment.trainer
    return replace(experiment, trainer=replace(trainer, monitor=metric)), metric


def derived(seed: int, place: int, name: str) -> int:
    """A seed for one purpose of one trial, from 0 to 2 ** 30 - 1: the same on every machine.

    >>> derived(13, 0, "training") == derived(13, 0, "training") != derived(13, 1, "training")
    True
    """
    digest = hashlib.sha256(f"{seed}/{place}/{name}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 2
