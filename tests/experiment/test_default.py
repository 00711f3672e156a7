from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nlpkit
from nlpkit.components.tokenizers import Unicode
from nlpkit.experiment.commented import commented
from nlpkit.experiment.default import default_experiment, experiment_for
from nlpkit.experiment.file import dump_experiment, overridden
from nlpkit.experiment.plan import linear, network
from nlpkit.settings.help import field_docs

CONTENT = "body;team\n" + "".join(
    f"the {'oven' if i % 2 else 'bill'} of day {i};{i % 2}\n" for i in range(60)
)


@pytest.fixture
def tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("tickets.csv")
    path.write_text(CONTENT, encoding="utf-8")
    return path


def test_a_file_is_all_that_has_to_be_named(tickets: Path) -> None:
    experiment, guess = experiment_for(tickets, {})

    data = nlpkit.Csv(tickets, text="body", label="team", delimiter=";")
    assert experiment == default_experiment(data)
    assert guess.said.startswith('with delimiter = ";" and text = "body" and label = "team"')


def test_the_default_experiment_learns(tickets: Path) -> None:
    experiment, _ = experiment_for(tickets, {})

    assert nlpkit.run(experiment).scores["accuracy"] == 1.0


def test_settings_of_an_experiment_are_overridden_as_those_of_a_file(tickets: Path) -> None:
    experiment = overridden(default_experiment(nlpkit.Csv(tickets)), ["seed=7", "effort=quick"])

    assert (experiment.seed, experiment.effort) == (7, "quick")


@pytest.mark.parametrize("folder", [".", "experiments", "/"])
def test_a_commented_file_is_the_same_experiment(tickets: Path, folder: str) -> None:
    experiment = replace(experiment_for(tickets, {})[0], members=(linear(), network(Unicode())))
    written = commented(experiment, Path(folder))

    if folder != "/":
        Path(folder).mkdir(exist_ok=True)
        path = Path(folder, "tickets.toml")
        path.write_text(written, encoding="utf-8")
        assert nlpkit.load_experiment(path) == experiment
    for name, doc in field_docs(nlpkit.Standard).items():
        assert f"{name} = " in written or f"\n[member.trainer.{name}]" in written
        assert f"  # {doc}" in written
    assert '[member.trainer.loss]  # what is minimised\ntype = "cross_entropy"' in written
    assert "\nbatch_size = 64" in written  # not the default
    told = "# how the learning rate goes on after the warm-up: constant, linear, cosine or a schedule"
    assert f'# schedule = "linear"  {told}\n' in written
    assert "in half the bits, where the device is faster so: float32, bfloat16" in written


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("tickets.csv", "data: 'tickets.csv' is not a dataset; Csv(train=\"tickets.csv\") reads a file"),
        (["a", "b"], "data: a list is not a dataset; InMemory(texts, labels) holds columns"),
    ],
)
def test_what_is_no_dataset_is_refused_with_the_one_to_take(data: Any, said: str) -> None:
    with pytest.raises(nlpkit.SettingsError) as caught:
        default_experiment(data)
    assert str(caught.value) == said


def test_every_line_of_a_commented_file_may_be_set(tickets: Path) -> None:
    experiment = replace(experiment_for(tickets, {})[0], members=(linear(), network(Unicode())))
    lines = commented(experiment).split("\n")
    lines = [line for line in lines if ' = "..."' not in line]  # unset, and without a word for that
    every = "\n".join(line.removeprefix("# ") for line in lines if " = " in line or line.startswith("["))
    path = Path("every.toml")
    path.write_text(every, encoding="utf-8")

    assert nlpkit.load_experiment(path) == experiment


def test_a_path_in_a_file_is_relative_to_the_file(tickets: Path) -> None:
    Path("deep/er").mkdir(parents=True)
    path = Path("deep/er/a.toml")
    path.write_text('encoder = "lstm"\n[data]\ntype = "csv"\ntrain = "../../tickets.csv"\n', encoding="utf-8")

    assert nlpkit.load_experiment(path).data == nlpkit.Csv(tickets)
    assert nlpkit.load_experiment(path, ['data.test="x.csv"']).data == nlpkit.Csv(tickets, test=Path("x.csv"))
    absolute = nlpkit.load_experiment(path.resolve()).data
    assert absolute == nlpkit.Csv(tickets.resolve())


def test_a_run_folder_names_files_from_where_it_is(tickets: Path) -> None:
    experiment, _ = experiment_for(tickets, {})
    quick = overridden(experiment, ["encoder=embedding_mean", 'trainer={type="standard", epochs=1}'])
    nlpkit.run(quick, "runs/a")

    table = tomllib.loads(Path("runs/a/experiment.toml").read_text(encoding="utf-8"))
    assert table["data"]["train"] == "../../tickets.csv"
    assert nlpkit.load_experiment("runs/a/experiment.toml") == quick
    assert tomllib.loads(dump_experiment(quick))["data"]["train"] == "tickets.csv"
