from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nlpkit.builtin import nlpkit_register
from nlpkit.components import KINDS, Component, Tokenizer
from nlpkit.encoders import Gru, Lstm
from nlpkit.errors import ConfigError
from nlpkit.registry import Registry

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True)
class Words(Tokenizer):
    def build(self) -> Callable[[str], list[str]]:
        return str.split


def registry(**names: type[Component]) -> Registry:
    made = Registry("mine")
    for name, settings in names.items():
        made.add(name, settings)
    return made


def test_a_name_leads_to_its_class_and_the_class_to_its_name() -> None:
    made = registry(words=Words, lstm=Lstm)
    entry = made.entry("tokenizer", "words")
    assert (entry.name, entry.settings, entry.distribution) == ("words", Words, "mine")
    assert made.name_of(Lstm) == "lstm"


def test_hyphens_and_underscores_are_the_same_in_a_name() -> None:
    made = registry(two_words=Words)
    assert made.entry("tokenizer", "two-words") == made.entry("tokenizer", "two_words")
    with pytest.raises(ValueError, match="tokenizer 'two-words' of mine is already taken by mine"):
        made.add("two-words", Words)


def test_one_name_may_stand_for_components_of_two_kinds() -> None:
    made = registry(plain=Words)
    made.add("plain", Lstm)
    assert made.entry("encoder", "plain").settings is Lstm


def test_entries_stand_in_the_order_of_their_names() -> None:
    assert [entry.name for entry in registry(b=Lstm, a=Gru).entries("encoder")] == ["a", "b"]
    assert registry().entries("encoder") == []


@pytest.mark.parametrize("name", ["", "Lstm", "1d", "a b", "a.b", "-a", "a-", "a--b", "a\n", "é", "_a"])
def test_a_name_is_made_of_small_letters_digits_and_single_hyphens(name: str) -> None:
    with pytest.raises(ValueError) as caught:
        Registry("mine").add(name, Words)
    assert str(caught.value) == f"{name!r} is not a name: lower-case letters, digits, and - or _ between them"


def test_an_unknown_name_leads_to_the_nearest_or_to_all() -> None:
    made = registry(lstm=Lstm, gru=Gru)
    with pytest.raises(ConfigError) as caught:
        made.entry("encoder", "lsmt")
    assert str(caught.value) == "encoder 'lsmt' is not known; did you mean lstm?"
    with pytest.raises(ConfigError) as caught:
        made.entry("encoder", "cat")
    assert str(caught.value) == "encoder 'cat' is not known; known: gru, lstm"


def test_a_class_that_is_not_registered_has_no_name() -> None:
    with pytest.raises(ConfigError) as caught:
        registry().name_of(Words)
    assert str(caught.value) == "Words is not registered under any name"


def refusal(settings: Any) -> str:
    with pytest.raises(ValueError) as caught:
        Registry("mine").add("it", settings)
    return str(caught.value)


KINDS_IN_WORDS = "Dataset, Tokenizer, Collator, Encoder, Trainer, Tracker"


def test_what_is_no_component_of_a_kind_is_refused() -> None:
    @dataclass(frozen=True)
    class Alone(Component): ...

    assert refusal(dict) == f"it: <class 'dict'> is not a subclass of {KINDS_IN_WORDS}"
    assert refusal(Lstm()) == f"it: {Lstm()!r} is not a subclass of {KINDS_IN_WORDS}"
    assert refusal(Alone) == f"it: {Alone!r} is not a subclass of {KINDS_IN_WORDS}"


def test_a_class_that_is_no_dataclass_itself_is_refused() -> None:
    class Bare(Words):
        size: int = 3

    assert refusal(Bare) == "it: Bare is not a dataclass: decorate it with @dataclass(frozen=True)"


def test_a_class_that_builds_nothing_is_refused() -> None:
    @dataclass(frozen=True)
    class Half(Tokenizer): ...

    assert refusal(Half) == "it: Half does not define build"


def test_a_setting_called_type_is_refused() -> None:
    @dataclass(frozen=True)
    class Typed(Words):
        type: str = "x"

    message = "it: a setting cannot be called type, which is where a file names the component"
    assert refusal(Typed) == message


def test_a_setting_whose_type_is_not_imported_is_refused() -> None:
    @dataclass(frozen=True)
    class Precise(Words):
        amount: Decimal | None = None

    message = "it: the type of a setting of Precise cannot be found: name 'Decimal' is not defined"
    assert refusal(Precise) == message


def test_a_merge_takes_all_or_nothing() -> None:
    made = registry(lstm=Lstm)
    other = Registry("theirs")
    other.add("words", Words)
    other.add("lstm", Gru)
    with pytest.raises(ValueError) as caught:
        made.merge(other)
    assert str(caught.value) == "encoder 'lstm' of theirs is already taken by mine"
    assert [entry.name for kind in KINDS for entry in made.entries(kind)] == ["lstm"]


def test_a_merged_component_keeps_its_distribution() -> None:
    made = registry(lstm=Lstm)
    other = Registry("theirs")
    other.add("words", Words)
    made.merge(other)
    assert made.entry("tokenizer", "words").distribution == "theirs"


def test_all_that_ships_in_the_box_is_registered_under_a_name_of_its_own() -> None:
    made = Registry("nlpkit")
    nlpkit_register(made)
    for kind in KINDS:
        for entry in made.entries(kind):
            assert made.name_of(entry.settings) == entry.name
