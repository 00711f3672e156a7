from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.cli.mistaken import as_setting


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("--epochs 5", "--set trainer.epochs=5"),
        ("--learning-rate=1e-3", "--set trainer.learning_rate=1e-3"),
        ("--batch_size 64", "--set trainer.batch_size=64"),
        ("--hidden-size 3", "--set encoder.hidden_size=3"),
        ("--seed 7", "--set seed=7"),  # and not that of the split
        ("--trainer.epochs 5", "--set trainer.epochs=5"),
        ("--encoder lstm", "--set encoder=lstm"),
        ("--test b.csv", "--set data.test=b.csv"),
        ("--test-fraction 0.3", "--set data.split.test_fraction=0.3"),
        ("--class-weights 'a b'", "--set 'trainer.class_weights=a b'"),
        ("--strict a.csv", "--set data.strict=true"),
        ("--momentum -1", "--set trainer.momentum=-1"),
        ("--epochs", "--set trainer.epochs=VALUE"),
        ("--epochs --json", "--set trainer.epochs=VALUE"),
        ("--dropout 0.5", "--set encoder.dropout=0.5 or --set encoder.embedding.dropout=0.5"),
        ("--lowercase", "--set tokenizer.lowercase=true or --set tokenizer.tokenizer.lowercase=true"),
        ("--chess 1", ""),
        ("--split 1", ""),  # a table
        ("--ochs 1", ""),
    ],
)
def test_an_option_that_is_the_name_of_a_setting_is_told_as_one(words: str, way: str) -> None:
    parts = shlex.split(words)
    assert as_setting(parts[0].partition("=")[0], ["run", "x.toml", *parts]) == way


@pytest.mark.parametrize("verb", ["run", "check", "init"])
def test_the_verbs_that_take_settings_say_how(verb: str, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit(verb, "a.csv", "--epochs", "5")
    assert (code, out) == (2, "")
    assert err == "error: there is no option --epochs\n  it is a setting: --set trainer.epochs=5\n"
    assert nlpkit(verb, "a.csv", "--chess").err.startswith("error: no such option '--chess'")


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_the_others_do_not(verb: str, trained: Path, nlpkit: Callable[..., Any]) -> None:
    assert "it is a setting" not in nlpkit(verb, trained, "--epochs", "5").err


ONE_BY_ONE = '  name columns one by one: text = ["title", "body"] (--text "title" --text "body")\n'


@pytest.mark.parametrize("names", ["title,body", "title, body", "title;body", "title|body", "title body"])
def test_columns_that_one_name_lists_are_told_one_by_one(names: str, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("title,body,team\n" + "oil,up,a\nart,fair,b\n" * 9, encoding="utf-8")
    Path("a.jsonl").write_text('{"title": "oil", "body": "up", "team": "a"}\n' * 2, encoding="utf-8")
    for file in ("a.csv", "a.jsonl"):
        code, _, err = nlpkit("run", file, "--text", names, "--label", "team")
        assert (code, err) == (3, f"error: {file}: there is no column '{names}'\n{ONE_BY_ONE}")


def test_columns_of_a_model_are_told_one_by_one(trained: Path, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("title,body\noil,up\n", encoding="utf-8")
    Path("a.jsonl").write_text('{"title": "oil", "body": "up"}\n', encoding="utf-8")
    Path("odd.csv").write_text('"title,body",title,body\noil up,oil,up\n', encoding="utf-8")
    for file in ("a.csv", "a.jsonl"):
        assert ONE_BY_ONE[:-1] in nlpkit("predict", trained, "--input", file, "--text", "title,body").err
    assert nlpkit("predict", trained, "--input", "odd.csv", "--text", "title,body").code == 0


def test_numbers_that_one_name_lists_are_told_one_by_one(nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("oil is up again,so it is,a\n" * 9, encoding="utf-8")
    for options in ([], ["--no-header", "--label", "2"]):
        code, _, err = nlpkit("run", "a.csv", "--text", "0,1", *options)
        assert code == 3
        assert err.endswith('  name columns one by one: text = ["0", "1"] (--text 0 --text 1)\n')
