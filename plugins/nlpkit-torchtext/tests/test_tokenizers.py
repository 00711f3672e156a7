"""torchtext's tokenizers as parts, and nlpkit's own against them."""

from __future__ import annotations

import csv
import pickle
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlpkit import BasicEnglish, MissingError, Ngrams, Tokenizer, Whitespace, basic_english, ngrams
from nlpkit_torchtext import TorchtextTokenizer

pieces = [*"aB.'\"<>;:,!?() \t\n", "<br />", "<br/>", "é", "İ", "ß", "\u0301", "\u200d", "\u2028"]
texts = st.text(st.characters(exclude_categories=[])) | st.lists(st.sampled_from(pieces)).map("".join)


@given(texts)
@example("\x1c\x1d\x1e\x1f\x85\u180e\u200b\ufeff")
@example('<b"r />')
def test_basic_english_is_torchtexts_on_any_text(torchtext: ModuleType, text: str) -> None:
    assert basic_english(text) == torchtext.data.get_tokenizer("basic_english")(text)


def test_basic_english_is_torchtexts_on_ag_news(torchtext: ModuleType, data_dir: Path) -> None:
    tokenize = torchtext.data.get_tokenizer("basic_english")
    with (data_dir / "ag_news" / "test.csv").open(encoding="utf-8", newline="") as file:
        rows = [" ".join(row[1:]) for row in csv.reader(file)]
    assert len(rows) == 7600
    assert list(map(basic_english, rows)) == list(map(tokenize, rows))


@given(texts)
def test_whitespace_is_the_tokenizer_without_a_name(torchtext: ModuleType, text: str) -> None:
    assert Whitespace().build()(text) == torchtext.data.get_tokenizer(None)(text)


@given(texts)
def test_whitespace_is_simple_space_split(torchtext: ModuleType, text: str) -> None:
    assert [Whitespace().build()(text)] == list(torchtext.data.functional.simple_space_split([text]))


@given(st.lists(st.sampled_from(["a", "b", "c d", ""]), max_size=8), st.integers(1, 5))
def test_ngrams_are_those_of_ngrams_iterator(torchtext: ModuleType, tokens: list[str], max_n: int) -> None:
    expected = list(torchtext.data.utils.ngrams_iterator(tokens, max_n))
    assert ngrams("", tokenize=lambda text: tokens, max_n=max_n) == expected


@pytest.mark.parametrize("inner", [TorchtextTokenizer(), BasicEnglish()], ids=["torchtext", "nlpkit"])
def test_either_can_stand_inside_another_tokenizer(torchtext: ModuleType, inner: Tokenizer) -> None:
    assert Ngrams(tokenizer=inner).build()("It's so.") == [
        *["it", "'", "s", "so", "."],
        *["it '", "' s", "s so", "so ."],
    ]


@pytest.mark.parametrize("name", ["basic_english", "moses", "toktok"])
def test_a_tokenizer_gives_what_torchtext_gives_also_pickled(torchtext: ModuleType, name: str) -> None:
    tokenize = TorchtextTokenizer(name=name).build()  # type: ignore[arg-type]
    text = "Don't pay $3.50, O'Neill!"
    assert tokenize(text) == torchtext.data.get_tokenizer(name)(text)
    assert pickle.loads(pickle.dumps(tokenize))(text) == tokenize(text)


def test_a_package_that_a_tokenizer_needs_is_named(
    torchtext: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingError) as caught:
        TorchtextTokenizer(name="spacy", language="en_core_web_sm").build()
    assert str(caught.value).startswith(
        'torchtext.data.get_tokenizer("spacy") needs spacy, which is not ready'
    )
    assert str(caught.value).endswith("install it, or take nlpkit's tokenizer unicode")
    assert "\n" not in str(caught.value)
