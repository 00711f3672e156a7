from __future__ import annotations

import pickle
import re
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from nlpkit.components.collators import Offsetify
from nlpkit.components.datasets import Csv
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import KINDS, Component
from nlpkit.components.trainers import Standard
from nlpkit.data.split import Split
from nlpkit.errors import ConfigError, NlpkitError, SettingsError
from nlpkit.experiment.value import Experiment
from nlpkit.plugins import loading as plugins
from nlpkit.settings.checks import Settings, checked
from nlpkit.settings.hints import briefly, default_of, options, settings_types, supported
from nlpkit.settings.tables import from_table
from nlpkit.settings.values import refuse, whole
from nlpkit.text.settings import TextConfig, VocabConfig

BOX = plugins.load([])
CLASSES: list[type[Any]] = [entry.settings for kind in KINDS for entry in BOX.registry.entries(kind)]
CLASSES += [Embedding, Split, TextConfig, VocabConfig, Experiment]
REQUIRED = {
    "train": Path("a.csv"),
    "train_labels": Path("b.txt"),
    "data": Csv(Path("a.csv")),
    "encoder": EmbeddingMean(),
}
each_setting = pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, each.name) for cls in CLASSES for each in fields(cls)],
    ids=lambda part: getattr(part, "__name__", part),
)


def given(cls: type[Any], name: str, value: Any) -> dict[str, Any]:
    """A value of one setting beside all that are required."""
    needed = [each.name for each in fields(cls) if default_of(each) is MISSING]
    return {**{each: REQUIRED[each] for each in needed}, name: value}


def members(hint: Any) -> set[Any]:
    """The types in a type; a Literal is one."""
    if get_origin(hint) in (None, Literal):
        return {hint}
    return {each for inside in get_args(hint) if inside is not Ellipsis for each in members(inside)}


def wrong(hint: Any) -> list[Any]:
    """Values that a setting of this type does not take."""
    outer, inner = set(options(hint)), members(hint)
    words = bool(inner & {str, Path} - ({str} if dict in map(get_origin, outer) else set()))
    values = {
        object(): False,
        b"x": False,
        1j: False,
        None: type(None) in outer,
        True: bool in outer,
        "false": words,
        "3": words,
        3: bool(outer & {int, float}),
        1.5: float in outer,
    }
    return [value for value, fits in values.items() if not fits] + [{1, 2}, {"a": object()}, [object()]]


@each_setting
def test_a_value_of_another_type_is_refused_by_name(cls: type[Any], name: str) -> None:
    for value in wrong(settings_types(cls)[name]):
        with pytest.raises(SettingsError) as caught:
            cls(**given(cls, name, value))
        assert {re.split(r"[.\[]", place)[0] for place in caught.value.by_field} == {name}, value


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if cls is not Experiment])
def test_a_file_and_python_refuse_the_same(cls: type[Any]) -> None:
    hints = {each.name: settings_types(cls)[each.name] for each in fields(cls)}
    plain = [name for name, hint in hints.items() if not any(map(is_dataclass, members(hint)))]
    for name, value in [(each, value) for each in plain for value in wrong(hints[each])]:
        with pytest.raises(SettingsError) as python:
            cls(**given(cls, name, value))
        with pytest.raises(ConfigError) as file:
            from_table(cls, given(cls, name, value), BOX)
        assert file.value.problems == python.value.problems


@each_setting
def test_its_default_fits_and_its_type_is_one_of_settings(cls: type[Any], name: str) -> None:
    assert supported(settings_types(cls)[name])
    default = next(default_of(each) for each in fields(cls) if each.name == name)
    if default is not MISSING:
        settings = given(cls, name, default)
        left_out = {key: value for key, value in settings.items() if key != name}
        assert getattr(cls(**settings), name) == getattr(cls(**left_out), name)


@dataclass(frozen=True)
class Several(Settings):
    """One setting of each type."""

    needed: Path
    loud: bool = False
    size: int = 1
    rate: float = 0.5
    mode: Literal["head", "tail"] = "head"
    packed: bool | Literal["auto"] = "auto"
    limit: int | None = 3
    file: Path | Literal["none"] | None = None
    words: tuple[str, ...] = ()
    columns: tuple[str | int, ...] = ()
    span: tuple[int, int] = (1, 2)
    files: tuple[Path, ...] = ()
    shares: Literal["even"] | dict[str, float] = "even"
    inner: Split = field(default_factory=Split)
    parts: tuple[Embedding, ...] = ()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("loud", True, True),
        ("rate", 2, 2.0),
        ("packed", True, True),
        ("packed", "auto", "auto"),
        ("limit", None, None),
        ("limit", "none", None),
        ("file", "none", "none"),
        ("file", "a/b", Path("a/b")),
        ("words", "body", ("body",)),
        ("words", ["a", "b"], ("a", "b")),
        ("columns", "body", ("body",)),
        ("columns", [0, "a"], (0, "a")),
        ("span", [3, 4], (3, 4)),
        ("files", "a", (Path("a"),)),
        ("files", ["a", Path("b")], (Path("a"), Path("b"))),
        ("shares", {"a": 1}, {"a": 1.0}),
        ("parts", [Embedding()], (Embedding(),)),
    ],
)
def test_a_value_is_brought_to_the_type_of_its_setting(name: str, value: Any, expected: Any) -> None:
    made = Several(Path("x"), **{name: value})
    found = getattr(made, name)
    assert (found, type(found)) == (expected, type(expected))
    assert made == Several(Path("x"), **{name: expected})


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("needed", None, "needed: none is not a path"),
        ("needed", "a\0b", "needed: 'a\\x00b' is not a path"),
        ("needed", "", "needed: '' is not a path"),
        ("loud", "false", "loud: 'false' is not true or false"),
        ("loud", 1, "loud: 1 is not true or false"),
        ("size", True, "size: true is not a whole number"),
        ("rate", 10**400, "rate: " + str(10**400)[:57] + "... is not a number"),
        ("size", "3", "size: '3' is not a whole number"),
        ("mode", "tial", "mode: 'tial' is not one of head, tail"),
        ("packed", 1, "packed: 1 is not true or false or auto"),
        ("words", ("a", 1), "words[1]: 1 is not a string"),
        ("words", {"a"}, "words: {'a'} is not a list of: a string"),
        ("span", (1, 2, 3), "span: (1, 2, 3) is not a list of 2: a whole number"),
        ("span", "12", "span: '12' is not a list of 2: a whole number"),
        ("shares", {"a": "b"}, "shares.a: 'b' is not a number"),
        ("shares", {1: 1.0}, "shares: a table is not even or a table of: a number"),
        ("inner", Embedding, f"inner: {Embedding!r} is not a Split; give Split(...)"),
        ("parts", (None,), "parts[0]: none is not an Embedding; give Embedding(...)"),
        (
            "parts",
            Embedding(),
            f"parts: {briefly(Embedding())} is not a list of: an Embedding; give [Embedding(...)]",
        ),
        ("nedeed", 1, "Several has no setting nedeed; did you mean needed?"),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(name: str, value: Any, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Several(**{"needed": Path("x"), name: value})
    assert str(caught.value) == problem


def test_an_unknown_setting_is_a_type_error_that_names_the_nearest() -> None:
    with pytest.raises(TypeError) as caught:
        Lstm(hiden_size=3, num_layers=0)  # type: ignore[call-arg]
    assert isinstance(caught.value, NlpkitError)
    assert str(caught.value) == (
        "Lstm has no setting hiden_size; did you mean hidden_size?; "
        "num_layers: 0 is not a whole number from 1 to 64"
    )


def test_what_is_required_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        Csv(max_chars=0)  # type: ignore[call-arg]
    assert str(caught.value) == (
        "train: is required and missing; give a path; max_chars: 0 is not a whole number from 1 to 2147483647"
    )


def test_problems_of_type_and_of_rules_are_told_at_once_in_the_order_of_the_fields() -> None:
    with pytest.raises(SettingsError) as caught:
        Standard(patience=0, batch_size="8", epochs=0, optimizer=None)  # type: ignore[arg-type]
    assert caught.value.by_field == {
        "batch_size": "'8' is not a whole number",
        "epochs": "0 is not a whole number from 1 to 1000000",
        "optimizer": "none is not adam, adamw, adagrad, sgd or an optimizer",
        "patience": "0 is not a whole number from 1 to 1000000",
    }
    assert list(caught.value.by_field) == ["batch_size", "epochs", "optimizer", "patience"]


@dataclass(frozen=True)
class Wide(Offsetify):
    """A collator of somebody who does not call `super().__post_init__()`."""

    width: int = 3

    def __post_init__(self) -> None:
        refuse(whole(1, 9, width=self.width))
        if self.width % 2 == 0:
            raise ValueError(f"a width of {self.width} has no middle")


def test_the_rules_of_parents_hold_without_a_call_of_them() -> None:
    with pytest.raises(SettingsError) as caught:
        Wide(max_tokens=0, width=10)
    assert list(caught.value.by_field) == ["max_tokens", "width"]
    with pytest.raises(SettingsError, match=r"^a width of 4 has no middle$"):
        Wide(width=4)
    with pytest.raises(SettingsError, match=r"^width: '4' is not a whole number$"):
        Wide(width="4")  # type: ignore[arg-type]
    assert replace(Wide(), width=5) == Wide(width=5)


def test_a_bug_in_a_rule_is_no_refusal() -> None:
    @dataclass(frozen=True)
    class Fragile(Settings):
        size: int = 1

        def __post_init__(self) -> None:
            print(1 // self.size)

    with pytest.raises(ZeroDivisionError):
        Fragile(0)
    with pytest.raises(SettingsError, match=r"^size: 'x' is not a whole number$"):
        Fragile("x")  # type: ignore[arg-type]


def test_types_that_cannot_be_found_are_not_checked_and_the_others_are() -> None:
    class Here: ...

    @dataclass(frozen=True)
    class Local(Settings):
        size: int
        here: Here | None = None

    assert settings_types(Local) == {"size": int, "here": Any}
    assert isinstance(Local(1, Here()).here, Here)
    with pytest.raises(SettingsError, match=r"^size: '1' is not a whole number$"):
        Local("1")  # type: ignore[arg-type]


def test_a_class_with_an_init_of_its_own_takes_its_own_arguments() -> None:
    @dataclass(frozen=True, init=False)
    class Own(Component):
        size: int

        def __init__(self, half: int) -> None:
            object.__setattr__(self, "size", 2 * half)

    assert Own(half=2).size == 4


def test_settings_that_are_no_settings_class_are_checked_as_well() -> None:
    @dataclass(frozen=True)
    class Plain:
        size: int = 1

    assert checked(Plain, {"size": 2}) == Plain(2)
    with pytest.raises(SettingsError, match=r"^size: '2' is not a whole number$"):
        checked(Plain, {"size": "2"})


def test_settings_travel_to_another_process() -> None:
    made = Lstm(hidden_size=3, embedding=Embedding(vectors="x"))  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(made)) == made
    assert made.embedding.vectors == Path("x")
