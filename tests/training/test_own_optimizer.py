"""An optimizer and a schedule that are components: in training, in files, in states, and on trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlpkit import (
    ConfigError,
    EmbeddingMean,
    Experiment,
    Headlines,
    Optimizer,
    Schedule,
    Standard,
    load_experiment,
    load_plugins,
    run,
)
from nlpkit.experiment.file import dump_experiment
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.testing import BrokenPromise, check_optimizer, check_schedule, outcomes
from nlpkit.training import LoopSettings, RowRule
from nlpkit.training.kinds import Adagrad, Adam, Adamw, Constant, Cosine, Linear, NamedOptimizer, Sgd
from nlpkit.training.updates import Updates

DATA = Headlines(train_size=60, valid_size=8, test_size=8)


@dataclass(frozen=True)
class SignRule:
    """Each weight is moved by the sign of its gradient."""

    moments = 0

    def move(
        self,
        weights: list[Tensor],
        gradients: list[Tensor],
        moments: list[list[Tensor]],
        steps: list[Tensor],
        learning_rate: float,
    ) -> None:
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.sub_(learning_rate * gradient.sign())


class SignSteps(torch.optim.Optimizer):
    def __init__(self, parameters: Any, lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    weight.sub_(group["lr"] * weight.grad.sign())


@dataclass(frozen=True)
class Signs(Optimizer):
    """Steps of one length.

    by_rows: move the rows of a batch alone
    biases: share of the learning rate of vectors
    """

    by_rows: bool = False
    biases: float = 1.0

    def build(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        vectors = [each for each in parameters if each.ndim == 1]
        others = [each for each in parameters if each.ndim > 1]
        groups = [{"params": others}, {"params": vectors, "lr": learning_rate * self.biases}]
        return SignSteps([each for each in groups if each["params"]], lr=learning_rate)

    def row_rule(self) -> RowRule | None:
        return SignRule() if self.by_rows else None


@dataclass(frozen=True)
class Nadam(Optimizer):
    """torch's own."""

    def build(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        return torch.optim.NAdam(parameters, lr=learning_rate)


@dataclass(frozen=True)
class Halving(Schedule):
    """Half as long at each quarter of the steps."""

    def build(self) -> Callable[[int, int], float]:
        return lambda step, steps: 0.5 ** (4 * step // steps)


def weights(trainer: Standard) -> dict[str, Tensor]:
    result = run(Experiment(data=DATA, encoder=EmbeddingMean(), trainer=trainer))
    return dict(result.model.classifier.state_dict())


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


NAMED: list[tuple[Any, NamedOptimizer]] = [
    ("adam", Adam()), ("adamw", Adamw()), ("adagrad", Adagrad()), ("sgd", Sgd()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "component"), NAMED)
def test_a_name_and_its_component_are_the_same_bits(name: Any, component: NamedOptimizer) -> None:
    assert same(weights(Standard(optimizer=name, epochs=2)), weights(Standard(optimizer=component, epochs=2)))


def test_weight_decay_and_momentum_are_settings_of_the_component() -> None:
    named = Standard(optimizer="sgd", momentum=0.9, weight_decay=0.1, epochs=2, learning_rate=0.1)
    table = Standard(optimizer=Sgd(momentum=0.9, weight_decay=0.1), epochs=2, learning_rate=0.1)
    assert same(weights(named), weights(table))
    with pytest.raises(ConfigError) as caught:
        Standard(optimizer=Sgd(), weight_decay=0.1, momentum=0.9)
    for name in ("weight_decay", "momentum"):
        said = f"{name}: is a setting of adam, adamw, adagrad and sgd; that of another one is in trainer.opt"
        assert said in str(caught.value)


def test_one_without_a_row_rule_moves_tables_whole_and_one_with_it_moves_rows() -> None:
    model = nn.ModuleList([TokenEmbedding(6, 2), nn.Linear(2, 2)])
    assert Updates(model, LoopSettings(optimizer=Nadam())).rows == []
    assert len(Updates(model, LoopSettings(optimizer=Signs(by_rows=True))).rows) == 1
    assert Updates(model, LoopSettings(optimizer=Signs(by_rows=True)), rowwise=False).rows == []
    assert same(weights(Standard(optimizer=Signs())), weights(Standard(optimizer=Signs(by_rows=True))))


def test_each_group_keeps_its_share_of_the_learning_rate() -> None:
    layer = nn.Linear(2, 1)
    before = [each.detach().clone() for each in (layer.weight, layer.bias)]
    updates = Updates(layer, LoopSettings(optimizer=Signs(biases=0.5), learning_rate=0.1))
    layer(torch.ones(1, 2)).sum().backward()
    updates.step(0.2)
    torch.testing.assert_close(before[0] - layer.weight, torch.full((1, 2), 0.02))
    torch.testing.assert_close(before[1] - layer.bias, torch.full((1,), 0.01))
    assert layer.weight.grad is None


def test_workers_find_what_one_finds() -> None:
    one = weights(Standard(optimizer=Nadam(), epochs=1, device="cpu"))
    two = weights(Standard(optimizer=Nadam(), epochs=1, device="cpu", workers=2))
    for name, found in one.items():
        torch.testing.assert_close(found, two[name], rtol=0, atol=1e-4)


def test_a_schedule_is_asked_for_each_step_after_the_warm_up() -> None:
    asked: list[tuple[int, int]] = []

    @dataclass(frozen=True)
    class Ask(Schedule):
        """It asks."""

        def build(self) -> Callable[[int, int], float]:
            return lambda step, steps: asked.append((step, steps)) or 1.0

    weights(Standard(schedule=Ask(), epochs=2, batch_size=15, warmup_fraction=0.25))
    assert asked == [(step, 6) for step in range(6)]


@pytest.mark.parametrize(
    ("name", "component"), [("linear", Linear()), ("cosine", Cosine()), ("constant", Constant())]
)
def test_a_schedule_by_name_is_its_component(name: Any, component: Schedule) -> None:
    assert same(
        weights(Standard(schedule=name, warmup_fraction=0.1)),
        weights(Standard(schedule=component, warmup_fraction=0.1)),
    )


def test_the_learning_rate_follows_the_schedule() -> None:
    trainer = Standard(schedule=Halving(), epochs=4, learning_rate=0.01)
    result = run(Experiment(data=DATA, encoder=EmbeddingMean(), trainer=trainer))
    assert [each.learning_rate for each in result.epochs] == pytest.approx([0.01, 0.005, 0.0025, 0.00125])


@pytest.mark.parametrize(("factor", "said"), [(-0.5, "-0.5"), (float("nan"), "nan"), (float("inf"), "inf")])
def test_what_is_no_factor_is_refused(factor: float, said: str) -> None:
    @dataclass(frozen=True)
    class Odd(Schedule):
        """Odd."""

        def build(self) -> Callable[[int, int], float]:
            return lambda step, steps: factor

    with pytest.raises(ConfigError) as caught:
        weights(Standard(schedule=Odd(), epochs=1, batch_size=64))
    assert str(caught.value) == (
        f"trainer.schedule: the schedule gives the factor {said} at step 0 of 1\n"
        "  a factor is a finite number of 0 or more"
    )


def loaded(folder: Path, *lines: str) -> Experiment:
    own = load_plugins().given([Signs, Halving])
    head = ['data = "headlines"', 'encoder = "embedding_mean"', "[trainer]", 'type = "standard"']
    text = "\n".join([*head, *lines]).replace("MINE", __name__)
    (folder / "x.toml").write_text(text, encoding="utf-8")
    experiment = load_experiment(folder / "x.toml", plugins=own)
    (folder / "y.toml").write_text(dump_experiment(experiment, own), encoding="utf-8")
    assert load_experiment(folder / "y.toml", plugins=own) == experiment
    return experiment


def test_a_file_has_names_or_tables(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'optimizer = "adamw"', 'schedule = "cosine"').trainer == Standard(
        optimizer="adamw", schedule="cosine"
    )
    own = ['optimizer = {type = "MINE:Signs", biases = 0.5}', 'schedule = "MINE:Halving"']
    assert loaded(tmp_path, *own).trainer == Standard(optimizer=Signs(biases=0.5), schedule=Halving())
    with pytest.raises(ConfigError, match="optimizer 'adamm' is not known; did you mean adam"):
        loaded(tmp_path, 'optimizer = "adamm"')
    with pytest.raises(ConfigError, match="schedule 'cosin' is not known; did you mean cosine"):
        loaded(tmp_path, 'schedule = "cosin"')


def failing(component: Any) -> set[str]:
    return {each.promise for each in outcomes(component) if each.state == "broken"}


HERE = {"importing its settings does not import torch"}  # torch is imported by this module


def test_promises_are_kept() -> None:
    for optimizer in (Adam(), Adamw(weight_decay=0.1), Adagrad(), Sgd(momentum=0.9)):
        assert failing(optimizer) == set()
    for own in (Signs(), Signs(by_rows=True), Nadam(), Halving()):
        assert failing(own) <= HERE
    for schedule in (Constant(), Linear(), Cosine()):
        assert failing(schedule) == set()


def test_promises_that_are_broken_are_told() -> None:
    class Forgets(SignSteps):
        taken = 0

        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            self.taken += 1  # is no part of its state
            for group in self.param_groups:
                group["lr"] *= self.taken
            super().step()

    @dataclass(frozen=True)
    class Forgetful(Optimizer):
        """Forgetful."""

        def build(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
            return Forgets(parameters, lr=learning_rate)

    @dataclass(frozen=True)
    class Up(Optimizer):
        """Up."""

        def build(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
            return torch.optim.SGD(parameters, lr=learning_rate, maximize=True)

    @dataclass(frozen=True)
    class Counting(Schedule):
        """Counting."""

        def build(self) -> Callable[[int, int], float]:
            asked: list[int] = []
            return lambda step, steps: asked.append(step) or 1 / len(asked)

    assert "it goes on from its state to the same bits" in failing(Forgetful())
    assert "its steps lower a loss" in failing(Up())
    assert "a factor depends on the step and the number of steps alone" in failing(Counting())
    with pytest.raises(BrokenPromise):
        check_schedule(Counting())
    with pytest.raises(BrokenPromise):
        check_optimizer(Up())
