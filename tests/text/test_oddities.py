from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizers import BasicEnglish, Character, Ngrams, Regex, Unicode, Whitespace
from nlpkit.text.indexing import encode, index, text_tokenizer
from nlpkit.text.oddities import Indexing, Sample, oddities, private_tokens, unknown_tokens, whole_sentences
from nlpkit.text.settings import TextConfig, VocabConfig
from nlpkit.vocab import Vocab

CHINESE = "我们昨天在新开的饭店里吃了很好吃的面条。"
JAPANESE = "このホテルの朝食はとてもおいしかったです。"
THAI = "ร้านนี้อาหารอร่อยมากและราคาไม่แพงเลย"
KHMER = "ខ្ញុំចូលចិត្តម្ហូបនៅហាងនេះខ្លាំងណាស់"
TIBETAN = "ང་ལ་དེབ་འདི་ཧ་ཅང་དགའ་པོ་ཡོད།"
YI = "ꊿꂷꃅꄿꐨꐥꌅꅍꀂꏽꐯꒈꃅꐥꌐ。"
KOREAN = "이 식당의 음식은 정말 맛있었어요"
ENGLISH = "the food here was great"
NOTHING = Vocab([])


def judged(tokenizer: Tokenizer, *texts: str) -> list[str]:
    indexing = Indexing(text_tokenizer(tokenizer, TextConfig()), NOTHING, VocabConfig())
    return [f"{note.level} {note}" for note in whole_sentences("training", texts, indexing)]


@pytest.mark.parametrize("text", [CHINESE, JAPANESE, THAI, KHMER, YI])
@pytest.mark.parametrize(
    "tokenizer", [BasicEnglish(), Unicode(), Whitespace(), Regex(pattern="[^ .]+")], ids=repr
)
def test_sentences_that_stay_uncut_are_told_loudly(tokenizer: Tokenizer, text: str) -> None:
    assert judged(tokenizer, text, ENGLISH) == [
        "loud 50 % of the training texts are in a script without spaces between words, and the tokenizer "
        "makes whole sentences one token, so that hardly any is seen again; "
        'set tokenizer = "character", or one that cuts this script'
    ]


@dataclass(frozen=True)
class Words(Tokenizer):
    """Two letters a word, as a tokenizer that knows the script might cut."""

    def build(self) -> Callable[[str], list[str]]:
        return lambda text: [text[start : start + 2] for start in range(0, len(text), 2)]


@pytest.mark.parametrize("text", [CHINESE, JAPANESE, THAI, KHMER, TIBETAN, YI])
@pytest.mark.parametrize("tokenizer", [Character(), Words(), Ngrams(tokenizer=Words(), max_n=5)], ids=repr)
def test_scripts_without_spaces_are_fine_where_they_are_cut(tokenizer: Tokenizer, text: str) -> None:
    assert judged(tokenizer, text) == []


def test_syllables_of_tibetan_are_cut_by_their_marks_and_not_by_spaces() -> None:
    assert judged(Unicode(), TIBETAN) == []
    assert len(judged(Whitespace(), TIBETAN)) == 1


@pytest.mark.parametrize("text", [KOREAN, ENGLISH, "", "日本 is a country", "我 爱 你"])
def test_texts_with_spaces_between_words_are_fine(text: str) -> None:
    assert judged(Whitespace(), text) == []


def test_a_few_sentences_among_others_say_nothing() -> None:
    assert judged(Unicode(), CHINESE, *[ENGLISH] * 3) == []


def unknown(
    train: str, test: str, config: VocabConfig | None = None, tokenizer: Tokenizer | None = None
) -> list[str]:
    config, tokenizer = config or VocabConfig(), tokenizer or Whitespace()
    tokenize = text_tokenizer(tokenizer, TextConfig())
    _, vocab = index([train], tokenize, config)
    indexing = Indexing(tokenize, vocab, config)
    notes = unknown_tokens("test", [test], encode([test], tokenize, vocab), indexing)
    return [f"{note.level} {note}" for note in notes]


KNOWN = "a b c d e f g h i j k l m n o p q r s t "


def test_a_third_of_the_tokens_may_be_unknown_and_no_more() -> None:
    assert unknown(KNOWN, KNOWN + "1 2 3 4 5 6 7 8 9 10") == []
    assert unknown(KNOWN, KNOWN + "1 2 3 4 5 6 7 8 9 10 11") == [
        "note 35 % of the test tokens are not in the vocabulary, and all are one to the model; "
        'train on more texts, or take shorter tokens, such as tokenizer = "character"'
    ]


@pytest.mark.parametrize(
    ("config", "remedy"),
    [
        (VocabConfig(min_count=2), "lower vocab.min_count (2)"),
        (VocabConfig(max_size=9), "raise vocab.max_size (9)"),
        (VocabConfig(min_count=3, max_size=9), "lower vocab.min_count (3), or raise vocab.max_size (9)"),
    ],
    ids=str,
)
def test_the_setting_that_leaves_tokens_out_is_named(config: VocabConfig, remedy: str) -> None:
    [said] = unknown(KNOWN, KNOWN, config)
    more = 'train on more texts, or take shorter tokens, such as tokenizer = "character"'
    assert said.endswith(f"one to the model; {remedy}, or {more}")


def test_a_list_of_tokens_that_does_not_fit_is_named(tmp_path: Path) -> None:
    indexing = Indexing(str.split, NOTHING, VocabConfig(file=tmp_path / "tokens.txt"))
    [note] = unknown_tokens("test", [KNOWN], encode([KNOWN], str.split, NOTHING), indexing)
    assert note.text.endswith("give a vocab.file that is made of texts like these with the same tokenizer")


def test_n_grams_that_are_new_and_tokens_with_a_bucket_are_no_unknown_words() -> None:
    backwards = " ".join(reversed(KNOWN.split()))
    assert unknown(KNOWN, backwards, tokenizer=Ngrams(tokenizer=Whitespace(), max_n=3)) == []
    assert unknown(KNOWN, "1 2 3 4 5 6 7 8 9 10 " * 2, VocabConfig(buckets=5)) == []


def test_a_handful_of_tokens_says_nothing() -> None:
    assert unknown(KNOWN, "1 2 3") == []


def told(texts: list[str]) -> list[str]:
    """What is said of new texts to a model whose tokens are between spaces."""
    vocab = Vocab(KNOWN.split())
    return [f"{note.level} {note}" for note in oddities(texts, Indexing(str.split, vocab))]


def test_new_texts_are_told_of_in_the_same_words_and_with_what_mends_a_trained_model() -> None:
    assert told([KNOWN, KNOWN]) == []
    assert told([KNOWN, "1 2 3 4 5 6 7 8 9 10 11"]) == [
        "note 35 % of the tokens are not in the vocabulary, and all are one to the model; "
        'train on texts like these, or take shorter tokens, such as tokenizer = "character"'
    ]
    assert told([THAI, KNOWN]) == [
        "loud 50 % of the texts are in a script without spaces between words, and the tokenizer "
        "makes whole sentences one token, so that hardly any is seen again; "
        'train with tokenizer = "character", or one that cuts this script'
    ]
    assert told([]) == []


@given(st.lists(st.integers(0, 3000), max_size=9))
def test_a_sample_of_a_stream_is_at_even_distances_and_no_larger_however_it_comes(pieces: list[int]) -> None:
    texts = list(map(str, range(sum(pieces))))
    sample, rest = Sample(), iter(texts)
    for piece in pieces:
        sample.add(list(islice(rest, piece)))
    step = next(2**n for n in range(9) if len(texts[:: 2**n]) <= 1000)
    assert sample.texts == texts[::step]


def test_a_sample_keeps_the_beginning_of_a_long_text() -> None:
    sample = Sample()
    sample.add(["x" * 20_000])
    assert list(map(len, sample.texts)) == [10_000]


def private(*texts: str, config: VocabConfig | None = None) -> list[str]:
    ids, vocab = index(texts, str.split, config or VocabConfig())
    return [f"{note.level} {note}" for note in private_tokens(ids, vocab)]


def test_addresses_and_keys_that_occur_once_are_counted() -> None:
    texts = [f"write to ann{n}@mail.example or use sk_{n}a4f8b9c2 today" for n in range(10, 15)]
    assert private(*texts, "rare") == [
        "note vocabulary.json has 11 tokens that occur once, and 10 look like addresses or keys; "
        "vocab.min_count = 2 leaves them out"
    ]


def test_addresses_and_keys_that_occur_twice_or_have_no_id_are_not_counted() -> None:
    assert (
        private("ann@mail.example 550e8400-e29b-41d4-a716", "ann@mail.example 550e8400-e29b-41d4-a716") == []
    )
    assert (
        private("ann@mail.example ann", "bob", config=VocabConfig(min_count=2, specials=("<s>",), buckets=3))
        == []
    )


def test_rare_words_and_numbers_are_neither_addresses_nor_keys() -> None:
    assert (
        private("wrapup1-juventus 25-year-old 2004-08-16 @ @home 11th covid19vaccine2021 b2b 1234567890123")
        == []
    )
