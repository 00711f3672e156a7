from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlpkit.testing import BrokenPromise, Outcome, checks_of, outcomes

APART = "no text gets the tokens of another"
SAME = "another process learns the same"
IN_PROPORTION = "time is in proportion to the length of a text"

MODULE = '''
import zlib
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from nlpkit import Tokenizer

MEMO = {}


def of_all(key, text):
    """A memo of the whole process."""
    return list(MEMO.setdefault((key, key(text)), text.split()))


def prefix(text):
    return text[:64]


def short_hash(text):
    return zlib.crc32(text.encode("utf-8", "replace")) % 65536


def whole(text):
    return text


@dataclass(frozen=True)
class ByLength(Tokenizer):
    def build(self):
        return partial(of_all, len)


@dataclass(frozen=True)
class ByPrefix(Tokenizer):
    def build(self):
        return partial(of_all, prefix)


@dataclass(frozen=True)
class ByShortHash(Tokenizer):
    def build(self):
        return partial(of_all, short_hash)


@dataclass(frozen=True)
class ByText(Tokenizer):
    def build(self):
        return partial(of_all, whole)


@dataclass(frozen=True)
class LearnsASet(Tokenizer):
    """Words seen.

    words: those that were seen
    """

    words: tuple[str, ...] = ()

    def fitted(self, texts):
        return type(self)(self.order({word for text in texts for word in text.split()}))

    def order(self, words):
        return tuple(words)

    def build(self):
        return str.split


@dataclass(frozen=True)
class LearnsSorted(LearnsASet):
    """Words seen.

    words: those that were seen
    """

    def order(self, words):
        return tuple(sorted(words, key=lambda word: (-len(word), word)))


@dataclass(frozen=True)
class BreaksTiesByHash(LearnsASet):
    """The most frequent words; of equals those whose hash is lower.

    words: those that were seen
    """

    def fitted(self, texts):
        counts = Counter(word for text in texts for word in text.split())
        best = sorted(counts, key=lambda word: (-counts[word], hash(word)))
        return type(self)(tuple(best[:40]))


def slices(text):
    """The rest of the text is copied for each 64 characters: a memcpy that a short text does not show."""
    found, rest = [], text
    while rest:
        found.append(rest[:64])
        rest = rest[64:]
    return found


def inserts(text):
    found = []
    for start in range(0, len(text), 8):
        found.insert(0, text[start : start + 8])
    return found


def sorts(text):
    return sorted(text.split())


@dataclass(frozen=True)
class Slices(Tokenizer):
    def build(self):
        return slices


@dataclass(frozen=True)
class Inserts(Tokenizer):
    def build(self):
        return inserts


@dataclass(frozen=True)
class Sorts(Tokenizer):
    def build(self):
        return sorts
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Tokenizers in a module that another process finds."""
    (tmp_path / "odd_tokenizers.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("odd_tokenizers")
    del sys.modules["odd_tokenizers"]


def outcome_of(component: Any, promise: str) -> Outcome:
    [check] = [check for check in checks_of(component) if check.promise == promise]
    return Outcome.of(check, component)


@pytest.mark.parametrize("name", ["ByLength", "ByPrefix", "ByShortHash"])
def test_a_memo_that_confuses_texts_is_told(module: Any, name: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        [check] = [check for check in checks_of(getattr(module, name)()) if check.promise == APART]
        check(getattr(module, name)())
    assert re.fullmatch(
        f"{name} promises that no text gets the tokens of another, but the tokens of the text '.*', [0-9,]+ "
        "characters, depend on the texts before it; a memo needs the whole text as its key",
        str(caught.value),
    )


@pytest.mark.parametrize("name", ["LearnsASet", "BreaksTiesByHash"])
def test_what_is_learned_in_the_order_of_hashes_is_told(module: Any, name: str) -> None:
    found = outcome_of(getattr(module, name)(), SAME)
    assert re.fullmatch(
        rf"{name} promises that another process learns the same, but another process learns the settings "
        r"\.\.\..* where this one learns \.\.\..*; sort what comes from a set, and break ties by the tokens "
        "themselves",
        found.reason,
    ), found


@pytest.mark.parametrize("name", ["Slices", "Inserts"])
def test_time_that_goes_with_the_square_of_long_texts_alone_is_told(module: Any, name: str) -> None:
    found = outcome_of(getattr(module, name)(), IN_PROPORTION)
    assert re.search(r"it grows with the length to the power of (1\.[5-9]|2)", found.reason), found


@pytest.mark.parametrize("name", ["ByText", "LearnsSorted", "Sorts"])
def test_an_unusual_tokenizer_that_is_right_keeps_its_promises(module: Any, name: str) -> None:
    assert [each.reason for each in outcomes(getattr(module, name)()) if each.state == "broken"] == []
