from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import nlpkit
from nlpkit import load_experiment
from nlpkit_torchtext import TorchtextTokenizer

EXAMPLE = Path(__file__).parents[1] / "examples" / "trec6_torchtext.toml"


@pytest.fixture
def experiment(trec6: Path) -> nlpkit.Experiment:
    return load_experiment(EXAMPLE, [f"data.train={trec6 / 'train.csv'}", f"data.test={trec6 / 'test.csv'}"])


def test_the_example_learns_trec_as_the_built_in_tokenizer_does_bit_for_bit(
    torchtext: ModuleType, experiment: nlpkit.Experiment, tmp_path: Path
) -> None:
    result = nlpkit.run(experiment, tmp_path / "run")
    assert result.scores["accuracy"] > 0.8
    assert nlpkit.run(replace(experiment, tokenizer=nlpkit.BasicEnglish())).scores == result.scores
    model = nlpkit.load(tmp_path / "run")
    assert model.settings.tokenizer == TorchtextTokenizer()
