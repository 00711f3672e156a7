"""The tokenizers that torchtext knows by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from nlpkit import MissingError, Tokenizer, one_of, refuse
from nlpkit_torchtext.loading import load_module
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
        )

    def build(self) -> Callable[[str], list[str]]:
        wanted = f'data.get_tokenizer("{self.name}")'
        utils = load_module("data.utils", wanted=wanted)
        try:
            tokenize = utils.get_tokenizer(self.name, self.language)
        except (ImportError, OSError) as error:  # OSError: spacy has no such model
            package = _PACKAGES.get(self.name, "torchtext")
            raise MissingError(
                f"torchtext.{wanted} needs {package}, which is not ready ({' '.join(str(error).split())}): "
                f"install it, or take nlpkit's {NAMES[wanted]}"
            ) from error
        return cast("Callable[[str], list[str]]", tokenize)
