"""A tokenizer.json as a function, and what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from nlpkit import DataError
from nlpkit.text import clean


class Pieces:
    """A text to its pieces: pure, and picklable as the JSON that it is made of."""

    def __init__(self, content: str) -> None:
        self._content = content
        self._tokenizer = tokenizer_of(content)

    def __call__(self, text: str) -> list[str]:
        # a Rust string has no lone surrogates
        encoding = self._tokenizer.encode(clean(text, "none"), add_special_tokens=False)
        pieces: list[str] = encoding.tokens
        return pieces

    def __reduce__(self) -> tuple[type[Pieces], tuple[str]]:
        return Pieces, (self._content,)


def tokenizer_of(content: str, location: str = "") -> Tokenizer:
    """The tokenizer, with nothing cut, nothing padded, and no special token read from a text."""
    try:
        tokenizer = Tokenizer.from_str(content)
    except Exception as error:  # tokenizers raises no class of its own
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"this is no tokenizer.json that the installed tokenizers can read: {reason}",
            location=location,
            hint="it is written by Tokenizer.save, or by save_pretrained of a fast tokenizer",
        ) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def content_of(file: Path) -> str:
    """The text of a tokenizer.json."""
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is not UTF-8", location=str(file)) from None
    except OSError as error:
        raise DataError(
            f"the tokenizer cannot be read: {error.strerror}",
            location=str(file),
            hint="give the path of a tokenizer.json",
        ) from None


def compact(content: str, location: str = "") -> str:
    """The same tokenizer as JSON without spaces."""
    text: str = tokenizer_of(content, location).to_str()
    return text


def ordinary_pieces(content: str, location: str = "") -> list[str]:
    """The pieces that texts may have, in the order of their ids."""
    tokenizer = tokenizer_of(content, location)
    added: dict[int, Any] = tokenizer.get_added_tokens_decoder()
    special = {token.content for token in added.values() if token.special}
    ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
    return [piece for piece in sorted(ids, key=ids.__getitem__) if piece not in special]
