from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from nlpkit import (
    Collator,
    Dataset,
    Embedding,
    EmbeddingMean,
    Encoder,
    Experiment,
    Gru,
    Headlines,
    Loss,
    Metric,
    NlpkitError,
    Optimizer,
    Padify,
    Pooling,
    Schedule,
    Standard,
    Step,
    Tokenizer,
    Whitespace,
    run,
)
from nlpkit.errors import GivenError
from nlpkit.nn import FixedPool, last_pool
from nlpkit.settings.given import called, given


def odd(kind: type, **methods: object) -> Any:
    """A component called Odd whose methods give what a test says."""
    return dataclass(frozen=True)(type("Odd", (kind,), methods))()


def gives(value: object) -> Any:
    return lambda *told, **named: value


def experiment(**parts: Any) -> Experiment:
    usual: dict[str, Any] = {
        "data": Headlines(train_size=40, valid_size=10, test_size=10),
        "tokenizer": Whitespace(),
        "collator": Padify(),
        "encoder": EmbeddingMean(),
        "trainer": Standard(epochs=1, batch_size=64),
    }
    return Experiment(**usual | parts)


def trained_by(**parts: Any) -> Experiment:
    return experiment(trainer=Standard(**{"epochs": 1, "batch_size": 64, **parts}))


def metric(name: object) -> Any:
    return odd(Metric, name=property(gives(name)), build=gives(gives(0.5)))


class Wide(torch.nn.Module):
    output_dim = 3

    def forward(self, batch: object) -> torch.Tensor:
        return torch.zeros(2, 4)


PADDED = property(gives(Padify().produces))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (
            lambda: experiment(data=odd(Dataset, build=gives(None))),
            "Odd.build gives none, but a func",
        ),
        (lambda: experiment(data=odd(Dataset, build=gives(gives(1)))), "<lambda> gives 1, but a Splits"),
        (
            lambda: experiment(tokenizer=odd(Tokenizer, build=gives(len), problems_here=gives(None))),
            "Odd.problems_here gives none, but an iterable of NlpkitError",
        ),
        (
            lambda: experiment(tokenizer=odd(Tokenizer, build=gives(len), problems_here=gives([1]))),
            "Odd.problems_here gives a list, but an iterable of NlpkitError",
        ),
        (
            lambda: experiment(collator=odd(Collator, build=gives(len), produces=property(gives(5)))),
            "Odd.produces gives 5, but a subclass of Batch",
        ),
        (
            lambda: experiment(collator=odd(Collator, build=gives("x"), produces=PADDED)),
            "Odd.build gives 'x', but a function",
        ),
        (
            lambda: experiment(collator=odd(Collator, build=gives(gives([])), produces=PADDED)),
            "<lambda> gives a list, but a Batch",
        ),
        (
            lambda: experiment(encoder=odd(Encoder, build=gives(len), accepts=property(gives((int,))))),
            "Odd.accepts gives (<class 'int'>,), but a subclass of Batch, or a tuple of several,",
        ),
        (
            lambda: experiment(encoder=odd(Encoder, build=gives(torch.nn.Identity()), accepts=PADDED)),
            "Odd.build gives Identity(), but an nn.Module with a whole number as output_dim",
        ),
        (
            lambda: experiment(encoder=odd(Encoder, build=gives(Wide()), accepts=PADDED)),
            "Wide.forward gives a Tensor of the shape [2, 4], but a tensor of one vector of 3 a text",
        ),
        (
            lambda: trained_by(optimizer=odd(Optimizer, build=gives(None))),
            "Odd.build gives none, but a torch.optim.Optimizer",
        ),
        (
            lambda: trained_by(schedule=odd(Schedule, build=gives("linear"))),
            "Odd.build gives 'linear', but a function",
        ),
        (
            lambda: trained_by(schedule=odd(Schedule, build=gives(gives("1")))),
            "<lambda> gives '1', but a number",
        ),
        (lambda: trained_by(loss=odd(Loss, build=gives(None))), "Odd.build gives none, but a func"),
        (
            lambda: trained_by(
                loss=odd(Loss, build=gives(lambda logits, labels: logits[:, 0])), batch_size=40
            ),
            "<lambda> gives a Tensor of the shape [40], but a tensor of one number",
        ),
        (
            lambda: trained_by(steps=(odd(Step, build=gives(None)),)),
            "Odd.build gives none, but a func",
        ),
        (
            lambda: trained_by(steps=(odd(Step, build=gives(gives(1))),)),
            "<lambda> gives 1, but a Passed",
        ),
        (lambda: experiment(metrics=("accuracy", metric(3))), "Odd.name gives 3, but a string"),
    ],
)
def test_what_a_component_gives_is_named_where_it_does_not_fit(build: Any, said: str) -> None:
    with pytest.raises(GivenError) as raised:
        run(build())
    told = str(raised.value).replace("gives.<locals>.", "").replace(f"{__name__}.", "")
    assert said in told
    assert told.endswith(" is expected")


def asleep(go: Any, batch: object, labels: object) -> Any:
    go.model.eval()
    return go(batch, labels)


def of_each_text(go: Any, batch: object, labels: Any) -> Any:
    return replace(go(batch, labels), loss=torch.ones(len(labels)))


def half(number: float) -> float:
    return number / 2


class Halving(torch.nn.Module):
    output_dim = 3

    def forward(self, number: torch.Tensor) -> torch.Tensor:
        return number / 2


def lbfgs(self: object, parameters: Any, learning_rate: float) -> Any:
    return torch.optim.LBFGS(parameters, learning_rate)


def pooled_by(*pools: Any) -> Experiment:
    pooling: Any = [odd(Pooling, build=gives(each)) for each in pools]
    return experiment(
        encoder=Gru(hidden_size=3, bidirectional=False, pooling=pooling, embedding=Embedding(size=2))
    )


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: trained_by(steps=(odd(Step, build=gives(asleep)),)), "leaves the model in eval mode: call"),
        (lambda: trained_by(steps=(odd(Step, build=gives(of_each_text)),)), "of_each_text gives a Tensor of"),
        (
            lambda: trained_by(steps=(odd(Step, build=gives(half)),)),
            "half is called with 3 arguments",
        ),
        (
            lambda: trained_by(loss=odd(Loss, build=gives(half))),
            "half is called with 2 arguments",
        ),
        (lambda: trained_by(schedule=odd(Schedule, build=gives(half))), "half is called with 2 arguments"),
        (lambda: trained_by(optimizer=odd(Optimizer, build=lbfgs)), "LBFGS.step is called with 0 arguments"),
        (lambda: pooled_by(half), "gives <function half"),
        (
            lambda: pooled_by(FixedPool(lambda states, mask: states, 3)),
            "Tensor of the shape [40, 39, 3]",
        ),
        (
            lambda: pooled_by(FixedPool(last_pool, 3), FixedPool(last_pool, 4)),
            "[40, 3], but a tensor of",
        ),
        (lambda: pooled_by(Halving()), "Halving is called with 2 arguments: too many positional arguments"),
        (lambda: pooled_by(torch.nn.Identity()), "gives Identity(), but an nn.Module with a whole number as"),
    ],
)
def test_what_cannot_be_used_as_it_is_meant_is_at_fault(build: Any, said: str) -> None:
    with pytest.raises(GivenError) as raised:
        run(build())
    assert said in str(raised.value)


def test_what_raises_inside_is_raised_as_it_is() -> None:
    with pytest.raises(TypeError, match="unsupported operand") as raised:
        called(half, "x")
    assert type(raised.value) is TypeError
    assert called(half, 3) == 1.5


def test_a_component_that_gives_something_else_is_at_fault_and_refuses_nothing() -> None:
    assert not issubclass(GivenError, NlpkitError)


def test_the_function_that_gave_it_is_kept_also_of_a_property() -> None:
    with pytest.raises(GivenError) as raised:
        given(5, False, "a layout", odd(Collator, produces=PADDED, build=gives(1)), "produces")
    assert raised.value.function is PADDED.fget
