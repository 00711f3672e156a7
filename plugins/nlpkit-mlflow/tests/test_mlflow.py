from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Experiment, Result, SettingsError, dump_experiment, experiment_of, load_experiment, run
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_mlflow import Mlflow

PLUGIN = Path(__file__).resolve().parents[1]
EXAMPLE = PLUGIN / "examples" / "trec6_mlflow.toml"
Quick = Callable[..., Experiment]

# MLflow 3.17 maps its tables with an option that SQLAlchemy 2.1 deprecates
pytestmark = pytest.mark.filterwarnings(
    r"ignore:The ``noload`` loader strategy is deprecated:sqlalchemy.exc.SADeprecationWarning"
)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any) -> None:
        raise RuntimeError(f"a test reaches for the network: {given[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose tables are made, which takes MLflow some seconds."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    client(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty store in the current folder, which is a new one."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(database, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


def client(uri: str) -> Any:
    Mlflow().build()  # what switches MLflow's reports of its use off
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def runs(uri: str, experiment: str = "nlpkit") -> list[Any]:
    found = client(uri).get_experiment_by_name(experiment)
    return list(client(uri).search_runs([found.experiment_id])) if found else []


def history(uri: str, run_id: str, name: str) -> list[tuple[int, float]]:
    return sorted((metric.step, metric.value) for metric in client(uri).get_metric_history(run_id, name))


@parametrize_with_checks([Mlflow(), Mlflow("a", "http://localhost:5000", "b")])
def test_it_keeps_what_every_component_promises(component: Mlflow, check: Check) -> None:
    check(component)


def test_settings_epochs_scores_and_files_are_read_back(quick: Quick, store: str, tmp_path: Path) -> None:
    result = run(quick(track=(Mlflow(tracking_uri=store),)), tmp_path / "mean")
    [recorded] = runs(store)
    assert (recorded.info.status, recorded.info.run_name) == ("FINISHED", "mean")
    assert recorded.data.params["encoder.type"] == "embedding_mean"
    assert recorded.data.params["encoder.embedding.size"] == "4"
    assert recorded.data.params["metrics"] == '["accuracy", "log_loss"]'
    assert not [name for name in recorded.data.params if name.startswith("track")]
    run_id = recorded.info.run_id
    expected = {
        "train_loss": [report.train_loss for report in result.epochs],
        "train_accuracy": [report.train_accuracy for report in result.epochs],
        "learning_rate": [report.learning_rate for report in result.epochs],
        "texts_per_second": [report.texts_per_second for report in result.epochs],
        "padding_fraction": [report.padding_fraction for report in result.epochs],
        "valid_accuracy": [report.valid["accuracy"] for report in result.epochs],
        "valid_log_loss": [report.valid["log_loss"] for report in result.epochs],
    }
    for name, values in expected.items():
        assert history(store, run_id, name) == [(1, values[0]), (2, values[1])], name
    for name, value in result.scores.items():
        assert history(store, run_id, f"test_{name}") == [(2, value)]
    assert set(recorded.data.metrics) == {*expected, "test_accuracy", "test_log_loss"}
    kept = {file.path for file in client(store).list_artifacts(run_id)}
    assert kept == {"report.html", "scores.json", "manifest.json", "experiment.toml"}
    copy = Path(client(store).download_artifacts(run_id, "experiment.toml"))
    assert copy.read_text(encoding="utf-8") == (tmp_path / "mean" / "experiment.toml").read_text(
        encoding="utf-8"
    )


def test_runs_of_one_experiment_are_together_under_their_names(quick: Quick, store: str) -> None:
    for name in ("first", "second"):
        run(quick(track=(Mlflow("mine", store, name),)))
    assert {each.info.run_name for each in runs(store, "mine")} == {"first", "second"}
    assert all(not client(store).list_artifacts(each.info.run_id) for each in runs(store, "mine"))


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), "KILLED"), (RuntimeError("odd"), "FAILED")], ids=repr
)
def test_a_run_that_fails_or_is_interrupted_is_marked_so(
    error: BaseException, status: str, quick: Quick, noting: Any, store: str, tmp_path: Path
) -> None:
    with pytest.raises(type(error)):
        run(quick(track=(Mlflow(tracking_uri=store),)), tmp_path / "run", noting(error))
    [recorded] = runs(store)
    assert recorded.info.status == status
    assert recorded.info.end_time
    assert recorded.data.tags["nlpkit.error"].startswith(type(error).__name__)
    assert "test_accuracy" not in recorded.data.metrics


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db/below/a/file.db", "./mlruns", "gopher://x"])
def test_a_store_that_cannot_be_opened_is_told_once_and_the_run_goes_on(
    uri: str, quick: Quick, noting: Any, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between MLflow's tries
    observer = noting()
    result = run(quick(track=(Mlflow(tracking_uri=uri),)), observer=observer)
    assert len(result.epochs) == 2
    [note] = observer.notes
    assert note.startswith("track[0] (Mlflow) failed in nlpkit_run_started and is left out from here on: ")


def test_a_store_that_breaks_in_the_middle_is_told_once(
    quick: Quick, noting: Any, store: str, tmp_path: Path
) -> None:
    import sqlite3

    class Breaking(noting):  # type: ignore[misc]
        def epoch(self, report: Any) -> None:
            connection = sqlite3.connect(tmp_path / "mlflow.db")
            connection.execute("DROP TABLE IF EXISTS metrics")
            connection.commit()
            connection.close()

    observer = Breaking()
    assert len(run(quick(track=(Mlflow(tracking_uri=store),)), observer=observer).epochs) == 2
    [note] = observer.notes
    assert "failed in nlpkit_epoch_ended" in note


def test_a_folder_is_a_store_where_mlflow_is_told_to_allow_it(
    quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    run(quick(track=(Mlflow(tracking_uri="./mlruns"),)))
    [recorded] = runs("./mlruns")
    assert (recorded.info.status, recorded.data.params["seed"]) == ("FINISHED", "13")


def test_the_weights_are_the_same_bits_with_and_without(quick: Quick, store: str) -> None:
    def weights(result: Result) -> list[bytes]:
        return [each.numpy().tobytes() for each in result.model.classifier.state_dict().values()]

    assert weights(run(quick())) == weights(run(quick(track=(Mlflow(tracking_uri=store),))))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"experiment": " "}, "experiment: is empty"),
        ({"tracking_uri": ""}, "tracking_uri: is empty"),
        ({"run_name": ""}, "run_name: is empty"),
        ({"tracking_uri": "https://me:pass@host/x"}, "tracking_uri: has a password; set "
         "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Mlflow(**changes)
    assert str(caught.value) == problem


def test_mlflow_reports_nothing_of_its_use() -> None:
    program = (
        "import os; os.environ.pop('CI', None); import nlpkit_mlflow as n; n.Mlflow().build(); "
        "from mlflow.telemetry.client import get_telemetry_client; import threading; "
        "assert get_telemetry_client() is None; assert len(threading.enumerate()) == 1"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_checking_a_file_loads_neither_mlflow_nor_torch(tmp_path: Path) -> None:
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text("text,label\n", encoding="utf-8")
    shutil.copy(EXAMPLE, tmp_path)
    program = (
        "import sys; from nlpkit.cli.main import outcome; "
        f"assert outcome(['check', {EXAMPLE.name!r}]) == 0; "
        "assert not {'torch', 'mlflow', 'sqlalchemy', 'numpy'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "track[0]   mlflow" in ran.stdout


def test_the_example_trains_and_is_as_good_as_it_says(trec6: Path, store: str, tmp_path: Path) -> None:
    here = [f"data.train={str(trec6 / 'train.csv')!r}", f"data.test={str(trec6 / 'test.csv')!r}"]
    result = run(load_experiment(EXAMPLE, here), Path("runs/trec6"))
    said = re.search(r"is about (0\.\d+)", EXAMPLE.read_text(encoding="utf-8"))
    assert said is not None
    assert result.scores["accuracy"] == pytest.approx(float(said[1]), abs=0.02)
    [recorded] = runs(store, "question types")  # mlflow.db of the current folder
    assert recorded.data.metrics["test_accuracy"] == result.scores["accuracy"]
    assert len(history(store, recorded.info.run_id, "valid_accuracy")) == 8


def test_the_example_survives_being_written_again() -> None:
    assert experiment_of(tomllib.loads(dump_experiment(load_experiment(EXAMPLE)))) == load_experiment(EXAMPLE)


def test_the_readme_shows_what_works_and_names_every_setting() -> None:
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    [snippet] = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    table = tomllib.loads(snippet) | {"data": "headlines", "encoder": "lstm"}
    assert experiment_of(table).track == (Mlflow("question types"),)
    assert [field.name for field in fields(Mlflow) if f"`{field.name}`" not in readme] == []
