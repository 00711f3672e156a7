from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.components.collators import Padify
from nlpkit.components.encoders import Lstm
from nlpkit.components.kinds import KINDS, Component
from nlpkit.errors import SettingsError
from nlpkit.settings.hints import briefly
from nlpkit.settings.values import number, refuse, whole


def test_there_are_thirteen_kinds_each_with_an_abstract_class() -> None:
    of_models = ["dataset", "tokenizer", "collator", "encoder", "pooling"]
    of_training = ["trainer", "optimizer", "schedule", "loss", "step", "metric", "tracker"]
    assert list(KINDS) == [*of_models, *of_training, "engine"]
    for kind, cls in KINDS.items():
        assert (cls.kind, cls.__name__.lower()) == (kind, kind)
        with pytest.raises(TypeError, match="abstract"):
            cls()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Lstm().hidden_size = 3  # type: ignore[misc]


def test_equal_settings_are_equal_components_with_one_hash() -> None:
    assert Lstm(hidden_size=3) == Lstm(hidden_size=3) != Lstm(hidden_size=4)
    assert len({Lstm(hidden_size=3), Lstm(hidden_size=3), Lstm()}) == 2


def test_every_problem_is_in_one_refusal() -> None:
    refuse({}, {})
    with pytest.raises(SettingsError) as caught:
        refuse({"a": "is bad"}, {}, {"b": "is worse"})
    assert caught.value.by_field == {"a": "is bad", "b": "is worse"}


@pytest.mark.parametrize("value", [0, 9, -1, 10**12, 4.0, "4", True, math.nan, (4,)])
def test_what_is_no_whole_number_of_the_span_is_a_problem(value: Any) -> None:
    assert whole(1, 8, size=value) == {"size": f"{briefly(value)} is not a whole number from 1 to 8"}


@given(st.integers(1, 8))
def test_whole_numbers_of_the_span_are_no_problem(value: int) -> None:
    assert whole(1, 8, size=value, other=None) == {}


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, -math.inf, "0.5", True, 10**12])
def test_what_is_no_number_of_the_span_is_a_problem(value: Any) -> None:
    assert number(0, 1, rate=value) == {"rate": f"{briefly(value)} is not a number from 0 to 1"}


def test_a_span_without_an_end_is_told_as_one() -> None:
    assert number(0, norm=-2.0) == {"norm": "-2.0 is not a number of 0 or more"}
    assert number(0, norm=math.inf) == {"norm": "inf is not a number of 0 or more"}


@given(st.floats(0, 1))
def test_numbers_of_the_span_are_no_problem(value: float) -> None:
    assert number(0, 1, rate=value, whole=1, other=None) == {}


def test_a_collator_keeps_at_least_one_token() -> None:
    with pytest.raises(SettingsError) as caught:
        Padify(max_tokens=0)
    assert str(caught.value) == "max_tokens: 0 is not a whole number from 1 to 2147483647"
    assert Padify(max_tokens=None).max_tokens is None


def test_portable_settings_reach_into_nested_components() -> None:
    @dataclass(frozen=True)
    class Source:
        file: Path | None = None

        def portable(self) -> Self:
            return type(self)()

    @dataclass(frozen=True)
    class Inner(Component):
        source: Source = field(default_factory=Source)

    @dataclass(frozen=True)
    class Outer(Component):
        size: int
        inner: Inner
        others: tuple[Inner, ...]

    given_settings = Outer(3, Inner(Source(Path("x"))), (Inner(Source(Path("y"))),))
    assert given_settings.portable() == Outer(3, Inner(Source(None)), (Inner(Source(None)),))
    assert Inner().portable() == Inner()
