"""The event file of a run: records that tensorboard's own functions make and write.

The file is closed between hooks. No thread writes it, so that what cannot be written is an error where it
happens, and processes that training forks take no half-written record along.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from nlpkit import Experiment, NlpkitError, Result, dump_experiment, flat_settings, hookimpl
from nlpkit.training import EpochReport


class Events:
    """Writes what it is told about one run."""

    def __init__(self, folder: Path, name: str | None) -> None:
        self._folder = folder
        self._name = name
        self._file: Path | None = None
        self._epoch = 0

    @hookimpl
    def nlpkit_run_started(self, experiment: Experiment, folder: Path | None) -> None:
        name = self._name or (folder.name if folder else "") or "run"
        self._file = _new_folder(self._folder, name) / f"events.out.tfevents.{time.time_ns()}.nlpkit"
        _append(self._file, Event(wall_time=time.time(), file_version="brain.Event:2"))
        self._summaries(hparams_pb(flat_settings(experiment)), *_toml(experiment))

    @hookimpl
    def nlpkit_epoch_ended(self, report: EpochReport) -> None:
        self._epoch = report.epoch
        values = {
            "train/loss": report.train_loss,
            "train/accuracy": report.train_accuracy,
            "train/learning_rate": report.learning_rate,
            "train/texts_per_second": report.texts_per_second,
            "train/padding_fraction": report.padding_fraction,
            **{f"valid/{score}": value for score, value in report.valid.items()},
        }
        of = f"{report.member}/" if report.member else ""  # one of a pool
        self._summaries(*(scalar_pb(f"{of}{tag}", value) for tag, value in values.items()))

    @hookimpl
    def nlpkit_run_ended(self, result: Result | None, error: BaseException | None) -> None:
        scores = result.scores if result else {}
        told = [text_pb("error", f"    {type(error).__name__}: {error}")] if error else []
        self._summaries(
            *(scalar_pb(f"test/{score}", value) for score, value in scores.items()), *told, _end(error)
        )

    def _summaries(self, *summaries: Summary) -> None:
        if self._file is None:  # interrupted before it started
            return
        now = time.time()
        _append(
            self._file, *(Event(wall_time=now, step=self._epoch, summary=summary) for summary in summaries)
        )


def _append(path: Path, *events: Event) -> None:
    with path.open("ab") as file:
        records = RecordWriter(file)
        for event in events:
            records.write(event.SerializeToString())


def _new_folder(parent: Path, name: str) -> Path:
    """A new folder called `name`, or the first of name-2, name-3, ... that is free."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError  # it counts without end


def _toml(experiment: Experiment) -> list[Summary]:
    """The experiment file as a text; none of settings that no file can hold."""
    try:
        text = dump_experiment(experiment)
    except NlpkitError:
        return []
    return [text_pb("experiment.toml", "".join(f"    {line}\n" for line in text.split("\n")))]


def _end(error: BaseException | None) -> Summary:
    """What ends a row of TensorBoard's table of hyperparameters."""
    status = api_pb2.Status.Value("STATUS_FAILURE" if error else "STATUS_SUCCESS")
    ended = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
    data = plugin_data_pb2.HParamsPluginData(session_end_info=ended)
    summary = Summary()
    summary.value.add(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(data),
        tensor=metadata.NULL_TENSOR,
    )
    return summary
