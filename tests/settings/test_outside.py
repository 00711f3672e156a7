from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from nlpkit.settings.checks import Settings
from nlpkit.settings.outside import named_outside


@dataclass(frozen=True)
class Plain(Settings):
    file: Path | None = None
    pattern: str = "a+"


@dataclass(frozen=True)
class Said(Settings):
    outside = ("address", "parts")

    address: str | None = "https://example.org"
    parts: tuple[str, ...] = ()
    content: str = ""

    def portable(self) -> Self:
        raise AssertionError("it is not asked")


@dataclass(frozen=True)
class Silent(Settings):
    address: str | None = None
    mode: Literal["fast", "slow"] = "fast"
    size: int = 3
    content: str = ""

    def portable(self) -> Self:
        raise AssertionError("it is not asked")


@dataclass(frozen=True)
class Holder(Settings):
    plain: Plain = field(default_factory=Plain)
    all: tuple[Settings, ...] = ()


def found(settings: Settings) -> list[str]:
    return list(named_outside(settings))


def test_a_path_is_outside_wherever_it_stands() -> None:
    assert found(Plain()) == []
    assert found(Holder(Plain(Path("a")), (Plain(), Plain(Path("b"))))) == ["plain.file", "all[1].file"]


def test_what_a_class_says_is_outside_has_to_be_empty_even_where_it_is_the_default() -> None:
    assert found(Said()) == ["address"]
    assert found(Said(address="", parts=("x",), content="kept")) == ["parts"]
    assert found(Holder(all=(Said(address=None, content="kept"),))) == []


def test_strings_of_a_class_with_its_own_portable_count_where_it_says_nothing() -> None:
    assert found(Silent()) == found(Silent(mode="slow", size=4)) == []
    assert found(Holder(all=(Silent("there", content="x"),))) == ["all[0].address", "all[0].content"]


def test_a_path_that_a_class_says_is_outside_is_told_once() -> None:
    @dataclass(frozen=True)
    class Listed(Plain):
        outside = ("file",)

    assert found(Listed(Path("a"))) == ["file"]
