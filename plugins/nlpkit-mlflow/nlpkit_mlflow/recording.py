"""One run in an MLflow store, through its client alone, which sets none of MLflow's global state."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException

from nlpkit import Experiment, Result, flat_settings, hookimpl
from nlpkit.training import EpochReport

FILES = ("report.html", "scores.json", "manifest.json", "experiment.toml")
BATCH = 100  # params a request may have, and 6,000 characters a value: mlflow.utils.validation
VALUE_CHARS = 6000
TAG_CHARS = 5000


class Recording:
    """Records what it is told about one run."""

    def __init__(self, experiment: str, tracking_uri: str, run_name: str | None) -> None:
        self._experiment = experiment
        self._run_name = run_name
        self._tracking_uri = tracking_uri
        self._client: MlflowClient | None = None  # which opens the store
        self._run_id = ""
        self._epoch = 0

    @hookimpl
    def nlpkit_run_started(self, experiment: Experiment, folder: Path | None) -> None:
        self._client = MlflowClient(tracking_uri=self._tracking_uri)
        name = self._run_name or (folder.name if folder else None)
        run = self._client.create_run(_experiment_id(self._client, self._experiment), run_name=name)
        self._run_id = run.info.run_id
        params = [Param(name, str(value)[:VALUE_CHARS]) for name, value in flat_settings(experiment).items()]
        for start in range(0, len(params), BATCH):
            self._client.log_batch(self._run_id, params=params[start : start + BATCH])

    @hookimpl
    def nlpkit_epoch_ended(self, report: EpochReport) -> None:
        self._epoch = report.epoch
        values = {
            "train_loss": report.train_loss,
            "train_accuracy": report.train_accuracy,
            "learning_rate": report.learning_rate,
            "texts_per_second": report.texts_per_second,
            "padding_fraction": report.padding_fraction,
            **{f"valid_{score}": value for score, value in report.valid.items()},
        }
        of = f"{report.member}/" if report.member else ""  # one of a pool
        self._metrics({f"{of}{name}": value for name, value in values.items()})

    @hookimpl
    def nlpkit_run_ended(self, result: Result | None, error: BaseException | None) -> None:
        if self._client is None or not self._run_id:  # interrupted before it started
            return
        if result is None:
            said = f"{type(error).__name__}: {error}"[:TAG_CHARS]
            self._client.set_tag(self._run_id, "nlpkit.error", said)
            killed = isinstance(error, KeyboardInterrupt)
            self._client.set_terminated(self._run_id, "KILLED" if killed else "FAILED")
            return
        self._metrics({f"test_{score}": value for score, value in result.scores.items()})
        if result.folder is not None:
            for name in FILES:
                self._client.log_artifact(self._run_id, str(result.folder / name))
        self._client.set_terminated(self._run_id, "FINISHED")

    def _metrics(self, values: Mapping[str, float]) -> None:
        if self._client is not None:
            now = int(time.time() * 1000)
            metrics = [Metric(name, float(value), now, self._epoch) for name, value in values.items()]
            self._client.log_batch(self._run_id, metrics=metrics)


def _experiment_id(client: MlflowClient, name: str) -> str:
    """The experiment of that name, made where it is not there yet."""
    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException:
            found = client.get_experiment_by_name(name)  # by another run, meanwhile
            if found is None:
                raise
    return str(found.experiment_id)
