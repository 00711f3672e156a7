from __future__ import annotations

import pytest

from nlpkit.data.reading.labels import label_names
from nlpkit.data.reading.notes import FileNotes
from nlpkit.errors import DataError


def names(*values: object) -> list[str]:
    return label_names(values, range(2, len(values) + 2), FileNotes("a.csv"))


def refusal_of(*values: object) -> str:
    with pytest.raises(DataError) as refusal:
        names(*values)
    return str(refusal.value).splitlines()[0]


def test_plain_names_stay_as_they_are() -> None:
    assert names("Sci/Tech", "N/A", "nano", "a b") == ["Sci/Tech", "N/A", "nano", "a b"]


@pytest.mark.parametrize("missing", ["", " ", "nan", "NaN", "null", "NULL", "None", None, float("nan")])
def test_what_programs_write_for_no_value_is_no_class(missing: object) -> None:
    assert refusal_of(missing) == "a.csv:2: the label is missing"


def test_a_decimal_of_json_that_overflows_is_no_class() -> None:
    assert refusal_of(1.5, float("inf")) == "a.csv:3: the label is missing"


def test_decimals_are_written_as_python_writes_them() -> None:
    assert names(1.5, 2.0) == ["1.5", "2.0"]


@pytest.mark.parametrize(("one", "two"), [("1", "1.0"), ("1", "+1"), ("0", "-0"), ("1.5", "1.50")])
def test_one_number_in_two_spellings_is_refused(one: str, two: str) -> None:
    expected = f"a.csv:3: the labels {one!r} (line 2) and {two!r} (line 3) are one value written in two ways"
    assert refusal_of(one, two) == expected


def test_numbers_in_other_scripts_are_words() -> None:
    assert names("1", "١") == ["1", "١"]


def test_true_and_false_in_two_cases_are_left_to_the_audit() -> None:
    assert names("true", "True", "false") == ["true", "True", "false"]


def test_spaces_are_removed_before_spellings_are_compared() -> None:
    assert names("1", " 1 ") == ["1", "1"]


def test_long_numbers_that_differ_in_the_last_digit_are_two_classes() -> None:
    long = "9" * 400

    assert names("12345678901234567890", "12345678901234567891", long + "1", long + "2")
