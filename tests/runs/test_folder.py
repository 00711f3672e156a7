from __future__ import annotations

import csv
import json
import platform
import re
import socket
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from nlpkit import (
    Csv,
    load,
    run,
)
from nlpkit.cli.main import outcome
from nlpkit.experiment import file as experiments
from nlpkit.runs.folder import epoch_line
from nlpkit.training.state import EpochReport
from tests.runs.quick import EXPERIMENT

SAME = ("model/weights.safetensors", "model/bundle.json", "predictions.csv", "scores.json", "experiment.toml")
HOSTILE = [
    "/etc/passwd",
    "../../up",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "a\x1b[31mred\x07b",
    "x" * 300,
    'quo"ted, "twice"',
    "two\nlines",
    "tab\tbed",
    "right \u202eto left",
    "CON",
    "新聞 📰",
]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_run_folder_has_all_that_is_promised(trained: Path) -> None:
    files = {str(path.relative_to(trained)) for path in trained.rglob("*") if path.is_file()}
    assert files == {
        "experiment.toml",
        "audit.json",
        "manifest.json",
        "metrics.jsonl",
        "scores.json",
        "predictions.csv",
        "report.txt",
        "report.html",
        "report.json",
        "model/bundle.json",
        "model/weights.safetensors",
        "model/vocabulary.json",
        "model/labels.json",
        "model/settings.toml",
    }


def test_metrics_have_a_line_for_each_epoch_with_its_speed(trained: Path) -> None:
    lines = [json.loads(line) for line in read(trained / "metrics.jsonl").splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert lines[0].keys() == {
        "epoch",
        "texts",
        "train_loss",
        "train_accuracy",
        "learning_rate",
        "train_seconds",
        "texts_per_second",
        "valid_accuracy",
        "valid_log_loss",
        "best",
    }
    assert all(line["texts"] == 400 and line["texts_per_second"] > 0 for line in lines)


def test_predictions_have_a_row_for_each_test_text_and_agree_with_the_scores(trained: Path) -> None:
    with (trained / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scored = json.loads(read(trained / "scores.json"))
    names = load(trained).labels.names
    assert [int(row["row"]) for row in rows] == list(range(1, 81))
    assert sum(row["gold"] == row["predicted"] for row in rows) / 80 == scored["scores"]["accuracy"]
    for row in rows:
        chances = {name: float(row[f"probability:{name}"]) for name in names}
        assert max(chances, key=chances.__getitem__) == row["predicted"]
        assert sum(chances.values()) == pytest.approx(1, abs=1e-4)


def test_scores_are_numbers_and_name_the_epoch_that_the_model_is_from(trained: Path) -> None:
    scored = json.loads(read(trained / "scores.json"))
    assert list(scored) == [
        "texts",
        "scores",
        "intervals",
        "interval_notes",
        "accuracy",
        "majority_accuracy",
        "unseen_labels",
        "classes",
        "averages",
        "macro_classes",
        "confusion_matrix",
        "confusions",
        "baseline",
        "leaked_test_rows",
        "best_epoch",
        "best_valid",
        "calibration",
        "slices",
    ]
    assert [row["name"] for row in scored["classes"]] == list(load(trained).labels.names)
    assert scored["accuracy"] == scored["scores"]["accuracy"]
    assert scored["intervals"].keys() == scored["scores"].keys()
    low, high = scored["intervals"]["log_loss"]
    assert low < scored["scores"]["log_loss"] < high
    lines = [json.loads(line) for line in read(trained / "metrics.jsonl").splitlines()]
    best = [line for line in lines if line["best"]][-1]
    assert scored["best_epoch"] == best["epoch"]
    assert scored["best_valid"] == {name: best[f"valid_{name}"] for name in ("accuracy", "log_loss")}
    told = f"validation scores of epoch {best['epoch']}, which the model is from\n"
    assert told in read(trained / "report.txt")


def test_the_manifest_is_complete(trained: Path) -> None:
    manifest = json.loads(read(trained / "manifest.json"))
    assert manifest.keys() == {
        "format",
        "written",
        "seed",
        "data",
        "model",
        "components",
        "warnings",
        "wall_seconds",
        "versions",
        "hardware",
        "cost",
        "git",
    }
    assert manifest["cost"]["peak_memory_bytes"] > 50_000_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", manifest["written"])
    assert manifest["versions"].keys() == {"nlpkit", "python", "torch", "numpy", "scikit-learn"}
    assert manifest["components"].keys() == {
        "data",
        "encoder",
        "tokenizer",
        "collator",
        "trainer",
        "trainer.loss",
    }
    assert manifest["components"]["encoder"]["name"] == "embedding_mean"
    assert manifest["data"]["facts"]["train_texts"] == 400
    assert manifest["model"]["parameters"] > 0
    assert manifest["written"] in read(trained / "report.html")


def test_the_same_seed_gives_the_same_bytes_and_so_does_the_experiment_that_was_written(
    tmp_path: Path,
) -> None:
    run(EXPERIMENT, tmp_path / "a")
    run(EXPERIMENT, tmp_path / "b")
    run(experiments.load_experiment(tmp_path / "a" / "experiment.toml"), tmp_path / "c")
    for name in SAME:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()


def labelled(folder: Path, labels: list[str]) -> Path:
    file = folder / "labelled.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label"])
        writer.writerows(
            [f"word{i} of {turn}", label] for turn in range(10) for i, label in enumerate(labels)
        )
    return file


def test_names_of_classes_are_intact_in_data_and_harmless_where_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    labelled(Path(), HOSTILE)
    data = Csv(train=Path("labelled.csv"))
    run(replace(EXPERIMENT, data=data), tmp_path / "run")
    folder = tmp_path / "run"
    assert sorted(json.loads(read(folder / "model" / "labels.json"))) == sorted(HOSTILE)
    classes = json.loads(read(folder / "scores.json"))["classes"]
    assert sorted(row["name"] for row in classes) == sorted(HOSTILE)
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["gold"] for row in rows} <= set(HOSTILE)
    assert {name for name in rows[0] if name.startswith("probability:")} == {
        f"probability:{name}" for name in HOSTILE
    }
    assert {path.name for path in tmp_path.iterdir()} == {"run", "labelled.csv"}
    for name in ("report.txt", "report.html"):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", read(folder / name))
    assert "<script" not in read(folder / "report.html")
    assert max(map(len, read(folder / "report.txt").splitlines())) <= 80
    capsys.readouterr()
    assert outcome(["predict", "run", "--probabilities", *(f"word{i} of 3" for i in range(12))]) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 12
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_no_file_tells_where_it_was_made_or_by_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    secrets = {"HOME": "home-of-ada", "USERPROFILE": "home-of-ada", "LOGNAME": "user-ada", "USER": "user-ada"}
    for name, secret in secrets.items():
        monkeypatch.setenv(name, secret)
    monkeypatch.setattr(socket, "gethostname", lambda: "host-of-ada")
    monkeypatch.setattr(platform, "node", lambda: "host-of-ada")
    labelled(Path(), ["y ", "n"])  # the space is worth a warning about the file
    for data in (Csv(train=Path("labelled.csv")), Csv(train=tmp_path / "labelled.csv")):
        folder = tmp_path / ("absolute" if data.train.is_absolute() else "relative")
        result = run(replace(EXPERIMENT, data=data), folder)
        assert any("labelled.csv: removed spaces" in note.text for note in result.notes)
        for path in folder.rglob("*"):
            if path.is_file() and not (data.train.is_absolute() and path.name == "experiment.toml"):
                content = path.read_bytes()
                for secret in (str(tmp_path), "of-ada", "user-ada"):
                    assert secret.encode() not in content, path
    written = tomllib.loads(read(tmp_path / "absolute" / "experiment.toml"))
    assert written["data"]["train"] == str(tmp_path / "labelled.csv")  # or it could not be run again


def test_every_json_file_is_json_even_where_a_score_is_not_defined(tmp_path: Path) -> None:
    run(replace(EXPERIMENT, metrics=("roc_auc",)), tmp_path / "run")

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    for path in (tmp_path / "run").rglob("*.json*"):
        for document in read(path).splitlines() if path.suffix == ".jsonl" else [read(path)]:
            json.loads(document, parse_constant=refuse)


def test_a_line_of_metrics_has_the_losses_of_the_encoder_by_name() -> None:
    report = EpochReport(
        1, 2, 8, 0.5, 0.25, 1e-3, 1.0, 8.0, {"accuracy": 0.5}, True, losses={"penalty": 0.125}
    )
    assert epoch_line(report)["loss_penalty"] == 0.125
