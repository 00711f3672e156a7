"""torchtext's Vocab as nlpkit's, where id 0 is padding and id 1 the unknown word.

V ids of the old vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nlpkit import PADDING, UNKNOWN, UNKNOWN_ID, ConfigError, DataError, Vocab, VocabConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class OldVocab(Protocol):
    """What of torchtext's Vocab is asked for."""

    def get_itos(self) -> list[str]: ...
    def get_default_index(self) -> int | None: ...


class Converted(NamedTuple):
    """A vocabulary, and `ids` int64 (V,): the new id of each old one, so that `new[ids] = old` moves the rows
    of an embedding table.
    """

    vocab: Vocab
    ids: NDArray[np.int64]


def convert_vocab(
    vocab: OldVocab, *, padding: str = PADDING, unknown: str = UNKNOWN, specials: Sequence[str] = ()
) -> Converted:
    """torchtext's vocabulary with the ids that nlpkit gives: padding, unknown, specials, then the others in
    their old order.

    Ids stay as they are where the old vocabulary begins in that way. `padding` and `unknown` are its names
    for the two, which it may lack; `specials` are its other tokens that no text contains. Words that it lacks
    get the unknown id, whether torchtext had a default index or raised an error. ConfigError where its
    default index is that of another token.
    """
    import numpy as np

    names = vocab.get_itos()
    default = vocab.get_default_index()
    if default is not None and 0 <= default < len(names) and names[default] != unknown:
        raise ConfigError(
            f"the default index is that of {names[default]!r}, and unknown words are {unknown!r} here",
            hint=f"call set_default_index with that of {unknown!r}, or give unknown={names[default]!r}",
        )
    absent = sorted(set(specials) - set(names))
    if absent:
        raise ConfigError(f"the special {absent[0]!r} is not in the vocabulary", hint="leave it out")
    apart = {padding, unknown, *specials}
    new = Vocab([name for name in names if name not in apart], specials=tuple(specials))
    fixed = {name: new.special(name) for name in specials} | {padding: 0, unknown: UNKNOWN_ID}
    ids = [fixed[name] if name in fixed else new[name] for name in names]
    return Converted(new, np.array(ids, np.int64))


def vocab_config(
    min_freq: int = 1, specials: Sequence[str] = (), max_tokens: int | None = None
) -> VocabConfig:
    """The settings under [vocab] for arguments of torchtext's build_vocab_from_iterator: the same tokens in
    the same order.

    `special_first` has no counterpart: padding, unknown and other specials always come first.
    """
    others = tuple(name for name in specials if name not in (PADDING, UNKNOWN))
    size = None if max_tokens is None else max_tokens - len(specials) + 2 + len(others)
    return VocabConfig(min_count=min_freq, max_size=size, specials=others)


def write_tokens(vocab: Vocab, path: Path) -> None:
    """Write the tokens as a list for `vocab.file`; the specials go into `vocab.specials`."""
    for token in vocab.tokens:
        if not token or "\n" in token or token.endswith("\r"):
            raise DataError(f"the token {token!r} cannot stand on a line of its own", location=str(path))
    path.write_bytes("".join(f"{token}\n" for token in vocab.tokens).encode())
