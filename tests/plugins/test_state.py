from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import ExitStack

import pytest
import torch
from torch.nn.modules.module import register_module_forward_hook
from torch.utils._python_dispatch import TorchDispatchMode

from nlpkit.plugins.state import State


@pytest.fixture(autouse=True)
def nothing_is_frozen() -> None:
    """As in the process where a plugin is tried: of what is frozen, some may go at any time."""
    gc.unfreeze()


def deterministic() -> Callable[[], object]:
    torch.use_deterministic_algorithms(True)
    return lambda: torch.use_deterministic_algorithms(False)


def dtype() -> Callable[[], object]:
    torch.set_default_dtype(torch.float64)
    return lambda: torch.set_default_dtype(torch.float32)


def precision() -> Callable[[], object]:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    return lambda: torch.set_float32_matmul_precision(before)


def anomaly() -> Callable[[], object]:
    torch.autograd.set_detect_anomaly(True)
    return lambda: torch.autograd.set_detect_anomaly(False)


def dispatch() -> Callable[[], object]:
    stack = ExitStack()
    stack.enter_context(TorchDispatchMode())
    return stack.close


def hooks() -> Callable[[], object]:
    return register_module_forward_hook(lambda module, given, output: None).remove


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (deterministic, "torch's deterministic mode"),
        (dtype, "torch's default dtype"),
        (precision, "torch's precision"),
        (anomaly, "torch's anomaly mode"),
        (dispatch, "torch's dispatch"),
        (hooks, "torch's hooks on all modules"),
    ],
)
def test_what_is_changed_of_torch_is_named(change: Callable[[], Callable[[], object]], words: str) -> None:
    state = State()
    put_back = change()
    try:
        assert state.changes() == [words]
    finally:
        put_back()
    assert state.changes() == []


def test_what_an_import_finds_of_torch_is_compared_with_what_torch_begins_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "torch")
        state = State()
    assert state.changes() == []
    torch.set_default_dtype(torch.float64)
    try:
        assert state.changes() == ["torch's default dtype"]
    finally:
        torch.set_default_dtype(torch.float32)
