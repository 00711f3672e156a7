"""Texts to token ids: clean, tokenize and look up a whole column, into one ragged array."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import filterfalse
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nlpkit.components.tokenizing import Tokenize as Tokenize
from nlpkit.components.tokenizing import clean as clean
from nlpkit.data.reading.source.compressed import whole
from nlpkit.data.texts import SourceFile
from nlpkit.errors import ConfigError, DataError
from nlpkit.ragged import Ragged, ragged_map
from nlpkit.settings.hints import briefly
from nlpkit.text.numbering import Numbered, number_tokens
from nlpkit.text.settings import TOKENS
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    from nlpkit.components.kinds import Tokenizer
    from nlpkit.text.settings import TextConfig, VocabConfig


def text_tokenizer(tokenizer: Tokenizer, text: TextConfig) -> Tokenize:
    """The tokenizer after the text has been cleaned; ConfigError for what are no tokens."""
    name, built = type(tokenizer).__name__, tokenizer.build()
    if not callable(built):
        raise ConfigError(f"{name}.build gives {briefly(built)}, but a function of a text is expected")
    return partial(clean_tokens, tokenize=built, normalize=text.normalize, name=name)


def clean_tokens(
    text: str, *, tokenize: Tokenize, normalize: Literal["none", "NFC", "NFKC"], name: str = "the tokenizer"
) -> list[str]:
    """The tokens of a text without lone surrogates (each becomes U+FFFD), in a Unicode form.

    >>> clean_tokens("e\\u0301 \\ud83d", tokenize=str.split, normalize="NFC")
    ['\u00e9', '\ufffd']
    """
    tokens = tokenize(clean(text, normalize))
    listed = isinstance(tokens, list | tuple)
    if not listed or (tokens and not isinstance(tokens[0], str)):
        given = f"a list with {briefly(tokens[0])}" if listed else briefly(tokens)
        raise ConfigError(f"{name} gives {given} for a text, but a list of strings is expected")
    return tokens


def fitted(tokenizer: Tokenizer, text: TextConfig, texts: Sequence[str]) -> Tokenizer:
    """The tokenizer after it has learned what it needs from the training texts."""
    return tokenizer.fitted(Cleaned(texts, text.normalize))


@dataclass(frozen=True)
class Cleaned:
    """Texts as tokenizers see them, as often as they are read."""

    texts: Sequence[str]
    normalize: Literal["none", "NFC", "NFKC"]

    def __iter__(self) -> Iterator[str]:
        return (clean(text, self.normalize) for text in self.texts)


def index(texts: Sequence[str], tokenize: Tokenize, config: VocabConfig) -> tuple[Ragged, Vocab]:
    """The ids of the training texts, int32, and the vocabulary they make. DataError where `config.file` is
    no list of tokens.
    """
    numbered = number_tokens([texts], tokenize)
    vocab = vocab_of(numbered, config, listed_tokens(config))
    return numbered.under(vocab).ragged(0), vocab


def listed_tokens(config: VocabConfig) -> TokenFile | None:
    """The tokens of `vocab.file`, where there is one."""
    return None if config.file is None else read_tokens(config.file)


def vocab_of(numbered: Numbered, config: VocabConfig, listed: TokenFile | None) -> Vocab:
    """The vocabulary of the tokens that are listed, or else of those of the first column."""
    if listed is not None:
        return Vocab(listed.tokens, specials=config.specials, buckets=config.buckets)
    return Vocab.from_counts(
        numbered.counts(0),
        min_count=config.min_count,
        max_size=config.max_size,
        specials=config.specials,
        buckets=config.buckets,
    )


def two_forms(vocab: Vocab) -> list[str]:
    """The tokens that are in the vocabulary beside their composed Unicode form (NFC), as another token.

    >>> two_forms(Vocab(["cafe\\u0301", "caf\\u00e9", "tea"])) == ["cafe\\u0301"]
    True
    """
    return [
        token
        for token in filterfalse(str.isascii, vocab.tokens)
        if (form := unicodedata.normalize("NFC", token)) != token and form in vocab
    ]


def encode(texts: Iterable[str], tokenize: Tokenize, vocab: Vocab) -> Ragged:
    """The ids of texts under a vocabulary, int32; a text without tokens gets the unknown id alone."""
    return ragged_map(texts, lambda text: vocab.ids(tokenize(text)))


@dataclass(frozen=True)
class TokenFile:
    """The tokens that a file lists, and what it was."""

    tokens: list[str]
    file: SourceFile


def read_tokens(path: Path) -> TokenFile:
    """Read a UTF-8 file of tokens, one a line, packed or not; empty lines are passed over. DataError, with
    the line, where it is not UTF-8, lists a token twice or lists none.
    """
    content, file = whole(path, TOKENS)
    try:
        lines = content.decode().removeprefix("\ufeff").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte {error.start} is not UTF-8", location=str(path), hint="save it as UTF-8"
        ) from None
    first_lines: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        token = line.removesuffix("\r")
        if token in first_lines:
            raise DataError(
                f"{token!r} is listed twice, first in line {first_lines[token]}",
                location=f"{path}:{number}",
                hint="list each token once",
            )
        if token:
            first_lines[token] = number
    if not first_lines:
        raise DataError("the vocabulary is empty", location=str(path), hint="list one token a line")
    return TokenFile(list(first_lines), file)
