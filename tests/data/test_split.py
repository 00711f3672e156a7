from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.split import Drawn, split_rows

LABELS = st.lists(st.sampled_from("aaaabbc"), min_size=1, max_size=80)
FRACTIONS = st.tuples(st.floats(0, 0.49), st.floats(0, 0.5))


def draw(labels: list[str], groups: list[str] | tuple[()] = (), **changed: float) -> Drawn:
    options = {"valid_fraction": 0.1, "test_fraction": 0.2, "seed": 0, **changed}
    return split_rows(labels, groups, **options)


@given(LABELS, FRACTIONS, st.booleans(), st.integers(0, 2**63 - 1))
def test_every_row_is_in_exactly_one_part(
    labels: list[str], fractions: tuple[float, float], stratified: bool, seed: int
) -> None:
    drawn = draw(
        labels, valid_fraction=fractions[0], test_fraction=fractions[1], stratified=stratified, seed=seed
    )

    assert sorted(drawn.train + drawn.valid + drawn.test) == list(range(len(labels)))
    assert all(part == sorted(part) for part in drawn)
    assert drawn.train


@given(LABELS, st.data(), FRACTIONS)
def test_every_row_is_in_exactly_one_part_and_groups_stay_together(
    labels: list[str], data: st.DataObject, fractions: tuple[float, float]
) -> None:
    groups = data.draw(st.lists(st.sampled_from("uvwxyz"), min_size=len(labels), max_size=len(labels)))

    drawn = draw(labels, groups, valid_fraction=fractions[0], test_fraction=fractions[1])

    assert sorted(drawn.train + drawn.valid + drawn.test) == list(range(len(labels)))
    parts = [{groups[row] for row in part} for part in drawn]
    assert sum(map(len, parts)) == len(set(groups))
    assert drawn.train


@given(LABELS)
def test_each_class_keeps_a_row_in_train(labels: list[str]) -> None:
    drawn = draw(labels, valid_fraction=0.4, test_fraction=0.5)

    assert {labels[row] for row in drawn.train} == set(labels)


@given(LABELS, st.integers(0, 5))
def test_the_same_labels_and_seed_give_the_same_rows(labels: list[str], seed: int) -> None:
    assert draw(labels, seed=seed) == draw(list(labels), seed=seed)


@given(LABELS, st.data(), FRACTIONS, st.booleans(), st.integers(0, 99))
def test_equal_texts_are_in_one_part_and_each_class_keeps_a_row_in_train(
    labels: list[str], data: st.DataObject, fractions: tuple[float, float], stratified: bool, seed: int
) -> None:
    copies = st.sampled_from(["oil", " OIL", "art", "Art\t", "", " "] + [f"text {n}" for n in range(30)])
    texts = data.draw(st.lists(copies, min_size=len(labels), max_size=len(labels)))
    options = {"valid_fraction": fractions[0], "test_fraction": fractions[1], "stratified": stratified}

    drawn = split_rows(labels, texts=texts, seed=seed, **options)

    assert sorted(drawn.train + drawn.valid + drawn.test) == list(range(len(labels)))
    forms = [{texts[row].strip().lower() for row in part} - {""} for part in drawn]
    assert sum(map(len, forms)) == len(set.union(*forms))
    assert not stratified or {labels[row] for row in drawn.train} == set(labels)


def test_texts_that_all_differ_are_drawn_as_rows_are() -> None:
    labels = [f"c{row * row % 7}" for row in range(500)]
    texts = [f"text {row}" for row in range(499)] + [""]

    assert split_rows(labels, texts=texts, valid_fraction=0.1, test_fraction=0.2) == draw(labels)
    assert draw(["a", "b"] * 15) == (
        [0, 1, 2, 3, 4, 5, 7, 10, 11, 12, 13, 14, 18, 19, 20, 21, 22, 24, 25, 27, 29],
        [8, 23, 26],
        [6, 9, 15, 16, 17, 28],
    )


def test_texts_with_many_copies_keep_their_share_and_the_most_frequent_one_stays_in_train() -> None:
    texts = ["often"] * 500 + [f"twice {row // 2}" for row in range(1000)] + [f"t{row}" for row in range(900)]
    labels = ["a"] * len(texts)

    for seed in range(5):
        drawn = split_rows(labels, texts=texts, valid_fraction=0.1, test_fraction=0.2, seed=seed)

        assert set(range(500)) <= set(drawn.train)
        assert len(drawn.test) == pytest.approx(0.2 * 1900, abs=4)
        assert sum(row < 1500 for row in drawn.test) == pytest.approx(0.2 * 1000, abs=4)


def test_another_seed_gives_other_rows() -> None:
    assert draw(["a", "b"] * 50, seed=0) != draw(["a", "b"] * 50, seed=1)


def test_each_class_keeps_its_share_in_every_part_to_a_row() -> None:
    labels = ["a"] * 600 + ["b"] * 300 + ["c"] * 100

    drawn = draw(labels)

    assert (len(drawn.valid), len(drawn.test)) == (100, 200)
    for part, share in ((drawn.test, 0.2), (drawn.valid, 0.1)):
        counts = Counter(labels[row] for row in part)
        assert all(abs(counts[name] - share * count) <= 1 for name, count in Counter(labels).items())


def test_many_small_classes_do_not_leave_the_parts_empty() -> None:
    drawn = draw([f"c{number % 500}" for number in range(1000)])

    assert (len(drawn.train), len(drawn.valid), len(drawn.test)) == (700, 100, 200)


def test_without_strata_the_sizes_are_the_fractions() -> None:
    drawn = draw([f"c{number}" for number in range(100)], stratified=False)

    assert (len(drawn.train), len(drawn.valid), len(drawn.test)) == (70, 10, 20)


def test_single_rows_of_a_class_stay_in_train() -> None:
    labels = ["a"] * 50 + ["only", "once"] + ["b"] * 50

    assert {50, 51} <= set(draw(labels).train)


def test_groups_are_shared_out_by_the_fractions() -> None:
    labels = ["a", "b"] * 200
    groups = [f"g{row // 4}" for row in range(400)]

    drawn = draw(labels, groups)

    assert (len(drawn.train), len(drawn.valid), len(drawn.test)) == (280, 40, 80)
    assert Counter(labels[row] for row in drawn.test) == {"a": 40, "b": 40}


@pytest.mark.parametrize("rows", [1, 2])
def test_few_rows_are_all_for_train(rows: int) -> None:
    assert draw(["a"] * rows).train == list(range(rows))


@pytest.mark.parametrize(
    ("rows", "valid", "test"),
    [(4, 0, 1), (7, 1, 1), (8, 1, 2), (14, 1, 3), (15, 2, 3), (18, 2, 4)],
)
def test_a_share_is_rounded_to_the_nearest_number_of_rows(rows: int, valid: int, test: int) -> None:
    drawn = draw(["a"] * rows)

    assert (len(drawn.valid), len(drawn.test)) == (valid, test)


def test_which_small_classes_are_drawn_depends_on_the_seed() -> None:
    labels = [f"c{row // 2:02}" for row in range(200)]  # a row of each may be drawn

    found = {tuple(sorted({labels[row] for row in draw(labels, seed=seed).test})) for seed in range(9)}

    assert len(found) > 1


def test_large_groups_are_placed_before_small_ones() -> None:
    groups = ["s"] * 10 + ["m"] * 20 + ["l"] * 70

    drawn = draw(["a"] * 100, groups)

    assert (len(drawn.train), len(drawn.valid), len(drawn.test)) == (70, 10, 20)
