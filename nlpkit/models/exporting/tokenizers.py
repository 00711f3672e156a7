"""Tokenizers as JSON: which of nlpkit's own functions, and with which arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from nlpkit.components.tokenizing import (
    Tokenize,
    basic_english,
    characters,
    matches,
    ngrams,
    unicode_words,
    word_char_ngrams,
)

FUNCTIONS: dict[str, Callable[..., list[str]]] = {
    "basic_english": basic_english,
    "unicode_words": unicode_words,
    "split": str.split,
    "characters": characters,
    "matches": matches,
    "ngrams": ngrams,
    "word_char_ngrams": word_char_ngrams,
}


def described(tokenize: Callable[..., list[str]]) -> dict[str, Any]:
    """What `built` makes the same function of; ValueError where it is none of ours with plain arguments.

    >>> described(partial(ngrams, tokenize=str.split, max_n=2))
    {'function': 'ngrams', 'arguments': {'tokenize': {'function': 'split', 'arguments': {}}, 'max_n': 2}}
    """
    function, arguments = (
        (tokenize.func, tokenize.keywords)
        if isinstance(tokenize, partial) and not tokenize.args
        else (tokenize, {})
    )
    name = next((name for name, each in FUNCTIONS.items() if each is function), None)
    if name is None:
        raise ValueError(f"{getattr(function, '__name__', repr(function))} is no function of nlpkit")
    return {"function": name, "arguments": {key: _plain(value) for key, value in arguments.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, re.Pattern):
        return {"pattern": value.pattern, "flags": value.flags}
    return described(value) if callable(value) else value


def built(told: dict[str, Any]) -> Tokenize:
    """The function that was described."""
    function = FUNCTIONS[told["function"]]
    return partial(function, **{key: _value(value) for key, value in told["arguments"].items()})


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return re.compile(value["pattern"], value["flags"]) if "pattern" in value else built(value)
    return tuple(value) if isinstance(value, list) else value
