from __future__ import annotations

import pytest
import torch

from nlpkit.experiment import pace
from nlpkit.experiment.pace import SAME, Pace


def test_a_pace_is_that_of_the_work_beside_the_machine_of_the_plan() -> None:
    measured = Pace.measured()
    assert measured.text > 0
    assert measured.steps > 0
    assert Pace() == SAME


def test_the_middle_one_of_the_turns_counts_and_the_first_call_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    clock = iter([0.0, 9.0, 10.0, 10.5, 20.0, 23.0])  # turns of 9, 0.5 and 3 seconds
    monkeypatch.setattr(pace, "_TURNS", 3)
    monkeypatch.setattr(pace, "perf_counter", lambda: next(clock))
    assert pace._seconds(lambda: calls.append(1)) == 3.0
    assert len(calls) == 4


def test_it_draws_nothing_of_what_others_draw() -> None:
    before = torch.random.get_rng_state()
    Pace.measured()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_each_turn_counts_words_that_no_other_has() -> None:
    work = pace._count_ngrams()
    first, second = work(), work()
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    words = [{token for token in each if token.startswith("w:")} for each in (first, second)]
    assert not words[0] & words[1]
