from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from nlpkit.components.encoders import EmbeddingMean, Gru
from nlpkit.components.kinds import Encoder, Tokenizer
from nlpkit.components.tokenizers import Ngrams, Whitespace
from nlpkit.errors import ConfigError
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins
from nlpkit.settings.hints import allowed
from nlpkit.settings.tables import from_table, to_table
from nlpkit.settings.values import refuse, whole


@dataclass(frozen=True)
class Inner:
    first: int = 1
    last: int = 9

    def __post_init__(self) -> None:
        refuse(whole(0, 99, first=self.first, last=self.last))
        if self.first > self.last:
            raise ValueError(f"first {self.first} is after last {self.last}")


@dataclass(frozen=True)
class Outer(Tokenizer):
    needed: str
    size: int = 1
    rate: float = 0.5
    loud: bool = False
    mode: Literal["head", "tail"] = "head"
    limit: int | None = 3
    name: str | None = None
    file: Path | None = None
    column: str | int = 0
    words: tuple[str, ...] = ()
    columns: tuple[str | int, ...] = ()
    shares: Literal["none"] | dict[str, float] = "none"
    inner: Inner = field(default_factory=lambda: Inner(last=50))
    part: Tokenizer | None = None
    parts: tuple[Encoder, ...] = ()

    def __post_init__(self) -> None:
        refuse(whole(1, 8, size=self.size), {} if self.needed else {"needed": "is empty"})

    def build(self) -> Callable[[str], list[str]]:
        return str.split


@pytest.fixture(scope="module")
def known() -> Plugins:
    """What ships in the box, and Outer as `outer`."""
    found = plugins.load([])
    found.registry.add("outer", Outer)
    return found


def problems(known: Plugins, table: dict[str, Any], cls: type[Any] = Outer) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        from_table(cls, table, known)
    return list(caught.value.problems)


def test_a_table_that_says_little_gets_every_default(known: Plugins) -> None:
    assert from_table(Outer, {"needed": "x"}, known) == Outer("x")


def test_every_type_of_setting_is_read(known: Plugins) -> None:
    table = {
        "needed": "x",
        "size": 2,
        "rate": 1,
        "loud": True,
        "mode": "tail",
        "limit": "none",
        "name": "none",
        "file": "a/b.txt",
        "column": "c",
        "words": ["p", "q"],
        "columns": ["p", 3],
        "shares": {"World": 2, "Sci/Tech": 0.5},
        "inner": {"first": 4},
        "part": {"type": "ngrams", "max_n": 3, "tokenizer": "whitespace"},
        "parts": ["gru", {"type": "embedding_mean"}],
    }
    value = from_table(Outer, table, known)
    assert value == Outer(
        needed="x",
        size=2,
        rate=1.0,
        loud=True,
        mode="tail",
        limit=None,
        name="none",
        file=Path("a/b.txt"),
        column="c",
        words=("p", "q"),
        columns=("p", 3),
        shares={"World": 2.0, "Sci/Tech": 0.5},
        inner=Inner(first=4, last=50),
        part=Ngrams(tokenizer=Whitespace(), max_n=3),
        parts=(Gru(), EmbeddingMean()),
    )
    assert isinstance(value.rate, float)
    assert from_table(Outer, {k: v for k, v in to_table(value, known).items() if k != "type"}, known) == value


def test_what_a_nested_table_leaves_out_is_as_its_owner_has_it(known: Plugins) -> None:
    assert from_table(Outer, {"needed": "x", "inner": {}}, known).inner == Inner(1, 50)


def test_an_unknown_setting_leads_to_the_nearest_or_to_all(known: Plugins) -> None:
    [problem] = problems(known, {"needed": "x", "max-n": 1})
    assert problem == (
        "max-n: no such setting; known: column, columns, file, inner, limit, loud, mode, name, needed, "
        "part, parts, rate, shares, size, words"
    )
    assert problems(known, {"needed": "x", "colum": 1}) == ["colum: no such setting; did you mean column?"]


def test_hyphens_and_underscores_are_the_same_in_a_setting(known: Plugins) -> None:
    table = {"type": "ngrams", "max-n": 5}
    assert from_table(Outer, {"needed": "x", "part": table}, known).part == Ngrams(max_n=5)
    assert problems(known, {"needed": "x", "part": {**table, "max_n": 5}}) == [
        "part.max_n: is given twice, also as max-n"
    ]


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("size", "2", "'2' is not a whole number"),
        ("size", True, "true is not a whole number"),
        ("size", 2.0, "2.0 is not a whole number"),
        ("size", math.inf, "inf is not a whole number"),
        ("size", [2], "a list is not a whole number"),
        ("size", {"a": 2}, "a table is not a whole number"),
        ("size", "none", "'none' is not a whole number"),
        ("size", 10**12, "1000000000000 is not a whole number from 1 to 8"),
        ("size", -1, "-1 is not a whole number from 1 to 8"),
        ("rate", "0.5", "'0.5' is not a number"),
        ("rate", False, "false is not a number"),
        ("loud", 1, "1 is not true or false"),
        ("loud", "true", "'true' is not true or false"),
        ("mode", "tial", "'tial' is not one of head, tail"),
        ("mode", 1, "1 is not one of head, tail"),
        ("limit", 1.5, "1.5 is not a whole number or none"),
        ("name", 3, "3 is not a string"),
        ("name", datetime.date(2024, 2, 29), "2024-02-29 is not a string"),
        ("name", datetime.time(7, 30), "07:30:00 is not a string"),
        ("file", 3, "3 is not a path"),
        ("file", "a\0b", "'a\\x00b' is not a path"),
        ("column", 1.5, "1.5 is not a string or a whole number"),
        ("column", True, "true is not a string or a whole number"),
        ("words", 3, "3 is not a list of: a string"),
        ("parts", {"type": "gru"}, "a table is not a list of: an encoder"),
        ("shares", "even", "'even' is not none or a table of: a number"),
        ("inner", 3, "3 is not a table"),
        ("part", 3, "3 is not a table or a name"),
        ("part", [1], "a list is not a table or a name"),
        ("needed", "x" * 99, None),
        ("name", ["x" * 99], "a list is not a string"),
        ("size", "x" * 99, f"'{'x' * 56}... is not a whole number"),
    ],
)
def test_a_value_of_another_type_is_told_with_what_is_allowed(
    known: Plugins, name: str, given: Any, problem: str | None
) -> None:
    table = {"needed": "x", name: given}
    if problem is None:
        assert from_table(Outer, table, known).needed == given
    else:
        assert problems(known, table) == [f"{name}: {problem}"]


def test_what_is_wrong_inside_a_list_is_told_with_its_place(known: Plugins) -> None:
    parts = ["gru", "grru", {"hidden_size": 3}]
    table = {"needed": "x", "words": ["p", 1, True], "shares": {"World": "2"}, "parts": parts}
    assert problems(known, table) == [
        "parts[1].type: encoder 'grru' is not known; did you mean gru?",
        "parts[2].type: is required and missing; known: embedding_mean, gru, lstm, rnn, tfidf",
        "words[1]: 1 is not a string",
        "words[2]: true is not a string",
        "shares.World: '2' is not a number",
    ]


def test_what_is_required_is_named_with_its_type(known: Plugins) -> None:
    assert problems(known, {}) == ["needed: is required and missing; give a string"]


def test_every_problem_is_told_at_once_each_with_its_path(known: Plugins) -> None:
    table = {
        "needed": "",
        "sice": 3,
        "size": 0,
        "rate": "x",
        "inner": {"first": -1, "lsat": 4},
        "part": {"type": "ngrams", "max_n": 0, "tokenizer": {"type": "regex", "pattern": "("}},
    }
    with pytest.raises(ConfigError) as caught:
        from_table(Outer, table, known)
    assert str(caught.value) == (
        "8 problems with the settings\n"
        "  sice: no such setting; did you mean size?\n"
        "  inner.lsat: no such setting; did you mean last?\n"
        "  inner.first: -1 is not a whole number from 0 to 99\n"
        "  part.tokenizer.pattern: '(' is not a regular expression: missing ), unterminated subpattern "
        "at position 0\n"
        "  part.max_n: 0 is not a whole number from 1 to 16\n"
        "  needed: is empty\n"
        "  size: 0 is not a whole number from 1 to 8\n"
        "  rate: 'x' is not a number"
    )


def test_a_rule_over_several_settings_is_told_by_their_table(known: Plugins) -> None:
    assert problems(known, {"needed": "x", "inner": {"first": 60}}) == ["inner: first 60 is after last 50"]
    assert problems(known, {"first": 5, "last": 4}, Inner) == ["first 5 is after last 4"]


def test_a_rule_that_stumbles_over_a_value_reported_already_adds_nothing(known: Plugins) -> None:
    @dataclass(frozen=True)
    class Fragile:
        size: int = 1

        def __post_init__(self) -> None:
            if self.size + 1 < 0:
                raise ZeroDivisionError

    assert problems(known, {"size": "x"}, Fragile) == ["size: 'x' is not a whole number"]
    with pytest.raises(ZeroDivisionError):
        from_table(Fragile, {"size": -5}, known)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "part.type: is required and missing; known: {all}"),
        ({"type": 3}, "part.type: 3 is not a name; known: {all}"),
        ({"type": "gru"}, "part.type: tokenizer 'gru' is not known; known: {all}"),
        ("regxe", "part.type: tokenizer 'regxe' is not known; did you mean regex?"),
        ({"type": "os.system"}, "part.type: tokenizer 'os.system' is not known; known: {all}"),
        ("__import__('os')", "part.type: tokenizer \"__import__('os')\" is not known; known: {all}"),
    ],
)
def test_a_component_is_chosen_by_a_registered_name_alone(known: Plugins, given: Any, problem: str) -> None:
    names = "basic_english, character, ngrams, outer, regex, unicode, whitespace, word_char_ngrams"
    assert problems(known, {"needed": "x", "part": given}) == [problem.format(all=names)]


def test_components_within_components_have_an_end(known: Plugins) -> None:
    table: dict[str, Any] = {"type": "whitespace"}
    for _ in range(14):
        table = {"type": "ngrams", "tokenizer": table}
    assert isinstance(from_table(Outer, {"needed": "x", "part": table}, known).part, Ngrams)
    for _ in range(5000):
        table = {"type": "ngrams", "tokenizer": table}
    [problem] = problems(known, {"needed": "x", "part": table})
    assert problem == "part" + ".tokenizer" * 16 + ": tables are nested deeper than 16"


def test_a_value_that_is_nested_without_end_is_refused(known: Plugins) -> None:
    nested: Any = 1
    for _ in range(5000):
        nested = {"a": nested}
    assert problems(known, {"needed": "x", "size": nested}) == ["size: a table is not a whole number"]


def test_types_are_told_in_words() -> None:
    assert allowed(bool) == "true or false"
    assert allowed(Literal["a", "b"]) == "a, b"
    assert allowed(Encoder) == "an encoder"
    assert allowed(Tokenizer | None) == "a tokenizer or none"
    assert allowed(Inner) == "a table"
    assert allowed(str | None) == "a string"


def test_settings_alone_are_those_of_the_component_that_is_the_default() -> None:
    from nlpkit import Headlines, Lstm, Standard, experiment_of

    told = experiment_of({"data": "headlines", "encoder": "lstm", "trainer": {"epochs": 3}})
    assert told.trainer == Standard(epochs=3)
    assert told.encoder == Lstm()
    assert told.data == Headlines()
