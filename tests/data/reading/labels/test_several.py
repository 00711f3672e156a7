from __future__ import annotations

import pytest

from nlpkit.data.reading.labels.several import several_in_one


@pytest.mark.parametrize(
    ("labels", "several"),
    [
        (["good", "bad", "good|slow"], ["good|slow"]),
        (["a;b", "b;c", "c"], ["a;b", "b;c"]),
        (["a\nb", "a", "a\tc"], ["a\nb", "a\tc"]),
        (["a", "b", "a, b"], ["a, b"]),
        (["good", "bad", "good,slow", "bad,slow"], ["good,slow", "bad,slow"]),
        (["a", "b", "a/b", "b + a"], ["a/b", "b + a"]),
        (["#joy", "#fear", "#joy #fear"], ["#joy #fear"]),
        (["甲", "乙", "甲、乙", "乙；甲"], ["乙；甲", "甲、乙"]),
        (["[1 0 0]", "[0. 1. 1.]"], ["[1 0 0]", "[0. 1. 1.]"]),
        (["<java>", "<c>", "<java><c>"], ["<java><c>"]),
        (["['good', 'slow']", "['good']"], ["['good', 'slow']", "['good']"]),
        (['["good"]', "{good, slow}", "('a',)"], ['["good"]', "{good, slow}", "('a',)"]),
    ],
)
def test_labels_whose_parts_are_labels_and_lists_look_like_several(
    labels: list[str], several: list[str]
) -> None:
    assert several_in_one(labels) == several


@pytest.mark.parametrize(
    "labels",
    [
        ["Sci/Tech", "World", "Sports"],
        ["sports", "sports/football", "sports/tennis"],
        ["Smith, John", "Smith, Jane", "Doe, John"],
        ["Yes", "Yes, partly", "No"],
        ["food & drink", "food", "health"],
        ["a|b", "c"],
        ["a|", "a"],
        ["[NEG]", "[POS]", "(none)"],
        ["C++", "C", "C#"],
        ["not spam", "spam"],
        ["<none>", "[12]", "[no topic]"],
        ["1,5", "2,5", "3"],
    ],
)
def test_names_with_a_separator_in_them_are_names(labels: list[str]) -> None:
    assert several_in_one(labels) == []
