"""Where the tokenizer or the vocabulary does not suit the texts: notes on those of a run, and on new ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nlpkit.notes import Note
from nlpkit.ragged import Ragged, blocks
from nlpkit.system.forking import cores, in_turn
from nlpkit.system.terminal import counted
from nlpkit.text.indexing import Tokenize, encode
from nlpkit.vocab import UNKNOWN_ID, Vocab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.text.settings import VocabConfig

_SAMPLE_TEXTS: Final = 500
_PIECE_TEXTS: Final = 8192  # that one process counts tokens of at a time
_SAMPLE_CHARS: Final = 10_000  # of a text of a stream

# Letters and marks of scripts without spaces between words, and as many of them as long words have: Han,
# kana and Yi, whose syllables UAX 14 breaks like ideographs and UAX 29 does not break; Thai, Lao, Tibetan,
# Myanmar, Khmer, Tai, Balinese and Javanese
_SPACELESS: Final = (
    (re.compile("[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\ua000-\ua48c\uf900-\ufaff\uff66-\uff9f"
                "\U00020000-\U0003ffff]"), 6),
    (re.compile("[\u0e01-\u0e4e\u0e81-\u0edf\u0f0b-\u0f0c\u0f40-\u0fbc\u1000-\u109f\u1780-\u17d3\u1950-\u19df"
                "\u1a00-\u1aad\u1b00-\u1b4c\ua980-\ua9c0\ua9e0-\ua9ff\uaa60-\uaadf]"), 15),
)  # fmt: skip
WHOLE_SENTENCES: Final = 0.25  # share of the texts
_UNKNOWN: Final = 1 / 3  # share of the tokens: on AG News, TREC and SST-2 it is 0.14, of word pairs 0.31
_FEW_TOKENS: Final = 20
_SHORTER: Final = 'take shorter tokens, such as tokenizer = "character"'
_KEY: Final = re.compile(r"[\w-]{12,}")
_RUNS: Final = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True)
class Indexing:
    """What makes ids of texts: the tokenizer, and a vocabulary with the settings that gave it.

    A trained model has no settings for its vocabulary any more: what it lacks, only another training mends.
    """

    tokenize: Tokenize
    vocab: Vocab
    config: VocabConfig | None = None


class Sample:
    """Texts at even distances from a stream: all of a short one, and up to 1,000 however long it is."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._seen, self._step = 0, 1

    def add(self, texts: Sequence[str]) -> None:
        """Take the texts that are due among the next ones."""
        self.texts += [text[:_SAMPLE_CHARS] for text in texts[-self._seen % self._step :: self._step]]
        self._seen += len(texts)
        while len(self.texts) > 2 * _SAMPLE_TEXTS:
            del self.texts[1::2]
            self._step *= 2


def sampled(texts: Sequence[str]) -> list[str]:
    """500 texts at even distances, or all where there are fewer."""
    step = max(1, -(-len(texts) // _SAMPLE_TEXTS))
    return [texts[place] for place in range(0, len(texts), step)]


def unknown_fraction(ids: Ragged) -> float:
    """The share of a part's tokens that has no id of its own."""
    unknown = sum(int((block == UNKNOWN_ID).sum()) for block in blocks(ids.values))
    return unknown / max(1, len(ids.values))


def token_counts(ids: Ragged) -> NDArray[np.int64]:
    """Of each text the number of its tokens, and of those without an id of their own: int64 (texts, 2)."""
    import numpy as np

    unknown = np.zeros(len(ids.values) + 1, np.int64)
    np.cumsum(ids.values == UNKNOWN_ID, out=unknown[1:])
    return np.stack([ids.lengths, np.diff(unknown[ids.offsets])], axis=1)


def token_counts_of(
    texts: Sequence[str], indexing: Indexing, workers: int | None = None
) -> NDArray[np.int64]:
    """Those of texts that are tokenized first, by as many processes as there are cores or `workers`."""
    import numpy as np

    def counts(piece: bytes) -> bytes:
        start = int(piece)
        some = texts[start : start + _PIECE_TEXTS]
        return token_counts(encode(some, indexing.tokenize, indexing.vocab)).tobytes()

    pieces = (b"%d" % start for start in range(0, len(texts), _PIECE_TEXTS))
    found = b"".join(in_turn(counts, pieces, workers or cores()))
    return np.frombuffer(found, np.int64).reshape(-1, 2)


def oddities(texts: Sequence[str], indexing: Indexing) -> Iterator[Note]:
    """Notes on texts that a trained model may not be able to tell apart."""
    sample = sampled(texts)
    yield from whole_sentences("", sample, indexing)
    yield from unknown_tokens("", sample, encode(sample, indexing.tokenize, indexing.vocab), indexing)


def whole_sentences(part: str, texts: Sequence[str], indexing: Indexing) -> Iterator[Note]:
    """A note where texts in scripts without spaces stay uncut, whatever the tokenizer."""
    sample = sampled(texts)
    uncut = uncut_share(sample, indexing.tokenize)
    if uncut > WHOLE_SENTENCES:
        said = (
            f"{100 * uncut:.0f} % of the {_of(part)}texts are in a script without spaces between words, "
            "and the tokenizer makes whole sentences one token, so that hardly any is seen again"
        )
        use = "train with" if indexing.config is None else "set"
        yield Note(f'{said}; {use} tokenizer = "character", or one that cuts this script', "loud")


def uncut_share(texts: Sequence[str], tokenize: Tokenize) -> float:
    """The share of texts that are in a script without spaces, and that the tokenizer leaves uncut."""
    found = [each for each in texts if any(pattern.search(each) for pattern, _ in _SPACELESS)]
    return sum(map(_uncut, map(tokenize, found))) / max(1, len(texts))


def _of(part: str) -> str:
    return f"{part} " if part else ""


def _uncut(tokens: Sequence[str]) -> bool:
    """Whether the letters of scripts without spaces are for the most part in tokens longer than words.

    >>> _uncut(["\u4eca\u5929", "\u5929\u6c14"]), _uncut(["\u4eca\u5929\u5929\u6c14\u771f\u597d\u554a"])
    (False, True)
    """
    pieces = " ".join(tokens).split()  # n-grams have spaces in them
    sizes = [sum(len(pattern.findall(piece)) / most for pattern, most in _SPACELESS) for piece in pieces]
    return sum(size * size for size in sizes) > sum(sizes)


def unknown_tokens(part: str, texts: Sequence[str], ids: Ragged, indexing: Indexing) -> Iterator[Note]:
    """A note where too many tokens of a part are unknown; not if only n-grams are, most of which are new."""
    fraction = unknown_fraction(ids)
    if fraction > _UNKNOWN and len(ids.values) >= _FEW_TOKENS:
        words = [
            token for each in map(indexing.tokenize, sampled(texts)) for token in each if " " not in token
        ]
        if sum(word not in indexing.vocab for word in words) > _UNKNOWN * len(words):
            said = f"{100 * fraction:.0f} % of the {_of(part)}tokens are not in the vocabulary"
            yield Note(f"{said}, and all are one to the model; {_remedy(indexing.config)}")


def _remedy(config: VocabConfig | None) -> str:
    if config is None:
        return f"train on texts like these, or {_SHORTER}"
    if config.file is not None:
        return "give a vocab.file that is made of texts like these with the same tokenizer"
    ways = [f"lower vocab.min_count ({config.min_count})"] if config.min_count > 1 else []
    ways += [f"raise vocab.max_size ({config.max_size})"] if config.max_size is not None else []
    return ", or ".join([*ways, f"train on more texts, or {_SHORTER}"])


def private_tokens(train: Ragged, vocab: Vocab) -> Iterator[Note]:
    """A note where tokens that a model is written with occur once and look like addresses or keys."""
    import numpy as np

    counts = np.zeros(len(vocab), np.int64)
    for block in blocks(train.values):
        counts += np.bincount(block, minlength=len(vocab))
    first = 2 + len(vocab.specials)
    once = np.flatnonzero(counts[first : first + len(vocab.tokens)] == 1).tolist()
    private = sum(_private(vocab.tokens[place]) for place in once)
    if private:
        alone = counted(len(once), "token that occurs once", "tokens that occur once")
        look = counted(private, "looks like an address or a key", "look like addresses or keys")
        yield Note(f"vocabulary.json has {alone}, and {look}; vocab.min_count = 2 leaves them out")


def _private(token: str) -> bool:
    """Whether a token looks like a mail address, or like a key: letters and digits in turns.

    >>> _private("ann@example"), _private("4f8a9b2c61d0"), _private("wrapup1"), _private("covid19vaccine2021")
    (True, True, False, False)
    """
    key = _KEY.fullmatch(token) and len(_RUNS.findall(re.sub("[-_]", "", token))) >= 5
    return bool(key) or "@" in token.strip("@")
