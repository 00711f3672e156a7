"""What the spelling of a word adds to its vector.

Axes: V ids, K distinct ids, N n-grams of words, E size of a vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.kernels import repeated
from nlpkit.vocab import Vocab

_FNV_START = np.uint32(2_166_136_261)
_FNV_FACTOR = np.uint32(16_777_619)


class CharNgrams(nn.Module):
    """The sum of the vectors of a word's character n-grams, over the root of how many there are
    (Bojanowski et al., 2017, "Enriching Word Vectors with Subword Information"): distinct ids int64 (K,)
    give float (K, E), zero where an id has no n-grams.

    `words` has the word of each id, empty where it has none. N-grams have `lengths[0]` to `lengths[1]`
    characters, and share `buckets` vectors by their hash.
    """

    starts: Tensor
    ngrams: Tensor

    def __init__(
        self,
        words: Sequence[str],
        size: int,
        *,
        lengths: tuple[int, int] = (3, 5),
        buckets: int = 50_000,
        init_std: float = 1.0,
        frozen: bool = False,
    ) -> None:
        super().__init__()
        self.table = TokenEmbedding(1 + buckets, size, init_std=init_std, frozen=frozen)
        rows, starts = ngram_rows(words, lengths, buckets)
        self.register_buffer("ngrams", torch.tensor(rows), persistent=False)  # (N,)
        self.register_buffer("starts", torch.tensor(starts), persistent=False)  # (V + 1,)

    def forward(self, ids: Tensor) -> Tensor:
        firsts = self.starts[ids]  # (K,)
        counts = self.starts[ids + 1] - firsts
        offsets = counts.cumsum(0) - counts
        places = torch.arange(int(counts.sum()), device=ids.device)  # (N,)
        places += (firsts - offsets)[repeated(counts, len(places))]
        sums = self.table.sums(self.ngrams[places], offsets, counts)
        return sums / counts.clamp(min=1).to(sums.dtype).sqrt().unsqueeze(1)


def words_of(vocab: Vocab) -> list[str]:
    """The word of each id: none of a special id, of a bucket, and of a token with spaces in it, whose words
    are tokens too.
    """
    first = len(vocab) - vocab.buckets - len(vocab.tokens)
    words = ["" if " " in token else token for token in vocab.tokens]
    return [*[""] * first, *words, *[""] * vocab.buckets]


def ngram_rows(
    words: Sequence[str], lengths: tuple[int, int], buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row of each n-gram, int64 (N,), word after word, and where those of each word start, (V + 1,).

    N-grams are those of fastText: of a word between < and >, which alone are none. Rows are 1 + the 32-bit
    FNV-1a hash of the characters, modulo `buckets`; row 0 is for padding.

    >>> rows, starts = ngram_rows(["", "a"], (2, 3), 1000)
    >>> rows.tolist(), starts.tolist()
    ([751, 807, 601], [0, 0, 3])
    """
    marked = [f"<{word}>" if word else "" for word in words]
    sizes = np.array([len(word) for word in marked], np.int64)
    chars = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), "<u4")  # (C,)
    word = np.repeat(np.arange(len(sizes)), sizes)  # (C,): the word of each character
    end = np.repeat(sizes.cumsum(), sizes)
    start = end - sizes[word]
    shortest, longest = lengths
    hashes = np.full(len(chars), _FNV_START)  # of the characters from each one on
    rows, owners = [], []
    for length in range(1, longest + 1):
        following = chars[length - 1 :]
        hashes = (hashes[: len(following)] ^ following) * _FNV_FACTOR
        if length >= shortest:
            first = np.arange(len(following))
            inside = first + length <= end[: len(first)]
            if length == 1:
                inside &= (first > start) & (first < end - 1)
            rows.append(1 + hashes[inside].astype(np.int64) % buckets)
            owners.append(word[: len(first)][inside])
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=len(words))
    return np.concatenate(rows)[order], np.concatenate([[0], counts.cumsum()])
