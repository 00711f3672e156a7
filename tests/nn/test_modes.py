from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest
import torch

from nlpkit.nn.modes import drawing, one_thread, plain_modes


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


MODES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "none": nullcontext,
    "float64": lambda: default_dtype(torch.float64),
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "meta": lambda: torch.device("meta"),
}


@pytest.mark.parametrize("mode", MODES)
def test_inside_torch_computes_as_in_a_fresh_process(mode: str) -> None:
    with MODES[mode](), plain_modes():
        weight = torch.nn.Linear(2, 1).weight
        product = torch.ones(1, 2) @ weight.t()
        product.sum().backward()
    assert (weight.dtype, weight.device.type, product.dtype) == (torch.float32, "cpu", torch.float32)
    assert weight.grad is not None
    assert not weight.is_inference()


@pytest.mark.parametrize("mode", MODES)
def test_afterwards_everything_is_as_the_host_has_set_it(mode: str) -> None:
    def state() -> tuple[object, ...]:
        return (
            torch.get_default_dtype(),
            torch.get_default_device(),
            torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(),
            torch.is_autocast_enabled("cpu"),
        )

    with MODES[mode]():
        before = state()
        with pytest.raises(ZeroDivisionError), plain_modes():
            _ = 1 / 0
        assert state() == before


def test_the_number_of_threads_is_put_back_for_each_thread_that_asked() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    inside, leave, found = threading.Event(), threading.Event(), []

    def hold() -> None:
        torch.set_num_threads(2)
        with one_thread():
            inside.set()
            leave.wait()
        found.append(torch.get_num_threads())

    other = threading.Thread(target=hold)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
            other.start()
            inside.wait()
        assert torch.get_num_threads() == 3
        leave.set()
        other.join()
        assert found == [2]
    finally:
        leave.set()
        torch.set_num_threads(before)


def test_threads_that_leave_in_any_order_leave_the_default_dtype_of_their_host() -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with plain_modes():
            inside.set()
            leave.wait()

    other = threading.Thread(target=hold)
    with default_dtype(torch.float64):
        with plain_modes():
            other.start()
            inside.wait()
        assert torch.get_default_dtype() == torch.float32  # the other one still computes
        leave.set()
        other.join()
        assert torch.get_default_dtype() == torch.float64


def test_what_is_drawn_depends_on_the_seed_alone_and_changes_nothing_for_others() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    found = []
    for noise in range(2):
        with drawing(7):
            found.append(torch.rand(4 + noise)[:4])
    assert torch.equal(*found)
    assert torch.equal(torch.rand(3), expected)


def test_threads_that_draw_at_once_get_what_they_get_alone() -> None:
    def draw(seed: int, found: dict[int, torch.Tensor]) -> None:
        with drawing(seed):
            found[seed] = torch.cat([torch.rand(1000) for _ in range(200)])

    alone: dict[int, torch.Tensor] = {}
    together: dict[int, torch.Tensor] = {}
    for seed in range(4):
        draw(seed, alone)
    threads = [threading.Thread(target=draw, args=(seed, together)) for seed in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert all(torch.equal(alone[seed], together[seed]) for seed in range(4))
