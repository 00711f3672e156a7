"""How each id is spelt, and batches that say so.

A character's number follows from the vocabulary alone, so that a collator and an encoder agree, now and when
a saved model is loaded.

Axes: B texts, T tokens of the longest one, U distinct ids of a batch, L characters of the longest one.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import Final

import torch

from nlpkit import Keep, Ragged, Vocab
from nlpkit.nn import pad_length, padify
from nlpkit_cnn.batch import CharBatch

UNKNOWN: Final = 1  # 0 is padding
START: Final = 2
END: Final = 3
FIRST: Final = 4


def alphabet(vocab: Vocab) -> dict[str, int]:
    """A number for each character of the tokens, in the order of Unicode.

    >>> alphabet(Vocab(["cab", "bad"]))
    {'a': 4, 'b': 5, 'c': 6, 'd': 7}
    """
    return {character: number for number, character in enumerate(sorted(set().union(*vocab.tokens)), FIRST)}


def alphabet_size(vocab: Vocab) -> int:
    """How many numbers there are, those of padding, the unknown character, start and end included."""
    return FIRST + len(alphabet(vocab))


def spellings(vocab: Vocab, max_chars: int) -> Ragged:
    """The characters of each id, between start and end; one unknown character for an id that is no token.

    >>> spellings(Vocab(["cab", "bad"]), max_chars=2)[3].tolist()
    [2, 5, 4, 3]
    """
    number = alphabet(vocab)
    tokens = ([START, *map(number.__getitem__, token[:max_chars]), END] for token in vocab.tokens)
    unknown = (START, UNKNOWN, END)
    padding: tuple[int, ...] = ()
    return Ragged.from_rows(
        chain([padding], repeat(unknown, 1 + len(vocab.specials)), tokens, repeat(unknown, vocab.buckets))
    )


def spell(rows: Ragged, spelt: Ragged, *, max_tokens: int | None = None, keep: Keep = "head") -> CharBatch:
    """Rows of ids with the characters of each distinct one; row i of `spelt` is those of id i."""
    batch = pad_length(rows, max_tokens=max_tokens, keep=keep)
    used, places = torch.unique(batch.ids, return_inverse=True)  # (U,), (B, T)
    characters = padify(spelt.take(used.numpy())).ids  # (U, L)
    return CharBatch(batch.ids, batch.lengths, characters=characters, places=places)
