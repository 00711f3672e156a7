"""The README and the example say what is so."""

from __future__ import annotations

import re
import shutil
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Experiment, Headlines, Lstm, load_experiment
from nlpkit_optuna import Search, Space
from nlpkit_optuna.command import sweep

PLUGIN = Path(__file__).resolve().parents[1]
README = (PLUGIN / "README.md").read_text(encoding="utf-8")
EXAMPLE = PLUGIN / "examples" / "trec6.toml"
SPACE = PLUGIN / "examples" / "trec6_space.toml"


def test_the_space_of_the_readme_is_one() -> None:
    [text] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    space = Space.of(tomllib.loads(text), Experiment(data=Headlines(), encoder=Lstm()))
    assert len(space.parameters) == 8


def test_the_python_of_the_readme_finds_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # the code is ours
    assert capsys.readouterr().out == f"{names['found'].best.score} {names['found'].best.settings}\n"
    assert isinstance(names["best"], Experiment)


def test_the_readme_names_every_option_with_its_default() -> None:
    for field in fields(Search):
        option = f"--{field.name.replace('_', '-')}"
        assert f"`{option}" in README, option
        if isinstance(field.default, int):
            assert re.search(rf"`{option}`[^\n]*\b{field.default}\b", README), option


def test_the_example_is_searched_as_its_files_say(
    trec6: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (EXAMPLE, SPACE):
        shutil.copy(path, tmp_path)
    shutil.copy(trec6 / "train.csv", tmp_path)  # test texts are not needed
    monkeypatch.chdir(tmp_path)
    [command] = re.findall(r"#   nlpkit sweep (.*)", EXAMPLE.read_text(encoding="utf-8"))
    few = ["--trials", "2", "--set", "trainer.epochs=2"]
    with sweep.make_context("nlpkit sweep", [*command.split(), *few]) as context:
        sweep.invoke(context)
    assert capsys.readouterr().out.startswith("trec6: 2 trials (2 complete)\n")
    best = load_experiment("sweeps/trec6/best.toml")
    assert best.data == load_experiment(EXAMPLE.name).data
