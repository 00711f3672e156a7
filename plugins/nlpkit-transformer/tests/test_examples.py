"""Every file in `examples/` and the one that README.md shows is run, for fewer epochs than it asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Result, dump_experiment, experiment_of, load_experiment, run
from nlpkit import load as load_model

PLUGIN = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((PLUGIN / "examples").glob("*.toml"))
BAR = 0.7  # the most frequent of the six classes of the test questions has 0.276 of them
each_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)


def here(trec6: Path) -> list[str]:
    return [f"data.train={str(trec6 / 'train.csv')!r}", f"data.test={str(trec6 / 'test.csv')!r}"]


def test_there_are_examples() -> None:
    assert EXAMPLES


@each_example
def test_an_example_starts_with_what_it_shows_and_how_good_it_is(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n\n", 1)[0]
    assert re.search(r"(?s)^# .*test accuracy 0\.\d{3} \(0\.\d{3} to 0\.\d{3}", first.replace("\n# ", " "))


@each_example
def test_an_example_survives_being_written_again(path: Path, tmp_path: Path) -> None:
    (tmp_path / "again.toml").write_text(dump_experiment(load_experiment(path)), encoding="utf-8")
    assert load_experiment(tmp_path / "again.toml") == load_experiment(path)


@each_example
def test_an_example_learns_question_types_in_few_epochs(path: Path, trec6: Path, tmp_path: Path) -> None:
    result = run(load_experiment(path, [*here(trec6), "trainer.epochs=4"]), tmp_path / "run")
    assert result.scores["accuracy"] > BAR
    texts = result.splits.test.texts[:50]
    loaded = load_model(tmp_path / "run")
    assert loaded.predict(texts) == result.model.predict(texts)


def test_the_experiment_of_the_readme_runs(trec6: Path) -> None:
    [snippet] = re.findall(r"```toml\n(.*?)```", (PLUGIN / "README.md").read_text(encoding="utf-8"), re.S)
    table: dict[str, Any] = tomllib.loads(snippet)
    table["data"] |= {"train": str(trec6 / "train.csv"), "test": str(trec6 / "test.csv")}
    table["trainer"]["epochs"] = 2
    result: Result = run(experiment_of(table))
    assert result.scores["accuracy"] > 0.4  # after two epochs


def test_the_readme_names_every_component_and_setting() -> None:
    from dataclasses import fields

    from nlpkit import load_plugins

    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    registry = load_plugins().registry
    entries = [
        entry
        for kind in ("collator", "encoder")
        for entry in registry.entries(kind)
        if entry.distribution == "nlpkit-transformer"
    ]
    assert len(entries) == 2
    for entry in entries:
        names = [entry.name, *(field.name for field in fields(entry.settings))]
        assert [name for name in names if f"`{name}`" not in readme] == []
