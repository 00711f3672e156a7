from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpkit import ConfigError
from nlpkit.notes import Note
from nlpkit.runs.checkpoints.state import REST, TENSORS, from_files, to_files
from nlpkit.training.state import EpochReport, TrainerState

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False))
KEYS = st.one_of(st.text(), st.integers(), st.tuples(st.integers(), st.text()))
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner), st.tuples(inner, inner), st.dictionaries(KEYS, inner)),
    max_leaves=20,
)


def state(**changes: Any) -> TrainerState:
    tensor = torch.tensor([0.1, -0.0, float("inf")])
    values: dict[str, Any] = {
        "epoch": 2,
        "model": {"weight": tensor},
        "optimizer": {},
        "best_epoch": 1,
        "best_score": 0.1 + 0.2,
        "best_model": {"weight": tensor},
    }
    return TrainerState(**{**values, **changes})


def again(given: TrainerState, reports: list[EpochReport]) -> tuple[TrainerState, list[EpochReport]]:
    files = to_files(given, reports)
    return from_files(files[REST], files[TENSORS])


@given(optimizer=st.dictionaries(KEYS, PLAIN))
@settings(deadline=None, max_examples=50)
def test_what_an_optimizer_keeps_comes_back_as_it_was(optimizer: dict[Any, Any]) -> None:
    found, _ = again(state(optimizer=optimizer), [])
    assert found.optimizer == optimizer
    assert repr(found.optimizer) == repr(optimizer)  # -0.0, True beside 1, tuples beside lists


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.int32, torch.bool]
)
def test_tensors_come_back_with_their_bits(dtype: torch.dtype) -> None:
    tensor = torch.arange(6).reshape(2, 3).to(dtype).T  # not contiguous
    found, _ = again(state(optimizer={"state": {0: {"moment": tensor, "none": torch.zeros(0, 3)}}}), [])
    read = found.optimizer["state"][0]
    assert read["moment"].dtype == dtype
    assert torch.equal(read["moment"], tensor)
    assert read["none"].shape == (0, 3)


def test_a_tensor_that_is_there_twice_is_written_once() -> None:
    files = to_files(state(), [])
    one = to_files(state(best_model={}), [])
    assert len(files[TENSORS]) == len(one[TENSORS])
    found, _ = from_files(files[REST], files[TENSORS])
    assert torch.equal(found.model["weight"], found.best_model["weight"])


def test_reports_come_back_with_their_notes() -> None:
    report = EpochReport(
        1, 5, 80, 0.1, 0.5, 0.01, 1.5, 53.3, {"accuracy": 1 / 3}, True, 0.2, (Note("a", "loud"),)
    )
    assert again(state(), [report])[1] == [report]


class Odd:
    def __repr__(self) -> str:
        return "Odd()"


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        to_files(state(optimizer={"made_of": [Odd()]}), [])
    assert str(caught.value) == "the state of the trainer has Odd(), which cannot be written"
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ConfigError, match="nested deeper than 50"):
        to_files(state(optimizer={"list": endless}), [])
