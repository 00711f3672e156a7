"""Every file in `examples/` is run: made small, without AG News and without the network."""

from __future__ import annotations

import csv
import runpy
import shutil
from pathlib import Path

import pytest

import nlpkit
from nlpkit.cli.shipped import examples_folder
from nlpkit.experiment.file import load_experiment
from nlpkit.plugins.loading import load_plugins
from nlpkit.settings.tables import to_table

EXPERIMENTS = sorted(examples_folder().rglob("*.toml"))
SMALL = '{type = "headlines", train_size = 200, valid_size = 40, test_size = 40}'


def made_small(path: Path) -> list[str]:
    """Overrides that make an example run in a second."""
    experiment = load_experiment(path)
    kind = to_table(experiment, load_plugins())["data"]["type"]
    data = {"ag_news": f"data.fallback={SMALL}", "headlines": f"data={SMALL}"}.get(kind)
    places = [f"members.{place}." for place in range(len(experiment.members))] or [""]
    known = ("epochs=1", "min_steps=none")
    loops = [place for place, each in zip(places, experiment.classifiers, strict=True) if _loops(each)]
    return [f"{place}trainer.{change}" for place in loops for change in known] + ([data] if data else [])


def _loops(member: nlpkit.Member) -> bool:
    return isinstance(member.trainer, nlpkit.Standard)


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_example_file_runs_from_a_folder_of_its_own(path: Path, away: Path) -> None:
    for part, rows in {"train": range(40), "test": range(40, 50)}.items():
        with (away / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            writer.writerows([f"good day {i}" if i % 2 else f"bad night {i}", "ny"[i % 2]] for i in rows)
    copy = shutil.copy(path, away)  # its files are beside it
    result = nlpkit.run(load_experiment(copy, made_small(path)), away / "run", nlpkit.Observer())
    assert (away / "run" / "report.html").is_file()
    assert 0 <= result.scores["accuracy"] <= 1


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_example_file_starts_with_what_it_shows(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_the_parts_composed_in_python_learn_the_headlines(
    away: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = runpy.run_path(str(examples_folder() / "compose.py"))
    assert compose["as_an_experiment"](away / "run").scores["accuracy"] > 0.8
    assert compose["as_parts"]() > 0.8


def test_an_lstm_learns_the_order_of_words_and_an_embedding_mean_cannot() -> None:
    data = nlpkit.Headlines(train_size=4000, valid_size=200, test_size=1000, order_fraction=1.0)
    trainer = nlpkit.Standard(batch_size=16, epochs=2, learning_rate=2e-3)
    lstm = nlpkit.run(nlpkit.Experiment(data=data, encoder=nlpkit.Lstm(), trainer=trainer))
    assert lstm.scores["accuracy"] >= 0.95
    mean = nlpkit.run(nlpkit.Experiment(data=data, encoder=nlpkit.EmbeddingMean(), trainer=trainer))
    assert abs(mean.scores["accuracy"] - 0.25) <= 0.05
