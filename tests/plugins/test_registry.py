from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, make_dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nlpkit.components.encoders import Gru, Lstm
from nlpkit.components.kinds import KINDS, Component, Tokenizer
from nlpkit.errors import ConfigError
from nlpkit.plugins.builtin import nlpkit_register
from nlpkit.plugins.registry import Registry
from nlpkit.settings.values import refuse, whole

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
    assert made.entry_of(Lstm).name == "lstm"


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


def test_a_class_that_is_not_registered_has_its_module_for_a_name() -> None:
    entry = registry().entry_of(Words)
    assert (entry.name, entry.settings, entry.distribution) == (f"{__name__}:Words", Words, "")


@dataclass(frozen=True)
class Mine(Tokenizer):
    def build(self) -> Callable[[str], list[str]]:
        return str.split


def of_a_class(made: Registry, name: str) -> str:
    with pytest.raises(ConfigError) as caught:
        made.entry("tokenizer", name)
    return str(caught.value)


def test_a_class_that_is_given_is_found_by_its_module_and_by_its_name_alone() -> None:
    made = registry()
    made.give(Mine)
    assert made.entry("tokenizer", f"{__name__}:Mine").settings is Mine
    assert made.entry("tokenizer", "__main__:Mine").settings is Mine
    assert made.entry("tokenizer", "a.b:train.<locals>.Mine").settings is Mine
    assert of_a_class(made, f"{__name__}:Yours").startswith(f"tokenizer '{__name__}:Yours' is a Python class")
    with pytest.raises(ConfigError):
        made.entry("encoder", f"{__name__}:Mine")


def test_a_registered_class_is_found_by_its_module_too_but_by_no_other_one() -> None:
    made = registry()
    made.add("mine", Mine)
    made.give(Mine)
    assert made.entry("tokenizer", f"{__name__}:Mine").name == "mine"
    assert of_a_class(made, "os:Mine") == (
        "tokenizer 'os:Mine' is a Python class, and a file cannot import classes by name\n"
        "  pass it as classes=[Mine] when you load this from Python, or register it in a plugin"
    )


def test_of_two_given_classes_with_one_name_the_module_decides() -> None:
    made = registry()
    other = dataclass(frozen=True)(type("Mine", (Mine,), {"__module__": "elsewhere"}))
    made.give(Mine)
    made.give(other)
    assert made.entry("tokenizer", "elsewhere:Mine").settings is other
    assert "is a Python class" in of_a_class(made, "third:Mine")


def refusal(settings: Any) -> str:
    with pytest.raises(ValueError) as caught:
        Registry("mine").add("it", settings)
    return str(caught.value)


KINDS_IN_WORDS = (
    "Dataset, Tokenizer, Collator, Encoder, Pooling, Trainer, Optimizer, Schedule, "
    "Loss, Step, Metric, Tracker, Engine"
)


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


@pytest.mark.parametrize("hint", [list[str], set[int], object, dict[int, float], Callable[[], int]])
def test_a_setting_of_a_type_that_no_file_holds_is_refused(hint: Any) -> None:
    made = make_dataclass("Bare", [("size", hint, None)], bases=(Words,), frozen=True)
    assert refusal(made) == f"it: Bare.size is a {hint}, which no setting can be"


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


def test_what_is_outside_are_settings() -> None:
    @dataclass(frozen=True)
    class Fetched(Words):
        outside = ("adress",)

        address: str = ""

    assert refusal(Fetched) == "it: Fetched.outside has 'adress', which is no setting of it"


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
            assert made.entry_of(entry.settings) == entry


def refused() -> int:
    raise OSError("there is no disk")


def sized(default: Any, rule: Callable[[Any], object], required: bool) -> type[Component]:
    """Settings with a size that has a default, beside a required name or alone."""
    fields: list[Any] = [("name", str)] * required + [("size", int, default)]
    rules = {"build": Words.build, "__post_init__": rule}
    return make_dataclass("Sized", fields, bases=(Tokenizer,), frozen=True, namespace=rules)


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize(
    ("default", "said"),
    [
        (field(default="many"), "'many' is not a whole number"),
        (field(default_factory=refused), "OSError: there is no disk"),
    ],
)
def test_settings_whose_defaults_raise_or_do_not_fit_are_refused(
    default: Any, said: str, required: bool
) -> None:
    with pytest.raises(ValueError) as caught:
        registry(sized=sized(default, lambda self: None, required))
    assert str(caught.value) == (
        f"sized: Sized cannot have its own defaults: {said}; "
        "give it others, or make the setting a required one"
    )


def test_a_rule_that_breaks_on_the_defaults_is_refused() -> None:
    with pytest.raises(ValueError, match="Sized cannot have its own defaults: ZeroDivisionError: "):
        registry(sized=sized(field(default=0), lambda self: 1 / self.size, required=False))


def test_a_rule_may_ask_for_one_of_several_settings() -> None:
    asking = sized(field(default=0), lambda self: refuse(whole(1, 9, size=self.size)), required=False)
    assert registry(sized=asking).entry("tokenizer", "sized").settings is asking
