from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizers import BasicEnglish, Ngrams, Whitespace
from nlpkit.errors import ConfigError
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins
from nlpkit.settings.tables import from_table, to_table


@dataclass(frozen=True)
class Outer(Tokenizer):
    limit: int | None = 3
    name: str | None = None
    file: Path | None = None
    part: Tokenizer | None = None

    def build(self) -> Callable[[str], list[str]]:
        return str.split


@pytest.fixture(scope="module")
def known() -> Plugins:
    """What ships in the box, and Outer as `outer`."""
    found = plugins.load([])
    found.registry.add("outer", Outer)
    return found


def test_none_is_written_only_where_leaving_it_out_would_mean_something_else(known: Plugins) -> None:
    table = to_table(Outer(limit=None), known)
    assert table["limit"] == "none"
    assert not {"name", "file", "part"} & set(table)
    assert table["type"] == "outer"


def test_a_class_without_a_name_is_written_by_its_module(known: Plugins) -> None:
    @dataclass(frozen=True)
    class Mine(BasicEnglish): ...

    table = to_table(Outer(part=Mine()), known)
    name = f"{__name__}:test_a_class_without_a_name_is_written_by_its_module.<locals>.Mine"
    assert table["part"] == {"type": name}
    del table["type"]
    assert from_table(Outer, table, known.given([Mine])) == Outer(part=Mine())
    with pytest.raises(ConfigError) as caught:
        from_table(Outer, table, known)
    assert list(caught.value.problems) == [
        f"part.type: tokenizer {name!r} is a Python class, and a file cannot import classes by name "
        "(pass it as classes=[Mine] when you load this from Python, or register it in a plugin)"
    ]


def test_what_cannot_be_used_cannot_be_given(known: Plugins) -> None:
    with pytest.raises(ConfigError, match=r"^a given class cannot be used: .* is not a subclass of"):
        known.given([int])  # type: ignore[list-item]


@dataclass(frozen=True)
class Loose(BasicEnglish):
    anything: Any = None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (2**63, f"anything: {2**63} has more than 64 bits"),
        (-(2**63) - 1, f"anything: {-(2**63) - 1} has more than 64 bits"),
        ("a\ud800", "anything: 'a\\ud800' is not Unicode text"),
        (Path("a\udcff"), f"anything: {Path('a' + chr(0xDCFF))!r} is not Unicode text"),
        (("a", ["\udfff"]), "anything[1][0]: '\\udfff' is not Unicode text"),
        ({"\ud800": 1.0}, "anything: '\\ud800' is not Unicode text"),
        (1j, "anything: 1j is nothing that TOML can hold"),
        ((1, b"x"), "anything[1]: b'x' is nothing that TOML can hold"),
    ],
)
def test_a_value_that_toml_cannot_hold_is_told_with_its_path(
    known: Plugins, value: Any, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        to_table(Outer(part=Loose(value)), known)
    assert caught.value.problems == (f"part.{problem}",)
    assert str(caught.value) == f"these settings cannot be written\n  part.{problem}"


def test_components_that_are_nested_too_deep_to_be_read_are_not_written(known: Plugins) -> None:
    part: Tokenizer = Whitespace()
    for _ in range(15):
        part = Ngrams(part)
    table = to_table(Outer(part=part), known)
    assert from_table(Outer, {"part": table["part"]}, known).part == part
    with pytest.raises(ConfigError, match=r"tokenizer: is nested deeper than 16$"):
        to_table(Outer(part=Ngrams(part)), known)
