"""A space is checked by the settings that it is about, all of it before anything is read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpkit import ConfigError, Embedding, EmbeddingMean, Experiment, Gru, Headlines, Lstm, Member, Standard
from nlpkit_optuna import Space
from nlpkit_optuna.parameters import Choices, Range

LSTM = Experiment(data=Headlines(), encoder=Lstm(hidden_size=16), trainer=Standard(learning_rate=0.05))


def problems(text: str, experiment: Experiment = LSTM) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Space.of(tomllib.loads(text), experiment)
    return list(caught.value.problems)


def space(text: str, experiment: Experiment = LSTM) -> Space:
    return Space.of(tomllib.loads(text), experiment)


def test_whether_numbers_are_whole_is_said_by_the_setting() -> None:
    found = space("[encoder]\nhidden_size = {low = 8, high = 64}\ndropout = {low = 0, high = 1}")
    assert [each.whole for each in found.parameters if isinstance(each, Range)] == [True, False]


def test_all_problems_are_told_at_once_by_their_places() -> None:
    assert problems("""
        seed = [1, 2]
        [encoder]
        hiden_size = [8, 16]
        hidden_size = {low = 0, high = 64}
        num_layers = 2
        pooling = []
        packed = [true, 3]
        bidirectional = {low = 0, high = 1}
        [trainer]
        learning_rate = {low = 0, high = 1, log = true}
        batch_size = {low = 8, hihg = 64}
        epochs = {low = 9, high = 3, step = 1}
        optimizer = ["adam", "adamm"]
    """) == [
        "seed: is not searched: the seeds of trials come from that of the search",
        "encoder.hiden_size: no such setting; did you mean hidden_size?",
        "encoder.hidden_size: 0 is not a whole number from 1 to 65536",
        "encoder.num_layers: 2 is one value; give a range, { low = ..., high = ... }, or a list of choices, "
        "[...], or set it with --set",
        "encoder.pooling: the list of choices is empty",
        "encoder.packed: 3 is not true or false",
        "encoder.bidirectional: 0 is not true or false",
        "encoder.bidirectional: 1 is not true or false",
        "trainer.learning_rate: low is 0, and log needs one above 0",
        "trainer.batch_size: a range has no hihg; did you mean high?",
        "trainer.batch_size: high is required and missing",
        "trainer.epochs: low is 9, which is not below high, 3",
        "trainer.epochs: step is 1, which is not above 0 and at most high - low",
        "trainer.optimizer: trainer.optimizer.type: optimizer 'adamm' is not known; did you mean adam?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the space has no settings"),
        (
            "data.train_size = [1, 2]",
            "is not searched: all trials learn from the same texts",
        ),
        ("encoder.type = ['lsmt']", "encoder.type: encoder 'lsmt' is not known; did you mean lstm?"),
        ("encoder = ['gru', 'lsmt']", "encoder: encoder 'lsmt' is not known; did you mean lstm?"),
        ("encoder.hidden_size = {low = 8, high = 16.5}", "16.5 is not a whole number"),
        ("encoder.hidden_size = {low = 8, high = 16, step = 0.5}", "step is 0.5, and it takes whole numbers"),
        ("encoder.hidden_size = {low = 'x', high = 16}", 'low is "x", which is not a number'),
        ("encoder.dropout = {low = 0, high = nan}", "high is NaN, which is not a number"),
        ("trainer.schedule = {low = 0, high = 1}", "0 is not"),
        ("encoder.dropout.x = [1]", "encoder.dropout is 0.3 and has no settings"),
        ("member.0.encoder.hidden_size = [1]", "there are no members; this experiment has one encoder"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    assert any(said in each for each in problems(text)), problems(text)


def test_a_setting_of_one_type_stands_in_the_table_of_that_type() -> None:
    found = space("""
        [encoder]
        type = ["lstm", "embedding-mean"]
        embedding.size = [8, 16]
        [encoder.lstm]
        hidden_size = {low = 8, high = 16}
        packed = [true, false]
    """)
    assert [(each.name, each.when) for each in found.parameters] == [
        ("encoder.type", ()),
        ("encoder.embedding.size", ()),
        ("encoder.lstm.hidden_size", (("encoder.type", "lstm"),)),
        ("encoder.lstm.packed", (("encoder.type", "lstm"),)),
    ]
    chosen = {"encoder.type": "embedding_mean", "encoder.embedding.size": 8}
    assert found.experiment_with(chosen).encoder == EmbeddingMean(embedding=Embedding(size=8, dropout=0.3))
    chosen = {"encoder.type": "lstm", "encoder.lstm.hidden_size": 9, "encoder.lstm.packed": True}
    assert found.experiment_with(chosen).encoder == Lstm(hidden_size=9, packed=True)


def test_one_that_not_all_types_have_is_refused_with_where_it_belongs() -> None:
    assert problems("[encoder]\ntype = ['lstm', 'gru', 'embedding_mean']\nhidden_size = [8, 16]") == [
        "encoder.hidden_size: embedding_mean has no such setting; give it in [encoder.lstm] and [encoder.gru]"
    ]


def test_another_type_keeps_the_settings_that_it_has_too() -> None:
    found = space("encoder = ['lstm', 'gru']")
    assert found.experiment_with({"encoder": "gru"}).encoder == Gru(hidden_size=16)


def test_lists_and_tables_are_choices() -> None:
    found = space("""
        [encoder]
        pooling = ["last", ["max", "mean"]]
        [trainer]
        loss = ["cross_entropy", {type = "focal", gamma = 1.5}]
    """)
    pooling, loss = found.parameters
    assert isinstance(pooling, Choices) and pooling.labels == ["last", '["max", "mean"]']
    assert isinstance(loss, Choices) and loss.option(loss.labels[1]) == {"type": "focal", "gamma": 1.5}
    trainer: Any = found.experiment_with({"trainer.loss": loss.options[1]}).trainer
    assert trainer.loss.gamma == 1.5


def test_it_knows_what_the_experiment_itself_has() -> None:
    found = space("""
        tokenizer = ["unicode", {type = "ngrams", max_n = 2}, "basic_english"]
        [encoder]
        type = ["gru", "lstm"]
        hidden_size = {low = 8, high = 64}
        bidirectional = [false]
        embedding.char_ngrams = [[3, 5], "none"]
        embedding.size = {low = 8, high = 64}
        pooling = ["max", ["max", "mean"]]
        [trainer]
        learning_rate = {low = 0.1, high = 1}
    """)
    assert {each.name: found.own(each.name) for each in found.parameters} == {
        "encoder.type": "lstm",
        "tokenizer": "basic_english",
        "encoder.hidden_size": 16,
        "encoder.bidirectional": None,  # it is true
        "encoder.embedding.char_ngrams": "none",
        "encoder.embedding.size": 64,
        "encoder.pooling": '["max", "mean"]',
        "trainer.learning_rate": None,  # it is 0.05
    }


def test_a_member_of_a_pool_has_its_number() -> None:
    pool = Experiment(data=Headlines(), members=(Member(encoder=Lstm()), Member(encoder=Gru())))
    found = space("member.1.encoder.hidden_size = {low = 8, high = 16}", pool)
    changed = found.experiment_with({"member.1.encoder.hidden_size": 8})
    assert [getattr(each.encoder, "hidden_size", 0) for each in changed.members] == [32, 8]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file\n  nlpkit sweep FILE --print-space prints one to start from"),
        (b"a b", "this is not TOML: Expected '=' after a key in a key/value pair (at line 1, column 3)"),
        (b"a = '\xff'", "byte 5 is not UTF-8"),
        (b"", "a problem with the space\n  the space has no settings"),
    ],
)
def test_a_file_is_refused_by_its_name(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "space.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        Space.read(tmp_path / "space.toml", LSTM)
    assert str(caught.value) == f"{tmp_path / 'space.toml'}: {said}"


@settings(max_examples=25)
@given(data=st.data())
def test_whatever_a_trial_draws_is_an_experiment(data: st.DataObject) -> None:
    import optuna

    found = space("""
        [encoder]
        hidden_size = {low = 8, high = 65, step = 16}
        dropout = {low = 0, high = 0.95, step = 0.1}
        num_layers = [1, 2]
        [trainer]
        learning_rate = {low = 1e-5, high = 10, log = true}
        batch_size = {low = 1, high = 512, log = true}
    """)
    seed = data.draw(st.integers(0, 2**32 - 1))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    chosen = found.suggested(study.ask())
    encoder: Any = found.experiment_with(chosen).encoder
    assert encoder.hidden_size in (8, 24, 40, 56)
    assert encoder.dropout == chosen["encoder.dropout"]
    assert found.chosen_by(study.trials[0].params) == chosen
