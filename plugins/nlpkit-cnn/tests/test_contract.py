from __future__ import annotations

from nlpkit import Component, Embedding, PadLength, Vocab
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_cnn import CharCnn, Cnn, Spell

ENCODERS = [
    Cnn(),
    Cnn(widths=(1,), maps=8),
    Cnn(widths=(2, 9, 60), maps=8, activation="tanh", embedding=Embedding(size=5, dropout=0.2)),
]
CHAR_ENCODERS = [
    CharCnn(),
    CharCnn(char_widths=(3, 40), highway_layers=0, activation="tanh", words=Embedding(size=8)),
    CharCnn(char_widths=(1,), char_maps=8, highway_layers=2, widths=(5,), maps=8),
]


@parametrize_with_checks(ENCODERS)
def test_encoders_keep_their_promises(component: Component, check: Check) -> None:
    check(component)


@parametrize_with_checks(CHAR_ENCODERS, collator=Spell(max_tokens=None))
def test_encoders_of_characters_keep_their_promises(component: Component, check: Check) -> None:
    check(component)


@parametrize_with_checks([CharCnn()], vocab=Vocab([]), collator=Spell(max_tokens=None, max_chars=1))
def test_an_empty_vocabulary_breaks_no_promise(component: Component, check: Check) -> None:
    check(component)


@parametrize_with_checks([Spell(), Spell(max_chars=1), Spell(max_tokens=3, keep="both")])
def test_collators_keep_their_promises(component: Component, check: Check) -> None:
    check(component)


@parametrize_with_checks([Cnn(widths=(1, 3), maps=4)], collator=PadLength(max_tokens=None))
def test_a_layout_with_more_in_it_breaks_no_promise(component: Component, check: Check) -> None:
    check(component)
