from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit.components.datasets import AgNews, Csv, Headlines
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import KINDS
from nlpkit.components.tokenizers import Ngrams
from nlpkit.experiment.value import Experiment
from nlpkit.plugins import loading as plugins
from nlpkit.settings.described import Described, describe, summary
from nlpkit.settings.help import field_docs
from nlpkit.text.settings import VocabConfig

BOX = plugins.load([]).registry
CLASSES = [entry.settings for kind in KINDS for entry in BOX.entries(kind)]
each = pytest.mark.parametrize("cls", [*CLASSES, Experiment], ids=lambda cls: cls.__name__)

POOLINGS = "last, mean, max, attention or a pooling"


def found(cls: type[Any]) -> dict[str, Described]:
    return {each.path: each for each in describe(cls)}


@each
def test_every_setting_has_a_line_of_its_own_and_a_type_in_words(cls: type[Any]) -> None:
    described = found(cls)
    assert {path.partition(".")[0] for path in described} == {field.name for field in fields(cls)}
    for setting in described.values():
        assert setting.doc
        assert not setting.doc.endswith(".")
        assert setting.type
        assert not {"<", "Union", "Optional", "int", "str"} & set(setting.type.replace("<", " < ").split())
        assert setting.required == (setting.default == "")


@each
def test_every_component_is_summed_up_in_one_line(cls: type[Any]) -> None:
    assert summary(cls)
    assert "\n" not in summary(cls)
    assert summary(cls).endswith(".")


@each
def test_no_line_is_about_a_setting_that_is_not_there(cls: type[Any]) -> None:
    names = {field.name for field in fields(cls)}
    for line in (cls.__doc__ or "").split("\n"):
        name, colon, _ = line.strip().partition(": ")
        if colon and name.isidentifier() and name.islower():
            assert name in names


def test_a_setting_is_told_with_type_default_and_line() -> None:
    assert found(Lstm)["hidden_size"] == Described(
        "hidden_size", "a whole number", "32", False, "numbers in the hidden state of one direction"
    )
    assert found(Csv)["train"] == Described("train", "a path", "", True, "file of the texts to learn from")
    assert found(Ngrams)["tokenizer"] == Described(
        "tokenizer", "a tokenizer", "BasicEnglish", False, "whose tokens"
    )


@pytest.mark.parametrize(
    ("cls", "path", "type_in_words", "default"),
    [
        (Lstm, "packed", "true or false", "false"),
        (Lstm, "pooling", f"{POOLINGS} or a list of: {POOLINGS}", '["max", "mean"]'),
        (EmbeddingMean, "embedding.vectors", "a string or a path", "none"),
        (Csv, "text", "a list of: a string or a whole number", '["text"]'),
        (Csv, "header", "true or false or none", "none"),
        (Csv, "split.test_fraction", "a number", "0.2"),
        (VocabConfig, "max_size", "a whole number or none", "none"),
        (AgNews, "fallback", "a dataset or none", "none"),
        (Headlines, "order_fraction", "a number", "0.5"),
    ],
)
def test_types_and_defaults_are_those_of_a_file(
    cls: type[Any], path: str, type_in_words: str, default: str
) -> None:
    described = found(cls)[path]
    assert (described.type, described.default) == (type_in_words, default)


def test_a_nested_default_is_the_one_of_its_owner() -> None:
    assert found(AgNews)["split.test_fraction"].default == "0.0"
    assert found(AgNews)["split.valid_fraction"].default == "0.05"


def test_a_nested_table_without_a_default_is_described_by_its_own() -> None:
    @dataclass(frozen=True)
    class Owner:
        vocab: VocabConfig
        other: VocabConfig = field(default_factory=lambda: VocabConfig(min_count=5))

    assert found(Owner)["vocab.min_count"].default == "1"
    assert found(Owner)["other.min_count"].default == "5"


def test_lines_of_docstrings_may_go_on_and_are_inherited() -> None:
    @dataclass(frozen=True)
    class Parent:
        """A parent.

        first: what it is, told in a line
            and one more
        second: theirs
        """

        first: int = 1
        second: Path | None = None

    @dataclass(frozen=True)
    class Child(Parent):
        """A child
        in two lines. And more: none.

        second: ours
        """

    assert field_docs(Child) == {"first": "what it is, told in a line and one more", "second": "ours"}
    assert summary(Child) == "A child in two lines. And more: none."
    assert summary(type("Bare", (), {})) == ""
