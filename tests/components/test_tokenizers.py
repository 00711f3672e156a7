from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.components.datasets import Headlines
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizers import BasicEnglish, Character, Ngrams, Regex, Unicode, Whitespace
from nlpkit.components.trainers import Standard
from nlpkit.errors import SettingsError
from nlpkit.experiment.value import Experiment
from nlpkit.runs.run import run

EVERY: list[Tokenizer] = [
    BasicEnglish(),
    Unicode(),
    Unicode(lowercase=False),
    Whitespace(),
    Character(),
    Character(lowercase=False),
    Regex(),
    Regex(pattern="(a)(b)?|c+", lowercase=False),
    Ngrams(),
    Ngrams(tokenizer=Ngrams(tokenizer=Whitespace(), max_n=2), max_n=3),
]
each = pytest.mark.parametrize("tokenizer", EVERY, ids=repr)
texts = st.text(st.characters(exclude_categories=[]))  # lone surrogates too
awkward_texts = st.lists(st.sampled_from([*"ab.'\"<>;:,!?() \t\n", "<br />", "é", "\u0301", "\u200d"])).map(
    "".join
)


def is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


def test_basic_english_is_that_of_torchtext(golden_dir: Path) -> None:
    tokenize = BasicEnglish().build()
    lines = (golden_dir / "basic_english.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    assert len(rows) > 100
    for row in rows:
        assert tokenize(row["text"]) == row["tokens"]


def test_ngrams_are_those_of_torchtext(golden_dir: Path) -> None:
    golden = json.loads((golden_dir / "vocab.json").read_text(encoding="utf-8"))
    for doc, max_n, expected in zip(golden["docs"], (2, 3), golden["ngrams_2"], strict=False):
        assert Ngrams(tokenizer=Whitespace(), max_n=max_n).build()(" ".join(doc)) == expected


@each
def test_a_tokenizer_that_was_pickled_gives_the_same_tokens(tokenizer: Tokenizer) -> None:
    tokenize = tokenizer.build()
    text = 'It\'s "new"; abc <br /> नमस्ते! 👩‍👩‍👧'
    assert pickle.loads(pickle.dumps(tokenize))(text) == tokenize(text)


@each
def test_a_text_of_white_space_has_no_tokens(tokenizer: Tokenizer) -> None:
    assert tokenizer.build()("") == tokenizer.build()(" \t\n\u2003\u00a0") == []


@each
def test_lone_surrogates_are_characters_like_others(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.build()("a \ud83d b")
    assert all(isinstance(token, str) and token for token in tokens)


@each
@given(text=texts | awkward_texts)
def test_tokens_are_never_empty_and_the_same_each_time(tokenizer: Tokenizer, text: str) -> None:
    tokens = tokenizer.build()(text)
    assert all(tokens)
    assert tokens == tokenizer.build()(text)


@pytest.mark.parametrize("tokenizer", [each for each in EVERY if not isinstance(each, Ngrams)], ids=repr)
@given(text=texts | awkward_texts)
def test_tokens_in_order_are_a_part_of_the_text(tokenizer: Tokenizer, text: str) -> None:
    folded = text.lower() if getattr(tokenizer, "lowercase", isinstance(tokenizer, BasicEnglish)) else text
    assert is_subsequence("".join(tokenizer.build()(text)), folded)


@pytest.mark.parametrize("tokenizer", [Whitespace(), Character(), Regex()], ids=repr)
@given(text=texts | awkward_texts)
def test_nothing_but_white_space_is_lost(tokenizer: Tokenizer, text: str) -> None:
    folded = text.lower() if getattr(tokenizer, "lowercase", False) else text
    assert "".join(tokenizer.build()(text)) == "".join(folded.split())


@given(text=texts | awkward_texts)
def test_unicode_words_lose_nothing_but_white_space_and_what_cannot_be_seen(text: str) -> None:
    def seen(text: str) -> str:
        return "".join(char for char in "".join(text.split()) if category(char) != "Cf")

    assert seen("".join(Unicode().build()(text))) == seen(text.lower())


@given(st.text(st.characters(max_codepoint=127)))
def test_the_pattern_for_ascii_and_the_one_for_all_agree_on_ascii(text: str) -> None:
    with_one_more = Unicode().build()(text + " é")
    assert Unicode().build()(text) == with_one_more[:-1]


@given(st.lists(st.sampled_from("abc"), max_size=8), st.integers(1, 5))
def test_ngrams_of_each_length_follow_one_another(words: list[str], max_n: int) -> None:
    expected = [" ".join(words[i : i + n]) for n in range(1, max_n + 1) for i in range(len(words) - n + 1)]
    assert Ngrams(tokenizer=Whitespace(), max_n=max_n).build()(" ".join(words)) == expected


def test_unicode_words_keep_their_marks_in_every_script() -> None:
    tokenize = Unicode().build()
    for word in ("नमस्ते", "สวัสดี", "cafe\u0301", "العَرَبِيَّة", "שָׁלוֹם"):
        assert tokenize(f"x {word}!") == ["x", word, "!"]


@pytest.mark.parametrize(
    "word",
    [
        "\u0db4\u0dca\u200d\u0dbb\u0dda\u0db8\u0dba",  # Sinhala, a joiner in it
        "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",  # Persian, a non-joiner in it
        "\u0d28\u0d4d\u200d",  # Malayalam, a joiner at the end
        "ex\u00adample",  # a soft hyphen
        "ex\ufeffam\u2060ple",  # a byte-order mark and a word joiner
        "ab\u200e\u0301c",  # a direction, and then a mark
        "\u06f1\u200f\u06f2",
    ],
    ids=ascii,
)
def test_what_cannot_be_seen_is_a_part_of_the_word_that_it_stands_in(word: str) -> None:
    assert Unicode().build()(f"x {word}, {word}") == ["x", word, ",", word]


@pytest.mark.parametrize("unseen", ["\ufeff", "\u200f", "\u00ad", "\u2060\u200e", "\u200b"], ids=ascii)
def test_what_cannot_be_seen_is_no_token_outside_words(unseen: str) -> None:
    assert Unicode().build()(f"{unseen}one {unseen} two{unseen}!{unseen}") == ["one", "two", "!"]


def test_words_end_at_a_zero_width_space() -> None:
    khmer = ["\u1781\u17d2\u1789\u17bb\u17c6", "\u179f\u17d2\u179a\u17a1\u17b6\u1789\u17cb"]
    assert Unicode().build()("\u200b".join(khmer)) == khmer


@pytest.mark.parametrize("emoji", ["👩‍👩‍👧", "❤️", "👩🏽‍🚀", "👍🏿", "🏳️‍🌈", "🇫🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_an_emoji_is_one_token_whatever_it_is_made_of(emoji: str) -> None:
    assert Unicode().build()(f"ok {emoji}{emoji}!") == ["ok", *[emoji] * 2, "!"]


def test_a_joiner_ties_no_word_to_an_emoji() -> None:
    assert Unicode().build()("👩\u200dab") == ["👩\u200d", "ab"]


def test_a_unicode_line_end_is_white_space_and_a_special_name_an_ordinary_word() -> None:
    assert Whitespace().build()("a\u2028b <unk>") == ["a", "b", "<unk>"]


def test_case_is_kept_where_it_is_asked_for() -> None:
    assert Unicode(lowercase=False).build()("Ab C") == ["Ab", "C"]
    assert Character(lowercase=False).build()("Ab C") == ["A", "b", "C"]
    assert Regex(lowercase=False).build()("Ab C") == ["Ab", "C"]


def test_a_group_in_a_pattern_is_not_captured() -> None:
    assert Regex(pattern="(a)(b)?").build()("ab a") == ["ab", "a"]


def test_a_match_of_nothing_is_no_token() -> None:
    assert Regex(pattern=r"\b|x").build()("a x") == ["x"]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(", "'(' is not a regular expression: missing ), unterminated subpattern at position 0"),
        ("a{99999999999}", "is not a regular expression: the repetition number is too large"),
        ("a*", "'a*' matches the empty text"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Regex(pattern=pattern)
    assert problem in caught.value.by_field["pattern"]


@pytest.mark.parametrize("max_n", [0, 17])
def test_ngrams_have_from_1_to_16_tokens(max_n: int) -> None:
    with pytest.raises(SettingsError, match=r"max_n: .* is not a whole number from 1 to 16"):
        Ngrams(max_n=max_n)


@dataclass(frozen=True)
class Known(Tokenizer):
    """Words that were in the training texts.

    words: those words
    """

    words: tuple[str, ...] = ()

    def fitted(self, texts: Iterable[str]) -> Known:
        return Known(tuple(sorted({word for text in texts for word in text.split()})))

    def build(self) -> Callable[[str], list[str]]:
        return lambda text: [word for word in text.split() if word in self.words]


def test_a_tokenizer_learns_from_the_texts_also_inside_another_one() -> None:
    learned = Ngrams(tokenizer=Known(), max_n=2).fitted(["a b", "b c"])
    assert learned == Ngrams(tokenizer=Known(("a", "b", "c")), max_n=2)
    assert learned.build()("a x c") == ["a", "c", "a c"]


def test_a_tokenizer_that_learns_nothing_stays_as_it_is() -> None:
    nested = Ngrams()
    assert nested.fitted(iter([])) == nested
    assert Whitespace().fitted(["a"]) == Whitespace()


def test_a_model_keeps_what_its_tokenizer_has_learned_and_the_experiment_does_not() -> None:
    experiment = Experiment(
        data=Headlines(train_size=60, valid_size=20, test_size=20),
        tokenizer=Known(),
        encoder=EmbeddingMean(embedding=Embedding(size=4)),
        trainer=Standard(epochs=1),
    )
    result = run(experiment)
    assert result.experiment.tokenizer == Known()
    assert isinstance(result.model.settings.tokenizer, Known)
    assert set(result.model.vocab.tokens) == set(result.model.settings.tokenizer.words)
