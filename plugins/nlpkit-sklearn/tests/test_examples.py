"""Every file in `examples/` and every file that README.md shows is run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Observer, Result, dump_experiment, experiment_of, load_experiment, load_plugins, run

PLUGIN = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((PLUGIN / "examples").glob("*.toml"))
TREC6 = [path for path in EXAMPLES if path.stem.startswith("trec6")]
each_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)


def here(trec6: Path) -> list[str]:
    return [f"data.train={str(trec6 / 'train.csv')!r}", f"data.test={str(trec6 / 'test.csv')!r}"]


@each_example
def test_an_example_starts_with_what_it_shows(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


@each_example
def test_an_example_survives_being_written_again(path: Path, tmp_path: Path) -> None:
    (tmp_path / "again.toml").write_text(dump_experiment(load_experiment(path)), encoding="utf-8")
    assert load_experiment(tmp_path / "again.toml") == load_experiment(path)


@pytest.mark.parametrize("path", TREC6, ids=lambda path: path.stem)
def test_an_example_of_question_types_is_as_good_as_it_says(path: Path, trec6: Path, tmp_path: Path) -> None:
    said = re.search(r"test accuracy (0\.\d+)", path.read_text(encoding="utf-8"))
    result = run(load_experiment(path, here(trec6)), tmp_path / "run")
    assert said is not None
    assert round(result.scores["accuracy"], 3) == pytest.approx(float(said[1]), abs=0.004)
    assert (tmp_path / "run" / "report.html").is_file()


def test_the_example_of_ag_news_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(tmp_path))
    small = 'data.fallback={type = "headlines", train_size = 200, valid_size = 40, test_size = 40}'
    experiment = load_experiment(PLUGIN / "examples" / "agnews_linear_svc.toml", [small])
    assert run(experiment, observer=Observer()).scores["accuracy"] > 0.5


def test_the_experiment_of_the_readme_runs(trec6: Path) -> None:
    import tomllib

    [snippet] = re.findall(r"```toml\n(.*?)```", (PLUGIN / "README.md").read_text(encoding="utf-8"), re.S)
    table: dict[str, Any] = tomllib.loads(snippet)
    table["data"] |= {"train": str(trec6 / "train.csv"), "test": str(trec6 / "test.csv")}
    result: Result = run(experiment_of(table))
    assert result.scores["accuracy"] > 0.85


def test_the_readme_names_every_component_and_setting() -> None:
    from dataclasses import fields

    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    entries = [
        entry
        for kind in ("tokenizer", "encoder", "trainer")
        for entry in load_plugins().registry.entries(kind)
        if entry.distribution == "nlpkit-sklearn"
    ]
    assert len(entries) == 2
    for entry in entries:
        names = [entry.name, *(field.name for field in fields(entry.settings))]
        assert [name for name in names if f"`{name}`" not in readme] == []
