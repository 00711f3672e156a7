"""Subwords learned from texts, so that the same texts give the same JSON in any process.

Two things in tokenizers' trainers follow the order of a hash table, which is another one in each process: the
ids of characters inside a word, by which WordPiece breaks ties, and the last digits of Unigram's scores.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from nlpkit import ConfigError, DataError
from nlpkit.text import clean

if TYPE_CHECKING:
    from nlpkit_hf.tokenizers import Model, Normalize

UNKNOWN: Final = "[UNK]"
UNIGRAM_ROOM: Final = 3  # the unknown piece, U+2581 and one more: with less its trainer does not end
SCORE_DIGITS: Final = 4  # of log probabilities: sums in another order differ in the 14th


def learn(
    texts: Iterable[str],
    *,
    model: Model,
    vocab_size: int,
    min_frequency: int,
    lowercase: bool,
    normalize: Normalize,
) -> str:
    """What tokenizers has learned from the texts, as JSON without special tokens."""
    tokenizer = _untrained(model, lowercase, normalize)
    characters = _characters(texts, tokenizer)
    if not characters:
        raise DataError(
            "the training texts have no words to learn subwords from", hint="look at the texts of train"
        )
    if model == "unigram" and vocab_size < len(characters) + UNIGRAM_ROOM:
        raise ConfigError(
            f"the texts have {len(characters):,} distinct characters, and unigram has to keep each of them",
            hint=f"set tokenizer.vocab_size to {len(characters) + UNIGRAM_ROOM} or more",
        )
    _train(tokenizer, texts, _trainer(model, vocab_size, min_frequency, characters))
    found = json.loads(tokenizer.to_str())
    found["added_tokens"] = []  # or a text that has one of these would not be cut
    if model == "unigram":
        found["model"]["vocab"] = _in_order(found["model"]["vocab"])
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _untrained(model: Model, lowercase: bool, normalize: Normalize) -> Tokenizer:
    made: dict[str, Any] = {
        "bpe": lambda: models.BPE(unk_token=UNKNOWN, fuse_unk=True),
        "wordpiece": lambda: models.WordPiece(unk_token=UNKNOWN),
        "unigram": models.Unigram,
    }
    tokenizer = Tokenizer(made[model]())
    steps: list[Any] = [] if normalize == "none" else [getattr(normalizers, normalize)()]
    tokenizer.normalizer = normalizers.Sequence([*steps, *([normalizers.Lowercase()] if lowercase else [])])
    if model == "wordpiece":
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    else:  # a word begins with U+2581, and punctuation stands alone
        words = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()]
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(words)
    return tokenizer


def _characters(texts: Iterable[str], tokenizer: Tokenizer) -> list[str]:
    """The distinct characters of all words, sorted."""
    plain: set[str] = set()
    found: set[str] = set()
    for text in texts:
        if text.isascii():
            plain.update(text)
        else:  # composing takes several characters
            found.update(tokenizer.normalizer.normalize_str(clean(text, "none")))
    found.update(tokenizer.normalizer.normalize_str("".join(plain)))
    return sorted(char for char in found if not char.isspace())


def _trainer(model: Model, vocab_size: int, min_frequency: int, characters: list[str]) -> Any:
    shared: dict[str, Any] = {"vocab_size": vocab_size, "show_progress": False}
    if model == "unigram":
        return trainers.UnigramTrainer(special_tokens=[UNKNOWN], unk_token=UNKNOWN, **shared)
    shared |= {"min_frequency": min_frequency}
    if model == "bpe":
        return trainers.BpeTrainer(special_tokens=[UNKNOWN], **shared)
    inside = [f"##{char}" for char in characters]  # named first, these have their ids in this order
    return trainers.WordPieceTrainer(special_tokens=[UNKNOWN, *inside], **shared)


def _train(tokenizer: Tokenizer, texts: Iterable[str], trainer: Any) -> None:
    try:
        with _one_thread():
            tokenizer.train_from_iterator((clean(text, "none") for text in texts), trainer)
    except Exception as error:  # tokenizers raises no class of its own
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"subwords cannot be learned with these settings: {reason}",
            hint="a larger vocab_size may help",
        ) from error


@contextmanager
def _one_thread() -> Iterator[None]:
    """Once its threads have been at work, tokenizers warns of every process that is forked."""
    name = "TOKENIZERS_PARALLELISM"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _in_order(vocab: list[list[Any]]) -> list[list[Any]]:
    """Unigram's pieces, the unknown one first and then the likeliest, with rounded scores.

    Characters that it keeps for completeness have made-up scores below all others, in any order; here they
    have one score.
    """
    unknown, *pieces = vocab
    lowest = min((score for piece, score in pieces if len(piece) > 1), default=-1e9)
    rounded = [[piece, round(max(score, lowest), SCORE_DIGITS)] for piece, score in pieces]
    return [unknown, *sorted(rounded, key=lambda each: (-each[1], each[0]))]
