from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.labels.spellings import clash_between, clash_within, codes, stripped, visible


@pytest.mark.parametrize(
    ("labels", "clash"),
    [
        (["1", "2", "1.0"], ("1", "1.0")),
        (["01", "1", "1.0"], ("01", "1.0")),
        (["true", "1"], ("true", "1")),
        (["0", "FALSE"], ("0", "FALSE")),
        (["+1", "1"], ("+1", "1")),
        (["100000", "1e+05"], ("100000", "1e+05")),
        ([".5", "0.5", "2"], (".5", "0.5")),
        (["1e5", "100000"], None),
        (["1e+9999", "."], None),
        (["1", "01"], None),
        (["4.1", "4.10", "4.100"], None),
        (["true", "True"], None),
        (["1", "١"], None),
        (["1.", "one"], None),
        (["1000", "1,000"], ("1000", "1,000")),
        (["1,000", "1000.0"], ("1,000", "1000.0")),
        (["1 000 000", "1000000"], ("1 000 000", "1000000")),
        (["1.000.000", "1000000"], ("1.000.000", "1000000")),
        (["-1,234.50", "-1234.5"], ("-1,234.50", "-1234.5")),
        (["1'000", "1,000"], ("1'000", "1,000")),
        (["1\u202f000", "1 000"], ("1\u202f000", "1 000")),
        (["1,00", "100"], None),
        (["1,0000", "10000"], None),
        (["1,000.000", "1000000"], None),
        (["1,000 000", "1000000"], None),
        (["1.000", "1000"], None),
        (["yes", "no", "1"], ("yes", "1")),
        (["0", "NO", "maybe"], ("0", "NO")),
        (["yes", "0.0", "no"], ("0.0", "no")),
        (["yes", "no", "true"], ("yes", "true")),
        (["yes", "Yes", "NO", "no"], None),
        (["yes", "no", "1", "2"], None),
        (["y", "n", "1", "0"], ("y", "1")),
        (["Y", "yes"], ("Y", "yes")),
        (["F", "false", "1"], ("F", "false")),
        (["y", "n", "x", "1"], None),
        (["f", "n"], None),
        (["f", "t", "y", "1"], None),
        (["on", "off", "1", "0"], None),
        (["\u22121", "1", "-1"], ("\u22121", "-1")),
        (["\u22121", "1", "0"], None),
    ],
)
def test_one_value_in_two_ways_is_a_clash_in_one_file_unless_they_are_codes(
    labels: list[str], clash: tuple[str, str] | None
) -> None:
    assert clash_within(labels) == clash


@pytest.mark.parametrize(
    ("sources", "clash"),
    [
        ([["1.0", "0.0"], ["1", "0"]], ("1.0", "1")),
        ([["1", "0"], ["True", "False"]], ("1", "True")),
        ([["7", "8"], ["007", "8"]], ("7", "007")),
        ([["4.1", "4.10"], ["4.1"], ["4.10"]], None),
        ([["4.1"], ["4.10"], ["4.1", "4.10"]], None),
        ([["4.1", "4.10"], ["4.100"]], ("4.1", "4.100")),
        ([["true"], ["True"]], None),
        ([["yes", "no"], ["Yes", "No"]], None),
        ([["yes", "no"], ["1", "0"]], ("yes", "1")),
        ([["yes", "no"], ["True", "False"]], ("yes", "True")),
        ([["yes", "no"], ["1", "0", "2"]], None),
        ([["1,000"], ["1000"]], ("1,000", "1000")),
        ([["1,000"], ["2000"]], None),
        ([["a"], ["b"]], None),
    ],
)
def test_one_value_in_two_ways_is_a_clash_between_files_unless_one_has_both(
    sources: list[list[str]], clash: tuple[str, str] | None
) -> None:
    assert clash_between(*sources) == clash


def test_codes_are_listed_together() -> None:
    assert codes(["7", "4.1", "007", "a", "4.10", "07"]) == [["7", "007", "07"], ["4.1", "4.10"]]


@given(st.text())
def test_what_is_stripped_is_stripped_and_has_no_space_around_it(label: str) -> None:
    found = stripped(label)

    assert stripped(found) == found == found.strip()
    assert found in label


def test_invisible_characters_inside_are_removed_where_labels_are_compared() -> None:
    assert visible("go\u200bo\u00add\ufeff") == "good"
