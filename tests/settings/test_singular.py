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


def test_what_is_no_list_has_its_own_name() -> None:
    with pytest.raises(ConfigError, match="metric: no such setting; did you mean metrics"):
        experiment_of({"data": "headlines", "metric": "accuracy"})
