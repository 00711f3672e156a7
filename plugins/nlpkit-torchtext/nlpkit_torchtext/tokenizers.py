"""The tokenizers that torchtext knows by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, cast

from nlpkit import MissingError, NlpkitError, Tokenizer, one_of, refuse
from nlpkit_torchtext.loading import load_module, unusable
from nlpkit_torchtext.names import NAMES

Name = Literal["basic_english", "spacy", "moses", "toktok", "revtok", "subword"]
_PACKAGES = {
    "spacy": "spacy",
    "moses": "sacremoses",
    "toktok": "nltk",
    "revtok": "revtok",
    "subword": "revtok",
}


@dataclass(frozen=True)
class TorchtextTokenizer(Tokenizer):
    """What torchtext.data.get_tokenizer gives for a name.

    name: the tokenizer; all but basic_english need another package, and spacy a model
    language: the language of basic_english, which is en, or the name of spacy's model
    """

    name: Name = "basic_english"
    language: str = "en"

    def __post_init__(self) -> None:
        refuse(
            one_of(("en",), language=self.language) if self.name != "spacy" else {},
            {}
            if re.fullmatch(r"[\w-]+", self.language)
            else {"language": f"{self.language!r} is not a name"},
        )

    def problems_here(self) -> Iterator[NlpkitError]:
        """torchtext, or the package of a tokenizer, where it is not installed."""
        yield from unusable(self._wanted)
        package = _PACKAGES.get(self.name)
        if package and find_spec(package) is None:
            yield _lacking(self._wanted, package, "it is not installed")

    def build(self) -> Callable[[str], list[str]]:
        wanted = self._wanted
        utils = load_module("data.utils", wanted=wanted)
        try:
            tokenize = utils.get_tokenizer(self.name, self.language)
        except (ImportError, OSError) as error:  # OSError: spacy has no such model
            package = _PACKAGES.get(self.name, "torchtext")
            raise _lacking(wanted, package, " ".join(str(error).split())) from error
        return cast("Callable[[str], list[str]]", tokenize)

    @property
    def _wanted(self) -> str:
        return f'data.get_tokenizer("{self.name}")'


def _lacking(wanted: str, package: str, reason: str) -> MissingError:
    return MissingError(
        f"torchtext.{wanted} needs {package}, which is not ready ({reason}): "
        f"install it, or take nlpkit's {NAMES[wanted]}"
    )
