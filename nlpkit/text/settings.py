"""The settings between a text and its ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nlpkit.data.reading.source.files import Wanted, file_problems
from nlpkit.errors import NlpkitError
from nlpkit.settings.checks import Settings
from nlpkit.settings.values import refuse, whole

TOKENS = Wanted("a vocabulary", "save its tokens as UTF-8 text, one a line", utf8=True)
_NO_EFFECT = "has no effect beside file, whose tokens all get an id; leave one of the two out"


@dataclass(frozen=True)
class TextConfig(Settings):
    """What happens to a text before it is tokenized.

    normalize: the Unicode form all text is brought to (Unicode Standard Annex 15)
    """

    normalize: Literal["none", "NFC", "NFKC"] = "none"


@dataclass(frozen=True)
class VocabConfig(Settings):
    """Which tokens get an id of their own.

    min_count: times a token has to be seen in the training texts
    max_size: ids there are at the most, padding, unknown and specials included; none keeps all tokens
    specials: names of further ids that no text contains, for encoders that ask for them
    buckets: ids shared by the tokens that have none of their own, by hash
    file: a list of tokens, one a line, instead of those of the training texts
    """

    min_count: int = 1
    max_size: int | None = None
    specials: tuple[str, ...] = ()
    buckets: int = 0
    file: Path | None = None

    def __post_init__(self) -> None:
        doubled = len(set(self.specials)) < len(self.specials) or {"<pad>", "<unk>"} & set(self.specials)
        unused = {"min_count": self.min_count != 1, "max_size": self.max_size is not None}
        refuse(
            whole(1, 2**31 - 1, min_count=self.min_count),
            whole(3 + len(self.specials), 100_000_000, max_size=self.max_size),
            whole(0, 100_000_000, buckets=self.buckets),
            {"specials": "names a special twice; <pad> and <unk> are always there"} if doubled else {},
            {name: _NO_EFFECT for name, given in unused.items() if given and self.file is not None},
        )

    def problems_here(self) -> Iterator[NlpkitError]:
        """A list of tokens that cannot be read."""
        yield from file_problems(self.file, wanted=TOKENS)
