from __future__ import annotations

import pickle

import pytest

from nlpkit import errors
from nlpkit.errors import ConfigError, DataError, NlpkitError, SettingsError, bounded, did_you_mean

CODES = {
    "StorageError": 1,
    "ConfigError": 2,
    "DataError": 3,
    "MissingError": 4,
    "NetworkError": 5,
    "GateError": 6,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_every_error_has_the_root_and_the_exit_code_that_is_promised(name: str, code: int) -> None:
    error = getattr(errors, name)
    assert issubclass(error, NlpkitError)
    assert error.exit_code == code


def test_the_tree_in_the_docstring_is_complete() -> None:
    assert {cls.__name__ for cls in NlpkitError.__subclasses__()} == set(CODES)
    for name, code in CODES.items():
        [line] = [line for line in (errors.__doc__ or "").split("\n") if f"+-- {name} " in line]
        assert line.split()[2] == str(code)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DataError("the file is empty"), "the file is empty"),
        (DataError("it is empty", location="a.csv:3"), "a.csv:3: it is empty"),
        (DataError("it is empty", hint="give another"), "it is empty\n  give another"),
        (
            DataError("it is empty", hint="give another", location="a.csv"),
            "a.csv: it is empty\n  give another",
        ),
    ],
)
def test_an_error_says_where_what_and_how_to_go_on(error: NlpkitError, text: str) -> None:
    assert str(error) == text


def test_a_place_that_is_found_out_later_is_told_as_well() -> None:
    error = ConfigError("a problem")
    error.location = "x.toml"
    assert str(error) == "x.toml: a problem"


def test_the_problems_of_an_error_are_its_message_unless_there_are_several() -> None:
    assert ConfigError("one").problems == ("one",)
    assert ConfigError("two problems", problems=["a", "b"]).problems == ("a", "b")


def test_an_error_survives_another_process() -> None:
    error = pickle.loads(pickle.dumps(ConfigError("m", hint="h", location="l", problems=["a", "b"])))
    assert (str(error), error.problems) == ("l: m\n  h", ("a", "b"))


@pytest.mark.parametrize("kind", [NlpkitError, ConfigError, ValueError, TypeError])
def test_settings_that_are_refused_are_caught_with_every_field(kind: type[Exception]) -> None:
    problems = {"size": "0 is too small", "": "both leave no rows"}
    with pytest.raises(kind) as caught:
        raise SettingsError(problems)
    error = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(error, SettingsError)
    assert str(error) == "size: 0 is too small; both leave no rows"
    assert error.problems == ("size: 0 is too small", "both leave no rows")
    assert (error.by_field, error.exit_code) == (problems, 2)


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("lsmt", ["gru", "lstm"], "did you mean lstm?"),
        ("LSTM", ["gru", "lstm"], "did you mean lstm?"),
        ("cat", ["lstm", "gru"], "known: gru, lstm"),
        ("cat", [], "known: none"),
        ("", ["gru"], "known: gru"),
        ("world", ["Sports", "World"], "did you mean World?"),
        ("PAD-LENGTH", ["pad_length"], "did you mean pad_length?"),
        ("sci/tech", ["Sci/Tech"], "did you mean Sci/Tech?"),
    ],
)
def test_an_unknown_name_leads_to_the_nearest_one_or_to_all(name: str, known: list[str], text: str) -> None:
    assert did_you_mean(name, known) == text


def test_what_is_given_is_cut_where_it_is_out_of_all_size_and_the_end_is_kept() -> None:
    key = "k" * 100_000
    error = DataError(f"there is no key {key!r} in line 7", hint=f"known: {key}", location="a.jsonl")
    first, second = str(error).split("\n")
    assert first == f"a.jsonl: there is no key '{'k' * 383} ... {'k' * 89}' in line 7"
    assert second == f"  known: {'k' * 393} ... {'k' * 100}"
    assert len(ConfigError("a problem", problems=[key, "b"]).problems[0]) == 505


def test_very_many_lines_are_counted_after_the_first_hundred() -> None:
    said = bounded("\n".join(map(str, range(5000)))).split("\n")
    assert said == [*map(str, range(100)), "  and 4,900 more"]
    assert bounded("\n".join(map(str, range(100)))).split("\n") == [*map(str, range(100))]
