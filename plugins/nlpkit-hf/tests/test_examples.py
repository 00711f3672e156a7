"""Every file in `examples/` is run, and every component and setting is in README.md."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from nlpkit import dump_experiment, load_experiment, load_plugins, run
from nlpkit import load as load_model

PLUGIN = Path(__file__).resolve().parents[1]
EXAMPLES = PLUGIN / "examples"


def here(trec6: Path) -> list[str]:
    return [f"data.train={str(trec6 / 'train.csv')!r}", f"data.test={str(trec6 / 'test.csv')!r}"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_an_example_survives_being_written_again(path: Path, tmp_path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
    (tmp_path / "again.toml").write_text(dump_experiment(load_experiment(path)), encoding="utf-8")
    assert load_experiment(tmp_path / "again.toml") == load_experiment(path)


def test_subwords_and_a_recurrent_network_learn_question_types(trec6: Path, tmp_path: Path) -> None:
    result = run(load_experiment(EXAMPLES / "trec6_subwords.toml", here(trec6)), tmp_path / "run")
    assert result.scores["accuracy"] > 0.8
    texts = list(result.splits.test.texts)[:50]
    loaded = load_model(tmp_path / "run")
    assert np.allclose(loaded.probabilities(texts), result.model.probabilities(texts), atol=1e-6)


def test_a_model_of_a_pretrained_folder_needs_the_folder_no_more(
    trec6: Path, tmp_path: Path, model_folder: Callable[[str], Path]
) -> None:
    folder = shutil.copytree(model_folder("bert"), tmp_path / "bert")
    small = tmp_path / "small.csv"
    small.write_text("".join((trec6 / "train.csv").read_text().splitlines(keepends=True)[:300]))
    changes = [
        *here(trec6),
        f"data.train={str(small)!r}",
        f"tokenizer.file={str(folder / 'tokenizer.json')!r}",
        f"encoder.folder={str(folder)!r}",
        "trainer.epochs=1",
    ]
    result = run(load_experiment(EXAMPLES / "trec6_pretrained.toml", changes), tmp_path / "run")
    texts = [*list(result.splits.test.texts)[:20], "", "what " * 200]
    expected = result.model.probabilities(texts)
    shutil.rmtree(folder)
    loaded = load_model(tmp_path / "run")
    assert np.allclose(loaded.probabilities(texts), expected, atol=1e-6)
    assert str(tmp_path) not in (tmp_path / "run" / "model" / "settings.toml").read_text()


def test_the_readme_names_every_component_and_setting() -> None:
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    entries = [
        entry
        for kind in ("tokenizer", "dataset", "encoder")
        for entry in load_plugins().registry.entries(kind)
        if entry.distribution == "nlpkit-hf"
    ]
    assert len(entries) == 4
    for entry in entries:
        names = [entry.name, *(field.name for field in fields(entry.settings))]
        assert [name for name in names if f"`{name}`" not in readme] == []
