from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nlpkit.components.datasets import Headlines
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.tokenizers import Ngrams, Whitespace
from nlpkit.components.trainers import Standard
from nlpkit.experiment.file import load_experiment
from nlpkit.experiment.value import Experiment
from nlpkit.text.settings import VocabConfig
from tests.experiment.test_file import SMALL, refusal, written


def experiment(**changes: Any) -> Experiment:
    return Experiment(**{"data": Headlines(), "encoder": EmbeddingMean(), **changes})


@pytest.mark.parametrize(
    ("override", "changes"),
    [
        ("seed=7", {"seed": 7}),
        (" seed = 7 ", {"seed": 7}),
        ("encoder.hidden_size=64", {"encoder": Lstm(hidden_size=64, packed=True)}),
        ("encoder.hidden-size=64", {"encoder": Lstm(hidden_size=64, packed=True)}),
        ("encoder.pooling=mean", {"encoder": Lstm(hidden_size=8, packed=True, pooling="mean")}),
        ("encoder.type=lstm", {}),
        ("encoder=embedding_mean", {"encoder": EmbeddingMean()}),
        ("tokenizer.type=whitespace", {"tokenizer": Whitespace()}),
        ('metrics=["f1_macro"]', {"metrics": ("f1_macro",)}),
        ("track=[]", {}),
        ("vocab.max_size=none", {}),
        ("vocab.max_size=99", {"vocab": VocabConfig(min_count=2, max_size=99)}),
        ('trainer={type="standard",epochs=2}', {"trainer": Standard(epochs=2)}),
        (
            'trainer={type="standard", class_weights={World=2}}',
            {"trainer": Standard(class_weights={"World": 2.0})},
        ),
    ],
)  # fmt: skip
def test_an_override_changes_one_setting(tmp_path: Path, override: str, changes: dict[str, Any]) -> None:
    plain = {"encoder": Lstm(hidden_size=8, packed=True), "vocab": VocabConfig(min_count=2)}
    assert load_experiment(written(tmp_path, SMALL), [override]) == experiment(**{**plain, **changes})


def test_the_last_of_several_overrides_holds(tmp_path: Path) -> None:
    overrides = [
        "tokenizer=ngrams",
        "tokenizer.max_n=4",
        "tokenizer.max-n=3",
        "tokenizer.tokenizer=whitespace",
    ]
    assert load_experiment(written(tmp_path, SMALL), overrides).tokenizer == Ngrams(Whitespace(), max_n=3)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed", "--set 'seed' is not KEY=VALUE\n  for example: --set encoder.hidden_size=64"),
        ("=3", "--set '=3' is not KEY=VALUE\n  for example: --set encoder.hidden_size=64"),
        ("a..b=3", "--set 'a..b=3' is not KEY=VALUE\n  for example: --set encoder.hidden_size=64"),
        ("vocab.min_count.x=3", "--set 'vocab.min_count.x=3': vocab.min_count is 2 and has no settings"),
        ("seed=", "a problem with the settings\n  seed: '' is not a whole number"),
        ("track=diary", "a problem with the settings\n  track[0]: 'diary' is not a tracker; known: none"),
        ('track=[{}]', "a problem with the settings\n  track[0].type: is required and missing; known: none"),
        ('track=["diary"]', "a problem with the settings\n  track[0].type: tracker 'diary' is not known; "
         "known: none"),
        ("seed=1\nb=2", "a problem with the settings\n  seed: '1\\nb=2' is not a whole number"),
        ("seed=x", "a problem with the settings\n  seed: 'x' is not a whole number"),
        ("sed=1", "a problem with the settings\n  sed: no such setting; did you mean seed?"),
        ("encoder.hiden_size=1", "a problem with the settings\n  encoder.hiden_size: no such setting; "
         "did you mean hidden_size?"),
        ("trainer.epoch=1", "a problem with the settings\n  trainer.epoch: no such setting; "
         "did you mean epochs?"),
        (f"seed={'[' * 9999}", f"a problem with the settings\n  seed: '{'[' * 56}... is not a whole number"),
    ],
)  # fmt: skip
def test_a_bad_override_is_refused(tmp_path: Path, override: str, message: str) -> None:
    assert refusal(tmp_path, SMALL, override) == message


def test_an_override_of_a_part_of_a_list_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, SMALL, 'track=[{type="diary"}]', "track.file=x") == (
        "--set 'track.file=x': track is a list, whose items have numbers, from 0, or their names: diary\n"
        "  for example: --set 'track=[]'"
    )


def test_a_type_alone_that_leaves_the_settings_of_another_is_told_how_to_drop_them(tmp_path: Path) -> None:
    said = refusal(tmp_path, SMALL, " encoder.type = embedding_mean")
    assert said.endswith(
        "\n  --set encoder.type=embedding_mean keeps the other settings of encoder; "
        "--set encoder=embedding_mean drops them"
    )
    assert "drops them" not in refusal(tmp_path, SMALL, "encoder.type=lstm", "seed=x")
