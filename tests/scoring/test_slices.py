from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from nlpkit.scoring.slices import BLANK, MOST_VALUES, by_length, by_unknown, by_value, fisher, slice_tables

counts = st.lists(st.integers(0, 40), min_size=1, max_size=60)


def verdicts(values: list[str], right: np.ndarray, groups: list[str] | None = None) -> dict[str, str]:
    """What is said of each value of a column."""
    losses = np.zeros(len(right))
    [table] = slice_tables([by_value("country", values)], right, losses, groups or [])
    return {each["name"]: each["verdict"] for each in table["slices"]}


def hits(*counts: tuple[int, int]) -> np.ndarray:
    """Of each slice, how many rows are right, and of how many."""
    return np.concatenate([np.arange(rows) < right for right, rows in counts])


@given(counts)
def test_length_quartiles_share_out_the_rows(lengths: list[int]) -> None:
    found = by_length(np.array(lengths))
    assert sorted(set(found.places.tolist())) == list(range(len(found.names)))
    assert 1 <= len(found.names) <= 4
    assert list(found.places[np.argsort(lengths, kind="stable")]) == sorted(found.places)


def test_lengths_are_named_by_the_shortest_and_the_longest() -> None:
    found = by_length(np.array([1, 2, 3, 4, 5, 6, 7, 1500]))
    assert found.names == ("1-2", "3-4", "5-6", "7-1,500")
    assert found.unit == "tokens"


def test_equal_lengths_are_one_slice() -> None:
    assert by_length(np.full(9, 5)).names == ("5",)
    assert by_length(np.array([5] * 8 + [9])).names == ("5", "9")


def test_unknown_tokens_are_none_some_or_many() -> None:
    found = by_unknown(np.array([0, 1, 2, 3, 5, 6, 1]), np.array([10, 10, 10, 10, 10, 10, 1]))
    assert [found.names[place] for place in found.places] == [
        *("none", "up to 10 %", "10-20 %", "20-30 %", "30-50 %"),
        *("more than 50 %", "more than 50 %"),
    ]


def test_a_share_that_no_text_has_is_no_slice() -> None:
    found = by_unknown(np.array([0, 3]), np.array([10, 10]))
    assert found.names == ("none", "20-30 %")
    assert found.places.tolist() == [0, 1]


@given(st.lists(st.sampled_from([" ", "", *(f"v{each}" for each in range(45))]), min_size=1, max_size=200))
def test_values_share_out_the_rows(values: list[str]) -> None:
    found = by_value("country", values)
    assert len(found.names) <= MOST_VALUES
    assert len(set(found.names)) == len(found.names)
    for value, place in zip(values, found.places.tolist(), strict=True):
        assert found.names[place] in (value if value.strip() else BLANK, found.names[-1])
    assert {*found.places.tolist()} == {*range(len(found.names))}


def test_the_most_frequent_values_come_first_and_the_rest_is_others() -> None:
    values = [f"v{number}" for number in range(50) for _ in range(50 - number)]
    found = by_value("country", values)
    assert found.names[:2] == ("v0", "v1")
    assert found.names[-1] == "others (21)"
    assert np.bincount(found.places)[-1] == sum(range(1, 22))


@given(st.data(), st.integers(1, 50))
def test_slices_add_up_to_all_texts(data: st.DataObject, rows: int) -> None:
    column = st.lists(st.integers(0, 6), min_size=rows, max_size=rows)
    lengths, unknown = (np.array(data.draw(column)) for _ in range(2))
    right = np.array(data.draw(column)) < 4
    losses = np.where(np.array(data.draw(column)) < 1, np.nan, 0.25)
    slicings = [by_length(lengths), by_unknown(unknown, lengths), by_value("a", [str(n) for n in unknown])]
    for table in slice_tables(slicings, right, losses):
        slices = table["slices"]
        assert sum(each["texts"] for each in slices) == rows
        assert sum(each["texts"] * each["accuracy"] for each in slices) == pytest.approx(right.sum())
        assert {each["log_loss"] for each in slices} <= {None, 0.25}
        assert all(each["interval"][0] <= each["accuracy"] <= each["interval"][1] for each in slices)


@given(st.integers(1, 30), st.integers(1, 30), st.data())
def test_the_test_of_a_difference_is_fishers(inside: int, outside: int, data: st.DataObject) -> None:
    one, two = data.draw(st.integers(0, inside)), data.draw(st.integers(0, outside))
    table = [[one, inside - one], [two, outside - two]]
    tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert fisher(one, inside, one + two, inside + outside) == pytest.approx(min(1, 2 * min(tails)))


def test_a_slice_far_below_the_others_is_clearly_worse() -> None:
    right = hits((40, 100), (290, 300), (255, 300))
    found = verdicts(["de"] * 100 + ["fr"] * 300 + ["it"] * 300, right)
    assert found == {"de": "worse", "fr": "better", "it": ""}


def test_nothing_is_said_of_a_column_with_one_value() -> None:
    assert verdicts(["de"] * 50, hits((25, 50))) == {"de": ""}


def test_the_luck_of_many_slices_is_not_taken_for_a_difference() -> None:
    rng = np.random.default_rng(3)
    found = [verdicts(rng.choice(list("abcdefghij"), 500).tolist(), rng.random(500) < 0.8) for _ in range(40)]
    assert sum(any(each.values()) for each in found) <= 4  # 2 are expected at the most


def test_the_luck_of_a_few_groups_is_not_taken_for_a_difference() -> None:
    rng = np.random.default_rng(4)
    alarms = {True: 0, False: 0}
    for _ in range(40):
        groups = np.repeat(np.arange(40), 25)
        values = rng.choice(["de", "fr"], 40)[groups].tolist()
        right = (rng.random(40) < 0.7)[groups]  # all of a group, or none
        for grouped in alarms:
            named = [f"{each}" for each in groups] if grouped else []
            alarms[grouped] += any(verdicts(values, right, named).values())
    assert alarms[True] <= 5 < 15 < alarms[False]


def test_a_difference_between_many_groups_is_found() -> None:
    groups = [f"{row // 4}" for row in range(400)]
    right = hits((60, 200), (190, 200))
    assert verdicts(["de"] * 200 + ["fr"] * 200, right, groups) == {"de": "worse", "fr": "better"}


def test_a_slice_of_one_group_is_not_judged() -> None:
    groups = ["one"] * 20 + [f"{row}" for row in range(80)]
    assert verdicts(["de"] * 20 + ["fr"] * 80, hits((0, 20), (80, 80)), groups) == {"de": "", "fr": ""}
