from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlpkit.models.pieces import packed_texts, unpacked_texts

ANY_TEXT = st.text(st.characters(codec=None, categories=None) | st.sampled_from("\0\ud800\U0001f600é"))


@given(st.lists(ANY_TEXT, max_size=6))
def test_any_texts_come_through_a_pipe_as_they_were(texts: list[str]) -> None:
    assert unpacked_texts(packed_texts(texts)) == texts
