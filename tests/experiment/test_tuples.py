"""A tuple of components in a file: shown, written, overridden by place and read back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import (
    ConfigError,
    Embedding,
    Encoder,
    Experiment,
    Gru,
    Headlines,
    Lstm,
    Ngrams,
    PaddedBatch,
    Rnn,
    Standard,
    Tokenizer,
    Vocab,
    Whitespace,
    dump_experiment,
    load_experiment,
    load_plugins,
)
from nlpkit.experiment.commented import commented
from nlpkit.experiment.file import overridden
from nlpkit.settings.described import describe


@dataclass(frozen=True)
class Beside(Encoder):
    """Encoders side by side.

    encoders: what is put side by side
    pair: one of each
    rows: lists of lists
    embedding: a table with a default of its own
    """

    encoders: tuple[Encoder, ...] = (Lstm(), Gru(hidden_size=5))
    pair: tuple[Encoder, Tokenizer] = (Gru(), Whitespace())
    rows: tuple[tuple[int, ...], ...] = ((1, 2), (3,))
    embedding: Embedding = field(default_factory=lambda: Embedding(size=8))

    accepts = PaddedBatch

    def build(self, vocab: Vocab) -> Any:
        raise NotImplementedError


PLUGINS = load_plugins().given(Beside)
HEAD = 'data = "headlines"\n[encoder]\ntype = "tests.experiment.test_tuples:Beside"\n'.replace(
    "tests.experiment.test_tuples", Beside.__module__
)


def loaded(folder: Path, text: str, *overrides: str) -> Beside:
    (folder / "x.toml").write_text(HEAD + text, encoding="utf-8")
    encoder = load_experiment(folder / "x.toml", overrides, PLUGINS).encoder
    assert isinstance(encoder, Beside)
    return encoder


LISTED = '[[encoder.encoders]]\ntype = "lstm"\n[[encoder.encoders]]\ntype = "gru"\nhidden_size = 3\n'


def test_it_is_shown_by_the_classes_of_its_items() -> None:
    shown = {each.path: (each.type, each.default) for each in describe(Beside)}
    assert shown["encoders"] == ("a list of: an encoder", "[Lstm, Gru]")
    assert shown["pair"] == ("a list of 2: an encoder or a tokenizer", "[Gru, Whitespace]")
    assert shown["rows"][1] == "[[1, 2], [3]]"


@pytest.mark.parametrize("place", ["encoder.encoders.1", "encoder.encoders[1]"])
@pytest.mark.parametrize("text", [LISTED, 'encoders = ["lstm", "gru"]\n', ""])
def test_an_item_is_overridden_by_its_place(place: str, text: str, tmp_path: Path) -> None:
    first, second = loaded(tmp_path, text, f"{place}.hidden_size=16", f"{place}.embedding.size=7").encoders
    assert first == Lstm()
    assert second == Gru(hidden_size=16, embedding=Embedding(size=7, dropout=0.3))


def test_an_item_is_replaced_by_its_place(tmp_path: Path) -> None:
    assert loaded(tmp_path, LISTED, "encoder.encoders.0=gru").encoders == (Gru(), Gru(hidden_size=3))
    assert loaded(tmp_path, "", "encoder.encoders.0=gru").encoders == (Gru(), Gru(hidden_size=5))
    assert loaded(tmp_path, "", "encoder.pair.0.type=rnn").pair[0] == Rnn()


def test_a_setting_that_an_override_does_not_name_stays_as_the_default_has_it(tmp_path: Path) -> None:
    assert loaded(tmp_path, "", "encoder.encoders.1.num_layers=2").encoders[1] == Gru(
        hidden_size=5, num_layers=2
    )


def test_an_experiment_of_python_is_overridden_by_place() -> None:
    experiment = Experiment(data=Headlines(), encoder=Beside(), metrics=("accuracy", "f1_macro"))
    changed = overridden(experiment, ["encoder.encoders.1.hidden_size=16", "metrics.1=log_loss"], PLUGINS)
    assert changed == replace(
        experiment, encoder=Beside(encoders=(Lstm(), Gru(hidden_size=16))), metrics=("accuracy", "log_loss")
    )


def test_a_path_in_an_override_of_an_item_is_relative_to_the_current_folder(tmp_path: Path) -> None:
    set_here = loaded(tmp_path, LISTED, "encoder.encoders[1].embedding.vectors=here.txt")
    assert set_here.encoders[1].embedding.vectors == Path("here.txt")  # type: ignore[attr-defined]
    in_file = loaded(tmp_path, LISTED + 'embedding = {vectors = "v.txt"}\n')
    assert in_file.encoders[1].embedding.vectors == tmp_path / "v.txt"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [LISTED, ""])
@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("encoder.encoders.1.hiden_size=1", "encoder.encoders[1].hiden_size: no such setting; did you mean"),
        ("encoder.encoders.1=lstmm", "encoder.encoders[1].type: encoder 'lstmm' is not known; did you mean"),
        ("encoder.encoders.1.hidden_size=0", "encoder.encoders[1].hidden_size: 0 is not a whole number"),
        ("encoder.encoders.2.hidden_size=1", "there is no such item: encoder.encoders has 0 and 1"),
        ("encoder.encoders.2=gru", "there is no such item: encoder.encoders has 0 and 1"),
    ],
)
def test_a_mistake_inside_is_told_with_its_place(
    text: str, override: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, override)
    assert problem in str(caught.value)


def test_an_item_of_a_list_has_a_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, LISTED, "encoder.encoders.last.hidden_size=1")
    assert str(caught.value) == (
        "--set 'encoder.encoders.last.hidden_size=1': encoder.encoders is a list, whose items "
        "have numbers, from 0, or their names: lstm, gru\n  for example: --set 'encoder.encoders=[]'"
    )


EXPERIMENTS = [
    Beside(),
    Beside(encoders=()),
    Beside(encoders=(Lstm(embedding=Embedding(size=3)), Beside(encoders=(Gru(),), rows=()))),
    Beside(pair=(Lstm(packed=False), Ngrams(tokenizer=Whitespace())), rows=((), (4,))),
    Beside(embedding=Embedding()),
    Beside(embedding=Embedding(size=8, dropout=0.5)),
]


@pytest.mark.parametrize("encoder", EXPERIMENTS, ids=range(len(EXPERIMENTS)))
@pytest.mark.parametrize("written", ["dumped", "commented"])
def test_it_is_written_and_read_back(
    encoder: Beside, written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlpkit.experiment.commented.load_plugins", lambda: PLUGINS)
    trainer = Standard(class_weights={"World": 2.0, "Sci/Tech": 1e-05})
    experiment = Experiment(data=Headlines(), encoder=encoder, trainer=trainer)
    text = dump_experiment(experiment, PLUGINS) if written == "dumped" else commented(experiment)
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    assert load_experiment(tmp_path / "x.toml", plugins=PLUGINS) == experiment


def test_a_commented_file_has_a_table_for_each_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.experiment.commented.load_plugins", lambda: PLUGINS)
    lines = commented(Experiment(data=Headlines(), encoder=Beside())).split("\n")
    assert lines.count("[[encoder.encoders]]  # what is put side by side") == 2
    assert lines.count("[encoder.encoders.embedding]  # the table of token vectors") == 2
    assert "hidden_size = 5  # numbers in the hidden state of one direction" in lines
