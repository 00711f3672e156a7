from __future__ import annotations

import json
import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit import BasicEnglish, Character, Ngrams, Regex, Tokenizer, Unicode, Whitespace, WordCharNgrams
from nlpkit.components.tokenizing import matches
from nlpkit.models.exporting.tokenizers import built, described

TOKENIZERS: list[Tokenizer] = [
    *(
        BasicEnglish(),
        Whitespace(),
        Unicode(),
        Unicode(lowercase=False),
        Character(),
        Character(lowercase=False),
    ),
    *(Regex(), Regex(r"\d+|[^\W\d]+", lowercase=False), Ngrams(), Ngrams(Ngrams(Unicode(), 3), 2)),
    *(WordCharNgrams(), WordCharNgrams(word_ngrams=None, char_ngrams=(1, 3), within_words=False)),
]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
@given(text=st.text())
def test_a_tokenizer_comes_back_from_json(tokenizer: Tokenizer, text: str) -> None:
    tokenize = tokenizer.build()
    assert built(json.loads(json.dumps(described(tokenize))))(text) == tokenize(text)


def test_flags_of_a_pattern_are_kept() -> None:
    tokenize = partial(matches, pattern=re.compile("a", re.IGNORECASE), lowercase=False)
    assert built(described(tokenize))("aA") == ["a", "A"]


def test_another_function_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="rsplit is no function of nlpkit"):
        described(str.rsplit)
