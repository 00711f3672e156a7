# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

import gc
import logging
import os
import random
import re
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from nlpkit.components.kinds import Component
from nlpkit.components.tokenizers import Whitespace
from nlpkit.components.trainers import Standard
from nlpkit.testing import Outcome, checks_of
from nlpkit.testing.process import settings_of_process
from tests.testing.small_encoder import Small

ALONE = "it changes nothing of the process"


def outcome(component: Component) -> Outcome:
    [check] = [check for check in checks_of(component) if check.promise == ALONE]
    return Outcome.of(check, component)


def encoder_that(acts: Callable[[Any], object], *, training: bool = False) -> Component:
    """An encoder that does something to torch when it is built, or in each forward of training."""

    @dataclass(frozen=True)
    class Acts(Small):
        def add(self, module: Any) -> None:
            self.act(not training)

        def act(self, now: bool) -> None:
            import torch

            if now:
                acts(torch)

        def vectors(self, module: Any, batch: Any) -> Any:
            self.act(training and module.training)
            return super().vectors(module, batch)

    return Acts()


def of_torch(acts: Callable[[Any], object], step: str, name: str, training: bool = False) -> Any:
    return pytest.param(encoder_that(acts, training=training), f"{step} changes {name}", id=name)


@pytest.mark.parametrize(
    ("component", "sentence"),
    [
        of_torch(
            lambda torch: torch.set_num_threads(torch.get_num_threads() + 1),
            r"build\(vocab\)",
            r"torch's number of threads for the whole process, from \d+ to \d+; change it within a context "
            "manager that puts it back, or not at all$",
        ),
        of_torch(
            lambda torch: torch.set_grad_enabled(False),
            "a forward in training mode",
            "torch's grad mode for the whole process, from True to False; ",
            True,
        ),
        of_torch(
            lambda torch: torch.set_default_dtype(torch.float64),
            r"build\(vocab\)",
            "torch's default dtype for the whole process, from torch.float32 to torch.float64; ",
        ),
        of_torch(
            lambda torch: torch.use_deterministic_algorithms(True),
            r"build\(vocab\)",
            "torch's use of deterministic algorithms for the whole process, from False to True; ",
        ),
        of_torch(
            lambda torch: os.environ.update(TOKENS_OF_MINE="1"),
            r"build\(vocab\)",
            "the environment for the whole process; ",
        ),
    ],
)
def test_a_mode_of_the_process_that_an_encoder_changes_is_told_and_put_back(
    component: Component, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.delenv("TOKENS_OF_MINE", raising=False)
    before = torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype()
    found = outcome(component)
    assert re.match(f"Acts promises that {ALONE}, but {sentence}", found.reason), found
    assert (torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype()) == before
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("name", ["the random module", "numpy.random", "torch"])
def test_a_seed_that_is_given_to_the_process_is_told(name: str) -> None:
    def seed(torch: Any) -> None:
        import numpy as np

        seeds = {"the random module": random.seed, "numpy.random": np.random.seed, "torch": torch.manual_seed}
        seeds[name](13)

    assert outcome(encoder_that(seed)).reason == (
        f"Acts promises that {ALONE}, but it gives {name} a seed, so that the seed of a run no longer "
        "decides; leave that to the run"
    )


@dataclass(frozen=True)
class Silences(Whitespace):
    def build(self) -> Any:
        warnings.filterwarnings("ignore", message="a filter of a test")
        return super().build()


def test_filters_of_warnings_that_a_tokenizer_adds_are_told_and_taken_away() -> None:
    before = list(warnings.filters)
    assert outcome(Silences()).reason == (
        f"Silences promises that {ALONE}, but build() changes the filters of warnings for the whole process; "
        "change it within a context manager that puts it back, or not at all"
    )
    with warnings.catch_warnings():
        assert [each for each in before if each not in warnings.filters] == []


@dataclass(frozen=True)
class ReportsWithoutGradients(Standard):
    epochs: int = 3

    def build(self, *given: Any) -> Any:
        train = super().build(*given)

        class Training:
            def __init__(self, *rows: Any) -> None:
                self.training = train(*rows)
                self.state = self.training.state

            def __iter__(self) -> Any:
                import torch

                for report in self.training:
                    with torch.no_grad():
                        yield report

        return Training


def test_a_mode_that_holds_while_a_report_is_read_is_told() -> None:
    assert outcome(ReportsWithoutGradients()).reason.startswith(
        f"ReportsWithoutGradients promises that {ALONE}, but epoch 1 changes torch's grad mode for the whole "
        "process, from True to False; "
    )


def borrows(torch: Any) -> None:
    """Everything is put back, and numbers are drawn."""
    with torch.random.fork_rng(devices=[]), torch.no_grad(), warnings.catch_warnings():
        torch.manual_seed(3)
        warnings.simplefilter("ignore")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_num_threads(threads)
    torch.rand(3)
    random.random()


@pytest.mark.parametrize("training", [False, True])
def test_what_is_put_back_and_what_is_drawn_is_not_told(training: bool) -> None:
    assert outcome(encoder_that(borrows, training=training)) == Outcome(ALONE, "kept")


def test_built_in_components_change_nothing() -> None:
    assert {outcome(each).reason for each in (Whitespace(), Standard(epochs=2), Small())} == {""}


def turn_off_mkldnn(torch: Any) -> None:
    torch.backends.mkldnn.enabled = False


def hook_every_module(torch: Any) -> None:
    torch.nn.modules.module.register_module_forward_hook(lambda *given: None)


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (lambda torch: gc.disable(), "garbage collection"),
        (lambda torch: sys.setrecursionlimit(sys.getrecursionlimit() + 7), "the recursion limit"),
        (lambda torch: logging.disable(logging.INFO), "what logging disables"),
        (lambda torch: logging.getLogger().addHandler(logging.NullHandler()), "handlers of the root logger"),
        (lambda torch: socket.setdefaulttimeout(3.5), "the timeout of sockets"),
        (lambda torch: signal.signal(signal.SIGTERM, signal.SIG_IGN), "signal handlers"),
        (lambda torch: torch.set_printoptions(precision=9), "how torch prints"),
        (turn_off_mkldnn, "torch.backends.mkldnn.enabled"),
        (hook_every_module, "the hooks of all modules"),
    ],
)
def test_what_else_belongs_to_the_process_is_told_and_put_back(
    act: Callable[[Any], object], name: str
) -> None:
    import torch  # noqa: F401

    shared = [each for each in settings_of_process() if each.name == name]
    before = [each.look() for each in shared]
    assert f"changes {name} for the whole process" in outcome(encoder_that(act)).reason
    assert [each.look() for each in shared] == before
