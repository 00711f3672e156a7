"""Vocabularies, rows of ids and texts that components are tried on: the same ones every time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING

from nlpkit.vocab import UNKNOWN_ID, Vocab

if TYPE_CHECKING:
    from nlpkit.ragged import Ragged

LONG_TEXT_TOKENS = 10_000

_WORDS = (
    "the a of oil prices fell on Friday match won stocks bank minister new chip it 's , . ! ? 7 2004 e-mail "
    "naïve Übung слово 市場 नमस्ते 👍 x extraordinarily"
)
# names that collators and encoders ask for in practice
_SPECIALS = ("<bos>", "<eos>", "<cls>", "<sep>", "<mask>", "<s>", "</s>", "[CLS]", "[SEP]", "[MASK]")

AWKWARD_TEXTS = (
    "",
    " ",
    "\n\t\r\f\v\u00a0\u2028\u3000",
    "Oil prices fell on Friday; why?",
    'It\'s <br /> "new" (really!) e-mail: a@b.org, https://x.org/?q=1&r=2#top',
    "naïve caf\u00e9 cafe\u0301 \u0301\u0301 ﬁne ß İ ı Σ ς",
    "слово عربى עברית हिन्दी नमस्ते ไทย 市場 にほんご 한국어",
    "👍🏽 👩‍👩‍👧‍👦 🇨🇭 \u200d\u200b\ufeff\u2066\u202e",
    "\ud83d \udc4d lone \udfff\ud800 surrogates",
    "\x00\x01\x07\x08\x1b[31m\x7f\x80\x9f",
    "\U0010ffff\ufffe\ufffd\ue000",
    "<pad> <unk> [CLS] <s>",
    "1,234.5e-6 -7 0x1F ½ ² ④",
    "a" * 300,
    "word " * 300,
    "?!" * 150,
)


def alike_texts() -> list[str]:
    """Texts that a memo may take for each other: of one length, with the same beginning, end or characters,
    or the same but for case and spaces; and so many that a short hash of them comes twice.
    """
    random = Random(7)
    numbers = [f"text {random.randrange(10**8):08} of many" for _ in range(2000)]
    found = ["oil", "oil.", "Oil", "caf\u00e9", "cafe\u0301", "ﬁne", "fine", "№ 2", "No 2", "a\u00a0b", "a b"]
    for words in (2, 12, 100, 1500):
        base = [random.choice(("oil", "chip", "gold", "bank", "match")) for _ in range(words)]
        middle = words // 2
        changed = [[*base[:place], "news", *base[place + 1 :]] for place in (0, middle, words - 1)]
        texts = [" ".join(each) for each in (base, *changed, base[::-1], sorted(base))]
        found += [*texts, texts[0].upper(), texts[0].title(), f" {texts[0]}  ", texts[0].replace(" ", "  ")]
    return [*found, *dict.fromkeys(numbers)]


def sample_vocab() -> Vocab:
    """Tokens of several scripts and lengths, specials, and three buckets for hashed words."""
    return Vocab(_WORDS.split(), specials=_SPECIALS, buckets=3)


def renamed(vocab: Vocab) -> Vocab:
    """The same ids for tokens of other names."""
    others = [f"{token[::-1]}{place}" for place, token in enumerate(vocab.tokens)]
    return Vocab(others, specials=vocab.specials, buckets=vocab.buckets)


def sample_rows(vocab: Vocab) -> list[list[int]]:
    """Texts of 1 to 40 tokens, some of one length, some of the unknown id alone."""
    random = Random(11)
    lengths = (1, 2, 5, 3, 8, 1, 5, 13, 40, 2)
    drawn = [[random.choice(ordinary_ids(vocab)) for _ in range(length)] for length in lengths]
    return [*drawn, [UNKNOWN_ID], [UNKNOWN_ID] * 4, [drawn[0][0]] * 6]


def ordinary_ids(vocab: Vocab) -> Sequence[int]:
    """The ids that a tokenizer's tokens get: those of tokens and buckets, else the unknown one alone."""
    return range(2 + len(vocab.specials), len(vocab)) or [UNKNOWN_ID]


def long_row(vocab: Vocab) -> list[int]:
    """A text of 10,000 tokens."""
    return list(islice(cycle(ordinary_ids(vocab)), LONG_TEXT_TOKENS))


def many_rows(vocab: Vocab, count: int, *, longest: int = 9) -> list[list[int]]:
    """Short texts."""
    random = Random(count)
    ids = ordinary_ids(vocab)
    return [[random.choice(ids) for _ in range(random.randint(1, longest))] for _ in range(count)]


def ragged(rows: Sequence[Sequence[int]]) -> Ragged:
    """Rows as collators take them."""
    from nlpkit.ragged import Ragged

    return Ragged.from_rows(rows)


def in_brief(row: Sequence[int]) -> str:
    """A row of ids in a sentence.

    >>> in_brief([5]), in_brief(range(2, 40))
    ('[5]', '38 ids [2, 3, 4, 5, 6, 7, ...]')
    """
    if len(row) <= 12:
        return str(list(row))
    return f"{len(row):,} ids [{', '.join(map(str, row[:6]))}, ...]"
