"""Whether classes are as frequent: by hand, and by many draws of one distribution."""

from __future__ import annotations

import numpy as np
import pytest

from nlpkit.data.auditing.shift import distance, shifted


@pytest.mark.parametrize(
    ("one", "two", "far"),
    [
        ([500, 500], [400, 100], True),
        ([500, 500], [50, 50], False),
        ([500, 500], [3, 1], False),  # of so few, luck
        ([100_000, 100_000], [51_000, 49_000], False),  # no luck, and no matter
        ([500, 500, 0], [100, 100, 100], True),
        ([5, 5], [0, 0], False),
    ],
)
def test_it_takes_more_than_luck_and_enough_to_matter(one: list[int], two: list[int], far: bool) -> None:
    assert shifted(np.array(one), np.array(two)) is far


def test_the_distance_is_that_of_shares() -> None:
    assert distance(np.array([1, 1]), np.array([100, 0])) == 0.5
    assert distance(np.array([1, 3]), np.array([10, 30])) == 0


def test_two_draws_of_one_distribution_are_rarely_far_apart() -> None:
    drawn = np.random.default_rng(13)
    shares = drawn.dirichlet(np.ones(20))
    far = sum(shifted(drawn.multinomial(2000, shares), drawn.multinomial(300, shares)) for _ in range(500))
    assert far <= 4
