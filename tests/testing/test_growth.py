from __future__ import annotations

import gc
import re
from collections.abc import Iterator

import pytest

from nlpkit.testing import growth
from nlpkit.testing.growth import Growth, measured, text_of


def steepest(pattern: str) -> Growth:
    found = Growth(*measured(re.compile(pattern).findall, lambda told: None)[-1])
    assert found.steep
    return found


@pytest.fixture(autouse=True)
def openers_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(growth, "PARTS", (("", "!"),))
    yield
    gc.enable()  # a process that measures is one of its own elsewhere


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("<[^>]*>", "<"),
        (r"\{\{.*?\}\}", "{"),
        (r"/\*.*?\*/", "/* "),
        ("<!--.*?-->", "<!--"),
        ("`.*?~", "`"),
    ],
)
def test_a_beginning_whose_end_is_looked_for_again_and_again_is_told(pattern: str, part: str) -> None:
    assert steepest(pattern).shown == f"a text of {part!a} again and again"


def test_words_that_are_all_different_are_told() -> None:
    def distinct(text: str) -> list[str]:
        seen: list[str] = []
        for word in text.split():
            if word not in seen:
                seen.append(word)
        return seen

    found = Growth(*measured(distinct, lambda told: None)[-1])
    assert found.steep
    assert found.shown == "a text of words that are all different and '!' at its end"


def test_what_looks_once_gets_one_look_at_each_beginning() -> None:
    assert len(measured(str.split, lambda told: None)) == 1


@pytest.mark.parametrize("part", ["a", "/* ", ""])
def test_a_text_has_the_length_that_is_asked_for(part: str) -> None:
    assert [len(text_of(part, "", chars)) for chars in (1, 10, 1000)] == [1, 10, 1000]
