from __future__ import annotations

import pytest

from nlpkit.data.reading.labels.names import label_names
from nlpkit.data.reading.notes import FileNotes
from nlpkit.errors import DataError


def names(*values: object) -> list[str]:
    return label_names(values, range(2, len(values) + 2), FileNotes("a.csv"))


def notes_of(*values: object) -> list[str]:
    notes = FileNotes("a.csv")
    label_names(values, range(2, len(values) + 2), notes)
    return [note.text for note in notes.all()]


def refusal_of(*values: object) -> str:
    with pytest.raises(DataError) as refusal:
        names(*values)
    return str(refusal.value).splitlines()[0]


def test_plain_names_stay_as_they_are() -> None:
    assert names("Sci/Tech", "N/A", "nano", "a b") == ["Sci/Tech", "N/A", "nano", "a b"]


@pytest.mark.parametrize(
    "missing",
    [
        *("", " ", "nan", "NaN", "null", "NULL", "None", "<NA>", "#N/A", "#NA", "NaT", "#VALUE!", "#DIV/0!"),
        *(r"\N", "\u200b", "\ufeffNULL\xa0", None, float("nan"), []),
    ],
)
def test_what_programs_write_for_no_value_is_no_class(missing: object) -> None:
    assert refusal_of(missing) == "a.csv:2: the label is missing"


def test_a_refusal_of_missing_labels_says_how_to_keep_them() -> None:
    with pytest.raises(DataError) as refusal:
        names("<NA>", "good", "", "#N/A")

    assert str(refusal.value) == (
        "a.csv:2: 3 labels are missing (lines 2, 4, 5)\n  label them or remove them; "
        "if '#N/A', '<NA>' should be a class, set label_type = \"string\""
    )


def test_labels_as_they_are_written_are_any_words_and_numbers() -> None:
    values = ["NULL", "1", "1.0", 1, 1.0, True, "true", "-", "a|b", "a", "b"]
    notes = FileNotes("a.csv")

    found = label_names(values, range(len(values)), notes, label_type="string")

    assert found == ["NULL", "1", "1.0", "1", "1.0", "true", "true", "-", "a|b", "a", "b"]
    assert notes.all() == ()


@pytest.mark.parametrize("word", ["NA", "n/a", "N/A", "none", "NONE", "-", "?", "(blank)", "Nan"])
def test_what_people_write_for_no_value_is_a_class_with_a_note(word: str) -> None:
    assert notes_of("good", word, "bad", word) == [
        f"a.csv: read {word!r} as a class; remove them if it means that there is no label, "
        "2 times (lines 3, 5)"
    ]


def test_marks_beside_other_marks_are_classes() -> None:
    assert notes_of("+", "-", "+") == []
    assert notes_of("?", ".", "!") == []


def test_characters_that_nobody_sees_are_removed_around_a_label_and_counted() -> None:
    padded = ["\ufeffgood", "good\u200b", "good", "\u200e\u00adgood\xa0", "\u2060good\u200d "]

    assert names(*padded) == ["good"] * 5
    assert notes_of(*padded) == [
        "a.csv: removed spaces or invisible characters around a label, 4 times (lines 2, 3, 5 and 1 more)"
    ]


@pytest.mark.parametrize("label", ["❤\ufe0f", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "a\u200cb"])
def test_characters_that_belong_to_a_sign_stay(label: str) -> None:
    assert names(label) == [label]


def test_labels_that_look_like_several_are_noted() -> None:
    assert notes_of("good", "slow", "good|slow", "slow|good") == [
        "a.csv: read labels such as 'good|slow' as one class; set multi_label = true if they are several, "
        "2 times (lines 4, 5)"
    ]


def test_codes_that_differ_in_zeros_are_classes_with_a_note() -> None:
    assert names("4.1", "4.10", "7", "007") == ["4.1", "4.10", "7", "007"]
    assert notes_of("4.1", "4.10", "4.1", "5.2") == [
        "a.csv: read '4.1' and '4.10' as codes: each is a class, 3 times (lines 2, 3, 4)"
    ]


def test_a_list_of_one_is_its_label() -> None:
    assert names(["good"], "bad", [" good "]) == ["good", "bad", "good"]


def test_a_decimal_of_json_that_overflows_is_no_class() -> None:
    assert refusal_of(1.5, float("inf")) == "a.csv:3: the label is missing"


def test_decimals_are_written_as_python_writes_them() -> None:
    assert names(1.5, 2.0) == ["1.5", "2.0"]


@pytest.mark.parametrize(
    ("one", "two"), [("1", "1.0"), ("1", "+1"), ("0", "-0"), ("1", "1."), ("007", "7.0"), ("1000", "1,000")]
)
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
