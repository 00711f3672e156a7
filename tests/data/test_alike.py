from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data import alike
from nlpkit.data.alike import BLANK, codes, normal_forms

spaced = st.text(alphabet=st.sampled_from("aB\u00df\u0130 \0" + alike._SPACES), max_size=12)


@given(st.lists(spaced | st.text(max_size=6), min_size=1, max_size=8))
def test_all_normal_forms_at_once_are_those_of_one_after_the_other(texts: list[str]) -> None:
    assert normal_forms(texts) == [" ".join(text.casefold().split()) for text in texts]


def test_every_space_that_split_knows_is_known() -> None:
    spaces = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    assert {*alike._SPACES, " "} == spaces


@given(st.lists(spaced, max_size=8))
def test_equal_texts_have_equal_codes_and_blank_ones_their_own(texts: list[str]) -> None:
    found = codes(texts).tolist()
    for text, code in zip(texts, found, strict=True):
        assert [other == code for other in found] == [other == text for other in texts]
        assert (code == BLANK) == (text == "")
