"""`nlpkit run FOLDER`, where the folder has experiments."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.cli.several import experiments_in

NEXT = 'open the report.html of each run, or try\n  nlpkit predict {} "a text"\n'


@pytest.fixture
def steps(tiny: Path) -> Path:
    """A folder of two tiny experiments, the second of which has a larger table of vectors."""
    folder = tiny.parent / "steps"
    folder.mkdir()
    text = tiny.read_text(encoding="utf-8")
    (folder / "2_large.toml").write_text(text.replace("\nsize = 4", "\nsize = 8"), encoding="utf-8")
    tiny.rename(folder / "1_small.toml")
    return folder


def test_each_experiment_of_a_folder_is_run_and_a_table_compares_them(
    steps: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("run", "steps")
    assert code == 0
    assert err.startswith("steps/1_small.toml -> runs/steps/1_small\n")
    assert "\nsteps/2_large.toml -> runs/steps/2_large\n" in err
    assert err.endswith(f"written to runs/steps: {NEXT.format('runs/steps/2_large')}")
    head, *rows = [line.split() for line in out.splitlines()]
    assert head == ["experiment", "accuracy", "seconds", "parameters"]
    assert [name for name, *_ in rows] == ["1_small", "2_large"]
    for name, accuracy, seconds, parameters in rows:
        folder = Path("runs/steps") / name
        scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert accuracy == f"{scores['accuracy']:.4f}"
        assert seconds == f"{manifest['wall_seconds']['train']:.1f}"
        assert int(parameters.replace(",", "")) == manifest["model"]["parameters"]


def test_a_run_in_a_row_is_the_run_of_its_file_alone(steps: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("run", "steps", "--set", "seed=7").code == 0
    assert nlpkit("run", "steps/2_large.toml", "--set", "seed=7", "--folder", "alone").code == 0
    for file in ("predictions.csv", "experiment.toml"):
        assert Path("alone", file).read_bytes() == Path("runs/steps/2_large", file).read_bytes()


def test_the_folder_that_is_written_can_be_named_and_is_numbered_when_it_is_taken(
    steps: Path, nlpkit: Callable[..., Any]
) -> None:
    for _ in range(2):
        assert nlpkit("run", "steps/").code == 0
    assert nlpkit("run", "steps", "--folder", "here").code == 0
    for folder in ("runs/steps", "runs/steps-2", "here"):
        assert {path.name for path in Path(folder).iterdir()} == {"1_small", "2_large"}
    code, out, err = nlpkit("run", "steps", "--folder", "here")
    assert (code, out) == (2, "")
    assert err.startswith("error: here: this folder exists, and nothing is ever overwritten\n")


def test_json_is_a_list_of_the_documents_of_the_runs(steps: Path, nlpkit: Callable[..., Any]) -> None:
    documents = json.loads(nlpkit("run", "steps", "--json").out)
    assert [document["folder"] for document in documents] == ["runs/steps/1_small", "runs/steps/2_large"]
    assert all({"scores", "epochs", "manifest"} <= set(document) for document in documents)


def test_a_mistake_in_one_file_is_refused_before_any_is_run(steps: Path, nlpkit: Callable[..., Any]) -> None:
    file = steps / "2_large.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("epochs = 1", "epochs = 0"), encoding="utf-8")
    code, out, err = nlpkit("run", "steps")
    assert (code, out) == (2, "")
    assert err == (
        "error: steps/2_large.toml: a problem with the settings\n"
        "  trainer.epochs: 0 is not a whole number from 1 to 1000000\n"
    )
    assert not Path("runs").exists()


def test_what_one_experiment_lacks_here_is_refused_before_any_is_run(
    steps: Path, nlpkit: Callable[..., Any]
) -> None:
    file = steps / "2_large.toml"
    text = file.read_text(encoding="utf-8").replace("\nsize = 8", '\nsize = 8\nvectors = "none.txt"')
    file.write_text(text, encoding="utf-8")
    code, out, err = nlpkit("run", "steps")
    assert (code, out) == (3, "")
    assert "none.txt: there is no such file" in err
    assert not Path("runs").exists()


def test_a_bar_holds_for_each_run_and_all_are_run(steps: Path, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("run", "steps", "--min", "accuracy=1")
    assert code == 6
    assert len(out.splitlines()) == 3
    assert "and --min asks for 1" in err
    assert nlpkit("run", "steps", "--min", "accuracy=0").code == 0


def test_a_run_without_test_texts_has_no_accuracy(steps: Path, nlpkit: Callable[..., Any]) -> None:
    Path("rows.csv").write_text(
        "text,label\n" + "".join(f"day {n},{'ab'[n % 2]}\n" for n in range(20)), encoding="utf-8"
    )
    data = 'data={type = "csv", train = "rows.csv", split = {test_fraction = 0}}'
    code, out, err = nlpkit("run", "steps", "--set", data)
    assert code == 0, err
    assert out.splitlines()[1].split()[:3] == ["1_small", "not", "defined"]


@pytest.mark.parametrize("beside", ["notes.txt", "pos/1.txt"])
@pytest.mark.parametrize("verb", ["run", "check", "init"])
def test_experiments_among_other_things_are_not_taken_for_texts(
    verb: str, beside: str, steps: Path, nlpkit: Callable[..., Any]
) -> None:
    (steps / beside).parent.mkdir(exist_ok=True)
    (steps / beside).write_text("a text\n", encoding="utf-8")
    code, out, err = nlpkit(verb, "steps")
    assert (code, out) == (3, "")
    assert err == (
        "error: steps: this folder has experiments in it, such as 1_small.toml\n"
        "  name one of them; nlpkit run also takes a folder of experiments and nothing else; "
        "if these are texts, name the format: folders or class_files\n"
    )


def test_a_format_makes_texts_of_any_files(steps: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("check", "steps", "--format", "class_files").out.startswith("steps: these settings can run")
    said = nlpkit("run", "steps", "--format", "class_files", "--set", "effort=quick").err
    assert said.startswith("steps: read as class_files, 2 classes\n")


def test_what_is_hidden_and_what_was_run_there_is_not_looked_at(steps: Path) -> None:
    (steps / "runs" / "1_small").mkdir(parents=True)
    (steps / ".hidden").touch()
    assert experiments_in(steps) == [steps / "1_small.toml", steps / "2_large.toml"]
    assert experiments_in(steps / "1_small.toml") == experiments_in(steps / "runs") == []
    assert experiments_in(steps / "nowhere") == []
