from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api_pb2, metadata

from nlpkit import (
    EmbeddingMean,
    Experiment,
    Result,
    SettingsError,
    dump_experiment,
    experiment_of,
    load_experiment,
    run,
)
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_tensorboard import TensorBoard

PLUGIN = Path(__file__).resolve().parents[1]
EXAMPLE = PLUGIN / "examples" / "trec6_tensorboard.toml"
Quick = Callable[..., Experiment]


def read(folder: Path) -> EventAccumulator:
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return accumulator


def curve(events: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.tensor_proto.float_val[0]) for event in events.Tensors(tag)]


def text(events: EventAccumulator, tag: str) -> str:
    [event] = events.Tensors(tag)
    return event.tensor_proto.string_val[0].decode()


def hparams(events: EventAccumulator, tag: str) -> Any:
    content = events.SummaryMetadata(tag).plugin_data.content
    return (
        metadata.parse_session_start_info_plugin_data(content)
        if "start" in tag
        else (metadata.parse_session_end_info_plugin_data(content))
    )


@parametrize_with_checks([TensorBoard(), TensorBoard(Path("a"), name="b")])
def test_it_keeps_what_every_component_promises(component: TensorBoard, check: Check) -> None:
    check(component)


def test_each_epoch_and_the_test_scores_are_read_back(quick: Quick, tmp_path: Path) -> None:
    experiment = quick(track=(TensorBoard(tmp_path / "tb"),))
    result = run(experiment, tmp_path / "mean")
    events = read(tmp_path / "tb" / "mean")
    expected = {
        "train/loss": [report.train_loss for report in result.epochs],
        "train/accuracy": [report.train_accuracy for report in result.epochs],
        "train/learning_rate": [report.learning_rate for report in result.epochs],
        "train/texts_per_second": [report.texts_per_second for report in result.epochs],
        "train/padding_fraction": [report.padding_fraction for report in result.epochs],
        "valid/accuracy": [report.valid["accuracy"] for report in result.epochs],
        "valid/log_loss": [report.valid["log_loss"] for report in result.epochs],
    }
    for tag, values in expected.items():
        assert curve(events, tag) == [(1, pytest.approx(values[0])), (2, pytest.approx(values[1]))], tag
    for name, value in result.scores.items():
        assert curve(events, f"test/{name}") == [(2, pytest.approx(value))]
    assert set(events.Tags()["tensors"]) == {
        *expected,
        "test/accuracy",
        "test/log_loss",
        "experiment.toml",
        metadata.SESSION_START_INFO_TAG,
        metadata.SESSION_END_INFO_TAG,
    }


def test_settings_are_a_text_and_hyperparameters(quick: Quick, tmp_path: Path) -> None:
    experiment = quick(track=(TensorBoard(tmp_path, name="a run"),))
    run(experiment)
    events = read(tmp_path / "a run")
    written = "\n".join(line.removeprefix("    ") for line in text(events, "experiment.toml").split("\n"))
    assert experiment_of(tomllib.loads(written)) == experiment
    start = hparams(events, metadata.SESSION_START_INFO_TAG)
    assert start.hparams["encoder.type"].string_value == "embedding_mean"
    assert start.hparams["encoder.embedding.size"].number_value == 4
    assert start.hparams["encoder.embedding.frozen"].bool_value is False
    assert not [name for name in start.hparams if name.startswith("track")]
    assert hparams(events, metadata.SESSION_END_INFO_TAG).status == api_pb2.Status.Value("STATUS_SUCCESS")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("odd")], ids=repr)
def test_a_run_that_fails_has_its_curves_and_the_error(
    error: BaseException, quick: Quick, noting: Any, tmp_path: Path
) -> None:
    with pytest.raises(type(error)):
        run(quick(track=(TensorBoard(tmp_path),)), observer=noting(error))
    events = read(tmp_path / "run")
    assert text(events, "error").strip().startswith(type(error).__name__)
    assert hparams(events, metadata.SESSION_END_INFO_TAG).status == api_pb2.Status.Value("STATUS_FAILURE")
    assert "test/accuracy" not in events.Tags()["tensors"]


def test_runs_of_one_name_are_numbered(quick: Quick, tmp_path: Path) -> None:
    for _ in range(3):
        run(quick(track=(TensorBoard(tmp_path, name="lstm"),)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lstm", "lstm-2", "lstm-3"]


def test_a_folder_that_cannot_be_is_told_once_and_the_run_goes_on(
    quick: Quick, noting: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    observer = noting()
    result = run(quick(track=(TensorBoard(tmp_path / "file" / "tb"),)), observer=observer)
    assert len(result.epochs) == 2
    [note] = observer.notes
    assert note.startswith(
        "track[0] (TensorBoard) failed in nlpkit_run_started and is left out from here on: "
    )
    assert "NotADirectoryError" in note


def test_a_folder_that_is_gone_in_the_middle_is_told_once(quick: Quick, noting: Any, tmp_path: Path) -> None:
    import shutil

    class Removing(noting):  # type: ignore[misc]
        def epoch(self, report: Any) -> None:
            shutil.rmtree(tmp_path / "tb", ignore_errors=True)

    observer = Removing()
    assert len(run(quick(track=(TensorBoard(tmp_path / "tb"),)), observer=observer).epochs) == 2
    [note] = observer.notes
    assert "failed in nlpkit_epoch_ended" in note
    assert not (tmp_path / "tb").exists()


def test_components_without_a_name_are_tracked_by_their_class(
    quick: Quick, noting: Any, tmp_path: Path
) -> None:
    @dataclass(frozen=True)
    class Mine(EmbeddingMean):
        """Not registered."""

    observer = noting()
    run(quick(encoder=Mine(), track=(TensorBoard(tmp_path),)), observer=observer)
    assert observer.notes == []
    events = read(tmp_path / "run")
    name = hparams(events, metadata.SESSION_START_INFO_TAG).hparams["encoder.type"].string_value
    assert name == f"{__name__}:{Mine.__qualname__}"
    assert f'type = "{name}"' in text(events, "experiment.toml")


def test_settings_that_no_file_can_hold_are_tracked_without_a_file(quick: Quick, tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Mine(EmbeddingMean):
        """Not registered."""

        note: str = "\ud800"

    run(quick(encoder=Mine(), track=(TensorBoard(tmp_path),)))
    assert "experiment.toml" not in read(tmp_path / "run").Tags()["tensors"]


def test_the_weights_are_the_same_bits_with_and_without(quick: Quick, tmp_path: Path) -> None:
    def weights(result: Result) -> list[bytes]:
        return [each.numpy().tobytes() for each in result.model.classifier.state_dict().values()]

    torch.manual_seed(1)
    assert weights(run(quick())) == weights(run(quick(track=(TensorBoard(tmp_path),))))


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "\0"])
def test_a_name_that_no_folder_has_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="is not the name of a folder"):
        TensorBoard(name=name)


def test_checking_a_file_loads_neither_tensorboard_nor_torch(tmp_path: Path) -> None:
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text("text,label\n", encoding="utf-8")
    shutil.copy(EXAMPLE, tmp_path)
    program = (
        "import sys; from nlpkit.cli.main import outcome; "
        f"assert outcome(['check', {EXAMPLE.name!r}]) == 0; "
        "assert not {'torch', 'tensorboard', 'numpy'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "track[0]   tensorboard" in ran.stdout


def test_tracking_loads_no_tensorflow_and_no_writer_of_torch(tmp_path: Path) -> None:
    program = (
        "import sys, nlpkit_tensorboard as t; t.TensorBoard().build(); "
        "assert not {'tensorflow', 'torch.utils.tensorboard'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_example_trains_and_is_as_good_as_it_says(
    trec6: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = [f"data.train={str(trec6 / 'train.csv')!r}", f"data.test={str(trec6 / 'test.csv')!r}"]
    result = run(load_experiment(shutil.copy(EXAMPLE, tmp_path), here), Path("runs/trec6"))
    said = re.search(r"is about (0\.\d+)", EXAMPLE.read_text(encoding="utf-8"))
    assert said is not None
    assert result.scores["accuracy"] == pytest.approx(float(said[1]), abs=0.02)
    events = read(tmp_path / "runs" / "tensorboard" / "trec6")
    assert curve(events, "test/accuracy") == [(5, pytest.approx(result.scores["accuracy"]))]
    assert [step for step, _ in curve(events, "valid/accuracy")] == [1, 2, 3, 4, 5]


def test_the_example_survives_being_written_again() -> None:
    assert experiment_of(tomllib.loads(dump_experiment(load_experiment(EXAMPLE)))) == load_experiment(EXAMPLE)


def test_the_readme_shows_what_works_and_names_every_setting() -> None:
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    [snippet] = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    table = tomllib.loads(snippet) | {"data": "headlines", "encoder": "lstm"}
    assert experiment_of(table).track == (TensorBoard(),)
    assert [field.name for field in fields(TensorBoard) if f"`{field.name}`" not in readme] == []


def test_members_of_a_pool_have_curves_of_their_own(quick: Quick, tmp_path: Path) -> None:
    one = quick()
    pool = Experiment(data=one.data, members=one.classifiers * 2, track=(TensorBoard(tmp_path / "tb"),))
    result = run(pool, tmp_path / "pool")
    events = read(tmp_path / "tb" / "pool")
    for member in ("embedding_mean", "embedding_mean-2"):
        losses = [report.train_loss for report in result.epochs if report.member == member]
        assert curve(events, f"{member}/train/loss") == list(enumerate(map(pytest.approx, losses), 1))
