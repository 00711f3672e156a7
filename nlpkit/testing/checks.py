"""The checks of each kind of component, and what runs them one by one or all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from nlpkit.components.kinds import (
    Collator,
    Component,
    Dataset,
    Encoder,
    Loss,
    Metric,
    Optimizer,
    Pooling,
    Schedule,
    Step,
    Tokenizer,
    Trainer,
)
from nlpkit.testing import collator as collators
from nlpkit.testing import dataset as datasets
from nlpkit.testing import encoder as encoders
from nlpkit.testing import loss as losses
from nlpkit.testing import metric as metrics
from nlpkit.testing import optimizer as optimizers
from nlpkit.testing import pooling as poolings
from nlpkit.testing import predicted, settings
from nlpkit.testing import schedule as schedules
from nlpkit.testing import step as steps
from nlpkit.testing import tokenizer as tokenizers
from nlpkit.testing import trainer as trainers
from nlpkit.testing.collator_bench import CollatorBench
from nlpkit.testing.encoder_bench import EncoderBench
from nlpkit.testing.promises import Bench, Check, Outcome, Promise, label
from nlpkit.testing.samples import sample_vocab
from nlpkit.testing.trainer_bench import TrainerBench

if TYPE_CHECKING:
    import pytest

    from nlpkit.vocab import Vocab


def check_encoder(encoder: Encoder, *, vocab: Vocab | None = None, collator: Collator | None = None) -> None:
    """BrokenPromise, with one sentence, for the first promise that an encoder does not keep.

    It is tried on the batches of every built-in collator whose layout it accepts, or of `collator`, and on
    the ids of an invented vocabulary, or of `vocab`.
    """
    _run(encoder, vocab=vocab, collator=collator)


def check_collator(collator: Collator, *, vocab: Vocab | None = None) -> None:
    """BrokenPromise, with one sentence, for the first promise that a collator does not keep."""
    _run(collator, vocab=vocab)


def check_tokenizer(tokenizer: Tokenizer) -> None:
    """BrokenPromise, with one sentence, for the first promise that a tokenizer does not keep."""
    _run(tokenizer)


def check_trainer(
    trainer: Trainer, *, encoder: Encoder | None = None, collator: Collator | None = None
) -> None:
    """BrokenPromise, with one sentence, for the first promise that a trainer does not keep.

    The model is the mean of token vectors, or `encoder` on the batches of `collator`.
    """
    _run(trainer, encoder=encoder, collator=collator)


def check_dataset(dataset: Dataset) -> None:
    """BrokenPromise, with one sentence, for the first promise that a dataset does not keep."""
    _run(dataset)


def check_metric(metric: Metric) -> None:
    """BrokenPromise, with one sentence, for the first promise that a metric does not keep."""
    _run(metric)


def check_pooling(pooling: Pooling, *, vocab: Vocab | None = None) -> None:
    """BrokenPromise, with one sentence, for the first promise that a pooling does not keep."""
    _run(pooling, vocab=vocab)


def check_optimizer(optimizer: Optimizer) -> None:
    """BrokenPromise, with one sentence, for the first promise that an optimizer does not keep."""
    _run(optimizer)


def check_schedule(schedule: Schedule) -> None:
    """BrokenPromise, with one sentence, for the first promise that a schedule does not keep."""
    _run(schedule)


def check_loss(loss: Loss) -> None:
    """BrokenPromise, with one sentence, for the first promise that a loss does not keep."""
    _run(loss)


def check_step(step: Step) -> None:
    """BrokenPromise, with one sentence, for the first promise that a step does not keep."""
    _run(step)


def check_predicted(plugin: object) -> None:
    """BrokenPromise, with one sentence, for the first promise that the `nlpkit_predicted` of a plugin does
    not keep: of a module, or any other object that has the hook.
    """
    _run(plugin)


def _run(component: object, **given: Any) -> None:
    for check in checks_of(component, **given):
        try:
            check(component)
        except SkipTest:
            continue


def checks_of(
    component: object,
    *,
    vocab: Vocab | None = None,
    collator: Collator | None = None,
    encoder: Encoder | None = None,
) -> list[Check]:
    """One check for each promise; `check(component)` tries it, and `check.promise` says what it is.

    They share what is slow to make. A kind that has no promises of its own has those of settings, and what is
    no component those of `nlpkit_predicted`.
    """
    bench_of, promises = _kit(component, vocab, collator, encoder)
    shared = _Shared(bench_of)
    return [Check(promise, shared) for promise in promises]


def outcomes(component: object) -> Iterator[Outcome]:
    """What became of each promise."""
    return (Outcome.of(check, component) for check in checks_of(component))


def parametrize_with_checks(components: Iterable[Component], **given: Any) -> pytest.MarkDecorator:
    """A pytest decorator: each promise of each component is a test, with `component` and `check`.

    What is given beside the components is as in `checks_of`.
    """
    import pytest

    cases = [
        pytest.param(
            component, check, id=f"{label(component)}: {check.promise}".encode("ascii", "replace").decode()
        )
        for component in components
        for check in checks_of(component, **given)
    ]
    return pytest.mark.parametrize(("component", "check"), cases)


def examples_of(settings: type[Component]) -> Sequence[Component]:
    """What to check of a settings class: the instances that its `examples()` gives, else its defaults.

    TypeError or ValueError where it has no examples, and settings without a default.
    """
    examples = getattr(settings, "examples", None)
    return tuple(examples()) if callable(examples) else (settings(),)


class _Shared:
    """The bench of the component that was seen last."""

    def __init__(self, bench_of: Callable[[Any], Bench]) -> None:
        self._bench_of = bench_of
        self._last: Bench | None = None

    def __call__(self, component: object) -> Bench:
        if self._last is None or self._last.component is not component:
            self._last = self._bench_of(component)
        return self._last


def _kit(
    component: object, vocab: Vocab | None, collator: Collator | None, encoder: Encoder | None
) -> tuple[Callable[[Any], Bench], Sequence[Promise[Any]]]:
    """What makes the bench of a component, and the promises of its kind."""
    if not isinstance(component, Component):
        return predicted.PredictedBench, predicted.PROMISES
    kits: dict[type[Component], tuple[Callable[[Any], Bench], Sequence[Promise[Any]]]] = {
        Encoder: (lambda each: EncoderBench.of(each, vocab, collator), encoders.PROMISES),
        Collator: (lambda each: CollatorBench(each, vocab or sample_vocab()), collators.PROMISES),
        Tokenizer: (tokenizers.TokenizerBench, tokenizers.PROMISES),
        Trainer: (lambda each: TrainerBench.of(each, encoder, collator), trainers.PROMISES),
        Dataset: (datasets.DatasetBench, datasets.PROMISES),
        Pooling: (lambda each: poolings.PoolingBench(each, vocab), poolings.PROMISES),
        Optimizer: (optimizers.OptimizerBench, optimizers.PROMISES),
        Schedule: (schedules.ScheduleBench, schedules.PROMISES),
        Metric: (metrics.MetricBench, metrics.PROMISES),
        Loss: (losses.LossBench, losses.PROMISES),
        Step: (steps.StepBench, steps.PROMISES),
    }
    of_settings = (Bench, settings.PROMISES)
    return next((kit for kind, kit in kits.items() if isinstance(component, kind)), of_settings)
