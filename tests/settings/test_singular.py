from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit import ConfigError, experiment_of, load_experiment

POOL = [{"encoder": "lstm"}, {"encoder": "gru"}]


def test_a_list_of_tables_may_be_named_in_the_singular() -> None:
    singular, plural = ({"data": "headlines", name: POOL} for name in ("member", "members"))
    assert experiment_of(singular) == experiment_of(plural)


def test_both_names_at_once_are_refused() -> None:
    with pytest.raises(ConfigError, match="members: is given twice, also as member"):
        experiment_of({"data": "headlines", "member": POOL, "members": POOL})


def test_a_mistake_is_told_where_it_is_written() -> None:
    with pytest.raises(ConfigError, match=r"member\[1\]\.encoder\.type: encoder 'grru' is not known"):
        experiment_of({"data": "headlines", "member": [POOL[0], {"encoder": "grru"}]})


@pytest.mark.parametrize("override", ["members.1.encoder=rnn", "member.1.encoder=rnn"])
def test_an_override_takes_either_name(tmp_path: Path, override: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text('data = "headlines"\n[[member]]\nencoder = "lstm"\n[[member]]\nencoder = "gru"\n')
    assert type(load_experiment(file, [override]).members[1].encoder).__name__ == "Rnn"


WRITTEN = 'data = "headlines"\n[[member]]\nencoder = "lstm"\n[[member]]\nencoder = {type = "gru"}\n'


@pytest.mark.parametrize("list_name", ["member", "members"])
@pytest.mark.parametrize("asked", ["member", "members"])
@pytest.mark.parametrize("item", ["gru", "1", "gru-1"])
def test_an_override_finds_a_member_by_its_number_or_by_its_encoder(
    tmp_path: Path, list_name: str, asked: str, item: str
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(WRITTEN.replace("member", list_name))
    experiment = load_experiment(file, [f"{asked}.{item}.encoder.hidden_size=7"])
    assert [each.encoder.hidden_size for each in experiment.members] == [32, 7]  # type: ignore[attr-defined]


def test_the_second_of_a_kind_has_a_number(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(WRITTEN + '[[member]]\nencoder = "gru"\n')
    experiment = load_experiment(file, ["member.gru-2.refit=true"])
    assert [each.refit for each in experiment.members] == [False, False, True]


def test_none_drops_an_item_of_a_list(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(WRITTEN)
    for key in ("member.lstm", "members.0"):
        members = load_experiment(file, [f"{key}=none"]).members
        assert [type(each.encoder).__name__ for each in members] == ["Gru"]


def test_a_name_that_no_item_has_is_told_with_those_there_are(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(WRITTEN)
    with pytest.raises(ConfigError, match="from 0, or their names: lstm, gru"):
        load_experiment(file, ["member.rnn.refit=true"])


def test_a_member_that_is_not_chosen_yet_cannot_be_changed_and_init_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('data = "headlines"\n')
    with pytest.raises(ConfigError, match="no members are written down, and the run chooses them") as caught:
        load_experiment(file, ["members.lstm.trainer.epochs=2"])
    assert "nlpkit init FILE" in caught.value.hint


@pytest.mark.parametrize("setting", ["vocab.min_count=1", "tokenizer=basic_english", "refit=false"])
def test_a_setting_of_a_classifier_that_is_not_there_is_refused_even_as_by_default(
    tmp_path: Path, setting: str
) -> None:
    name = setting.partition("=")[0].partition(".")[0]
    file = tmp_path / "a.toml"
    for text in ('data = "headlines"\n', WRITTEN):
        file.write_text(text)
        with pytest.raises(ConfigError) as caught:
            load_experiment(file, [setting])
        assert f"encoder: is not set, and without it {name} has no effect" in str(caught.value)


def test_what_is_no_list_has_its_own_name() -> None:
    with pytest.raises(ConfigError, match="metric: no such setting; did you mean metrics"):
        experiment_of({"data": "headlines", "metric": "accuracy"})
