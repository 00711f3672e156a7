from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizers import BasicEnglish, Character, Ngrams, Regex, Unicode, Whitespace
from nlpkit.testing import BrokenPromise, Skipped, check_tokenizer, checks_of, tokenizer
from nlpkit.testing.growth import Growth

Tokenize = Callable[[str], list[str]]


@pytest.mark.parametrize(
    "settings",
    [
        BasicEnglish(),
        Unicode(),
        Whitespace(),
        Character(),
        Regex(),
        Ngrams(),
    ],
    ids=str,
)
def test_every_built_in_tokenizer_keeps_its_promises(settings: Tokenizer) -> None:
    check_tokenizer(settings)


@dataclass(frozen=True)
class Built(Tokenizer):
    """White space, changed in each class below."""

    def build(self) -> Tokenize:
        return self.tokens

    def tokens(self, text: str) -> list[str]:
        return text.split()


@dataclass(frozen=True)
class Counts(Built):
    def build(self) -> Tokenize:
        return Counting()


class Counting:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, text: str) -> list[str]:
        self.calls += 1
        return [*text.split(), str(self.calls)]


@dataclass(frozen=True)
class Remembers(Built):
    def build(self) -> Tokenize:
        return Remembering()


class Remembering:
    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = {}

    def __call__(self, text: str) -> list[str]:
        return self.seen.setdefault(text, text.split())


@dataclass(frozen=True)
class Unpicklable(Built):
    def build(self) -> Tokenize:
        return lambda text: text.split()


@dataclass(frozen=True)
class Lazy(Built):
    def tokens(self, text: str) -> Any:
        return iter(text.split())


@dataclass(frozen=True)
class Numbers(Built):
    def tokens(self, text: str) -> list[Any]:
        return [len(word) for word in text.split()]


@dataclass(frozen=True)
class NothingIsNoText(Built):
    def tokens(self, text: str) -> list[str]:
        return [text.split()[0]]


@dataclass(frozen=True)
class NoSurrogates(Built):
    def tokens(self, text: str) -> list[str]:
        return text.encode().decode().split()


@dataclass(frozen=True)
class OtherType(Built):
    def fitted(self, texts: Iterable[str]) -> Any:
        return Whitespace()


@dataclass(frozen=True)
class ReadsTwice(Built):
    def fitted(self, texts: Any) -> Self:
        texts.sort()
        return self


@dataclass(frozen=True)
class Learns(Built):
    """Words seen.

    words: those that were seen
    """

    words: tuple[str, ...] = ()

    def fitted(self, texts: Iterable[str]) -> Self:
        return type(self)(tuple(sorted({word for text in texts for word in text.split()})))


@dataclass(frozen=True)
class LearnsInPlace(Learns):
    def fitted(self, texts: Iterable[str]) -> Self:
        learned = super().fitted(texts)
        object.__setattr__(self, "words", learned.words)
        return learned


@dataclass(frozen=True)
class LearnsHidden(Learns):
    """Words seen.

    counts: how often each was seen
    """

    counts: dict[str, int] = field(default_factory=dict)

    def fitted(self, texts: Iterable[str]) -> Self:
        learned = super().fitted(texts)
        object.__setattr__(learned, "counts", {"a": 1.5})
        return learned


BROKEN = {
    Counts: "the same text gives the same tokens, but the text '' gives ['32'] where it was ['1'], from "
    "token 0, "
    "the second time",
    Remembers: "the same text gives the same tokens, but a list of tokens that is changed changes the "
    "tokens of "
    "the same text later",
    Unpicklable: "it can be pickled, but pickle.dumps of what build() gives raises ",
    Lazy: "any text gives a list of strings, but the text '' gives a list_iterator",
    Numbers: "any text gives a list of strings, but among the tokens of the text 'Oil prices fell on Friday; "
    "why?' is 3",
    NothingIsNoText: "any text gives a list of strings, but the text '' raises IndexError: list index out of "
    "range",
    NoSurrogates: "any text gives a list of strings, but the text '\\ud83d \\udc4d lone \\udfff\\ud800 "
    "surrogates' raises UnicodeEncodeError",
    OtherType: "learning gives new settings and changes nothing, but fitted gives a Whitespace, not a "
    "OtherType",
    ReadsTwice: "any text gives a list of strings, but fitted(texts) raises ",
    LearnsInPlace: "learning gives new settings and changes nothing, but fitted has changed the settings "
    "it was "
    "called on, or the texts",
    LearnsHidden: "what it has learned survives a TOML file, but it raises ConfigError: a problem with the "
    "settings counts.a: 1.5 is not a whole number",
}


@pytest.mark.parametrize(
    ("settings", "sentence"), BROKEN.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_a_broken_tokenizer_is_told_in_one_sentence(settings: type[Tokenizer], sentence: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        check_tokenizer(settings())
    said = str(caught.value)
    assert said.startswith(f"{settings.__name__} promises that {sentence}")
    assert "\n" not in said


def test_a_tokenizer_that_learns_keeps_its_promises() -> None:
    check_tokenizer(Learns())


def only(component: Tokenizer, promise: str) -> str:
    """What is said about one promise."""
    [check] = [check for check in checks_of(component) if check.promise == promise]
    with pytest.raises(BrokenPromise) as caught:
        check(component)
    return str(caught.value)


IN_PROPORTION = "time is in proportion to the length of a text"


def test_a_regular_expression_that_takes_for_ever_is_ended_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer, "CPU_SECONDS", 1)
    said = only(Regex(pattern="(a+)+b"), IN_PROPORTION)
    assert re.fullmatch(
        r"Regex\(pattern='\(a\+\)\+b'\) promises that time is in proportion to the length of a text, but "
        r"of 1 "
        r"seconds of one core a text of 'a' again and again and '!' at its end with (32|64) characters "
        r"took what "
        r"was left",
        said,
    ), said


def test_a_regular_expression_that_takes_the_square_of_the_length_is_told() -> None:
    said = only(Regex(pattern="a+b"), IN_PROPORTION)
    assert re.fullmatch(
        r"Regex\(pattern='a\+b'\) promises that time is in proportion to the length of a text, but a text "
        r"of 'a' "
        r"again and again and '!' at its end takes [\d.]+ ms with [\d,]+ characters and [\d.]+ ms with a "
        r"quarter "
        r"of them: it grows with the length to the power of (1\.[6-9]|2|2\.[0-4])\d*",
        said,
    ), said


@pytest.mark.parametrize(
    ("seconds", "quarter", "steep"),
    [(0.04, 0.01, False), (0.16, 0.01, True), (0.002, 0.0001, False), (0.05, 0.01, False), (0.1, 0.0, True)],
)
def test_growth_is_steep_where_it_is_far_from_proportion(seconds: float, quarter: float, steep: bool) -> None:
    assert Growth("a text", 1000, seconds, quarter).steep is steep


ORDERED_BY_HASH = """
from dataclasses import dataclass

from nlpkit.components.kinds import Tokenizer


@dataclass(frozen=True)
class Distinct(Tokenizer):
    def build(self):
        return distinct


def distinct(text):
    print("what a plugin prints is no answer")
    return list(set(text.split()))
"""


def test_tokens_in_the_order_of_a_set_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ordered_by_hash.py").write_text(ORDERED_BY_HASH, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import ordered_by_hash

    said = only(ordered_by_hash.Distinct(), "another process gives the same tokens")
    del sys.modules["ordered_by_hash"]
    assert re.match(
        "Distinct promises that another process gives the same tokens, but the text '.*' gives .* where "
        "it was "
        r".*, from token \d+, in another process",
        said,
    )


@pytest.mark.parametrize("promise", ["another process gives the same tokens", IN_PROPORTION])
def test_what_cannot_be_sent_to_another_process_is_skipped_there(promise: str) -> None:
    [check] = [check for check in checks_of(Unpicklable()) if check.promise == promise]
    with pytest.raises(Skipped, match="it cannot be pickled"):
        check(Unpicklable())
