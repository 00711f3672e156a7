"""What an optimizer promises, tried as the training loop uses it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Optimizer
from nlpkit.testing.encoder_bench import seeded
from nlpkit.testing.promises import Bench, Promise, expect, trying
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.values import differing, is_plain, kind_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nlpkit.training.updates import Updates

STEPS = 40


@dataclass
class OptimizerBench(Bench):
    """A small table of vectors and a layer, which are to give numbers that can be learned."""

    component: Optimizer

    def model(self) -> nn.Sequential:
        from torch import nn

        from nlpkit.nn.embedding import TokenEmbedding

        with seeded(0):
            return nn.Sequential(TokenEmbedding(8, 4), nn.Linear(4, 2))

    def updates(self, model: nn.Module) -> Updates:
        from nlpkit.training.settings import LoopSettings
        from nlpkit.training.updates import Updates

        with trying("build(parameters, learning_rate)"):
            return Updates(model, LoopSettings(optimizer=self.component, learning_rate=0.01))

    def train(self, model: nn.Module, updates: Updates, steps: range, factor: float = 1.0) -> list[float]:
        """The loss before each step; each reads other rows of the table."""
        losses = []
        with updates, trying("a step"):
            for step in steps:
                loss = loss_of(model, step)
                loss.backward()  # type: ignore[no-untyped-call]
                updates.step(factor)
                losses.append(float(loss.detach()))
        return losses


def loss_of(model: nn.Module, step: int) -> Tensor:
    import torch

    ids = torch.tensor([[1 + step % 2, 3 + step % 3]])
    loss: Tensor = (model(ids) - torch.tensor([1.0, -1.0])).square().sum()
    return loss


def lowers_a_loss(bench: OptimizerBench) -> None:
    model = bench.model()
    losses = bench.train(model, bench.updates(model), range(STEPS))
    before, after = sum(losses[:6]), sum(losses[-6:])
    told = f"the loss goes from {before / 6:.3g} to {after / 6:.3g} in {STEPS} steps of 0.01"
    expect(after < before, told)


def rests_without_a_rate(bench: OptimizerBench) -> None:
    """As at the end of a schedule."""
    model = bench.model()
    before = deepcopy(model.state_dict())
    bench.train(model, bench.updates(model), range(3), factor=0.0)
    name = differing(before, dict(model.state_dict()))
    expect(not name, f"{name} is moved by steps of a learning rate of 0")


def rests_without_a_gradient(bench: OptimizerBench) -> None:
    import torch

    model = bench.model()
    updates = bench.updates(model)
    before = deepcopy(model[1].state_dict())
    with updates, trying("a step of a model of which a weight has no gradient"):
        model[0](torch.tensor([[1, 2]])).sum().backward()
        updates.step()
    name = differing(before, dict(model[1].state_dict()))
    expect(not name, f"{name} is moved without a gradient")


def goes_on(bench: OptimizerBench) -> None:
    """From what the trainer's state keeps of it."""
    whole = bench.model()
    updates = bench.updates(whole)
    bench.train(whole, updates, range(5))
    again = bench.model()
    again.load_state_dict(whole.state_dict())
    others = bench.updates(again)
    with trying("load_state_dict of its state"):
        others.load_state_dict(deepcopy(updates.state_dict()))
    bench.train(whole, updates, range(5, 10))
    bench.train(again, others, range(5, 10))
    name = differing(dict(whole.state_dict()), dict(again.state_dict()))
    expect(not name, f"{name} is another one after it went on from its state")


def keeps_plain_data(bench: OptimizerBench) -> None:
    model = bench.model()
    updates = bench.updates(model)
    bench.train(model, updates, range(2))
    for value in _leaves(updates.state_dict()):
        expect(is_plain(value), f"its state has {kind_of(value)}")


def _leaves(value: object) -> list[object]:
    inside = list(value.values()) if isinstance(value, dict) else value
    if isinstance(inside, list | tuple):
        return [leaf for each in inside for leaf in _leaves(each)]
    return [value]


def is_the_same_again(bench: OptimizerBench) -> None:
    first, second = bench.model(), bench.model()
    for model in (first, second):
        bench.train(model, bench.updates(model), range(5))
    name = differing(dict(first.state_dict()), dict(second.state_dict()))
    expect(not name, f"{name} is another one after the same steps")


PROMISES: tuple[Promise[OptimizerBench], ...] = (
    *SETTINGS,
    Promise("its steps lower a loss", lowers_a_loss),
    Promise("a learning rate of 0 moves nothing", rests_without_a_rate),
    Promise("a weight without a gradient rests", rests_without_a_gradient),
    Promise("it goes on from its state to the same bits", goes_on),
    Promise("its state is plain data", keeps_plain_data),
    Promise("the same steps give the same bits", is_the_same_again),
)
