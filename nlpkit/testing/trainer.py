"""What a trainer promises."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from nlpkit.components.kinds import Collator, Encoder, Trainer
from nlpkit.errors import ConfigError
from nlpkit.settings.walk import is_settings, walk
from nlpkit.system.terminal import counted
from nlpkit.testing.encoder_bench import seeded
from nlpkit.testing.promises import Bench, BrokenPromise, Promise, Skipped, expect, trying
from nlpkit.testing.samples import ragged
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.values import bytes_of_tensors, differing, equal, is_plain, kind_of
from nlpkit.vocab import Labels, Vocab

if TYPE_CHECKING:
    from nlpkit.nn.classifier import Classifier
    from nlpkit.training.rows import Rows
    from nlpkit.training.state import EpochReport, TrainerState, Training

MOST_EPOCHS = 1000
TEXTS = 640
LEARNED = 0.9  # of the validation texts; a third is what guessing has
SEED = 13

_WORDS = {"animal": "cat dog fox owl", "colour": "red blue pink grey", "number": "one two six ten"}


@dataclass
class Trained:
    """A model after training, its reports, and the state after each, `kept` as it was then."""

    model: Classifier
    reports: list[EpochReport]
    states: list[TrainerState]
    kept: list[TrainerState]


@dataclass
class TrainerBench(Bench):
    """640 short texts of three classes, each with words of its own, and 60 for validation."""

    component: Trainer
    encoder: Encoder
    collator: Collator

    @classmethod
    def of(cls, component: Trainer, encoder: Encoder | None, collator: Collator | None) -> TrainerBench:
        from nlpkit.components.collators import Padify
        from nlpkit.components.embedding import Embedding
        from nlpkit.components.encoders import EmbeddingMean

        if encoder is None and callable(suited := getattr(component, "trained_with", None)):
            encoder, collator = suited()
        return cls(
            component,
            encoder or EmbeddingMean(embedding=Embedding(size=16)),
            collator or Padify(max_tokens=None),
        )

    @cached_property
    def vocab(self) -> Vocab:
        return Vocab(" ".join(_WORDS.values()).split())

    @cached_property
    def labels(self) -> Labels:
        return Labels(sorted(_WORDS))

    def rows(self, count: int, seed: int, *, wrong: bool = False) -> Rows:
        """Texts of 1 to 7 words, each from the words of its class, or labelled as another one."""
        import numpy as np

        from nlpkit.training.rows import Rows

        random = Random(seed)
        names = [self.labels.names[i % len(self.labels)] for i in range(count)]
        texts = [random.choices(_WORDS[name].split(), k=random.randint(1, 7)) for name in names]
        ids = ragged([self.vocab.ids(tokens) for tokens in texts])
        labels = (np.array(self.labels.ids(names), np.int64) + wrong) % len(self.labels)
        return Rows(ids, labels, self.collator.build(self.vocab))

    def model(self, seed: int = 0) -> Classifier:
        from nlpkit.nn.classifier import Classifier

        with seeded(seed):
            return Classifier(self.encoder.build(self.vocab), len(self.labels))

    def train(
        self, state: TrainerState | None = None, *, valid: int = 60, seed: int = 0, wrong: bool = False
    ) -> Trained:
        """A new model from weights of the given seed, trained from a state to the end, perhaps with
        validation texts that it answers worse the more it learns.
        """
        found = Trained(self.model(seed), [], [], [])
        with seeded(seed), trying("training"):
            training = self.training(found.model, state, valid=valid, wrong=wrong)
            for report in islice(training, MOST_EPOCHS):
                found.reports.append(report)
                found.states.append(training.state())
                found.kept.append(deepcopy(found.states[-1]))
        return found

    def training(
        self, model: Classifier, state: TrainerState | None = None, *, valid: int = 60, wrong: bool = False
    ) -> Training:
        """What the trainer makes of a model, before its first epoch."""
        train = self.component.build(self.labels, SEED)
        return train(model, self.rows(TEXTS, 1), self.rows(valid, 2, wrong=wrong), state)

    @cached_property
    def usual(self) -> Trained:
        """Trained once, for all promises; who changes it copies it."""
        found = self.train()
        expect(bool(found.reports), "training gives no report")
        return found


def learns(bench: TrainerBench) -> None:
    """Each class has its own words."""
    valid, epochs = bench.rows(60, 2), len(bench.usual.reports)
    with trying("predicting with the trained model"):
        found = valid.probabilities(bench.usual.model)
    accuracy = float((valid.decision.labels(found) == valid.labels).mean())
    expect(
        accuracy >= LEARNED,
        f"after {counted(epochs, 'epoch')} of {TEXTS} texts {accuracy:.1%} of the validation texts are right "
        f"where {LEARNED:.0%} are expected; if these settings learn too slowly for that, check others",
    )


def stops(bench: TrainerBench) -> None:
    """Reports are numbered from 1, and there are no more than they say."""
    reports = bench.usual.reports
    epochs, numbers = reports[-1].epochs, [report.epoch for report in reports]
    in_turn = numbers == list(range(1, len(reports) + 1))
    expect(in_turn, f"reports are of the epochs {_few(numbers)}, not of 1, 2, ...")
    expect(
        len(reports) <= epochs,
        f"there are {len(reports)} reports or more where they say {counted(epochs, 'epoch')}",
    )


def resumes(bench: TrainerBench) -> None:
    """From the state after any epoch, in a new model, to the same bits."""
    whole = bench.usual
    for place in sorted({0, len(whole.kept) // 2, len(whole.kept) - 1}):
        epoch = whole.reports[place].epoch
        resumed = bench.train(deepcopy(whole.kept[place]), seed=place + 1)
        numbers = [report.epoch for report in resumed.reports]
        left = [report.epoch for report in whole.reports[place + 1 :]]
        expect(
            numbers == left,
            f"from the state after epoch {epoch} it goes on with epochs {_few(numbers)}, not {_few(left)}",
        )
        for one, other in zip(whole.reports[place + 1 :], resumed.reports, strict=True):
            expect(
                (one.train_loss, one.valid) == (other.train_loss, other.valid),
                f"from the state after epoch {epoch}, epoch {one.epoch} has the training loss "
                f"{other.train_loss!r} and {other.valid}, not {one.train_loss!r} and {one.valid}",
            )
        name = differing(whole.model.state_dict(), resumed.model.state_dict())
        expect(not name, f"from the state after epoch {epoch} {name} ends up with other bits")


def is_the_same_again(bench: TrainerBench) -> None:
    """The same seed and the same first weights."""
    again = bench.train()
    name = differing(bench.usual.model.state_dict(), again.model.state_dict())
    expect(not name, f"{name} ends up with other bits when the same model is trained again with seed {SEED}")


def leaves_the_best(bench: TrainerBench) -> None:
    """In eval mode, whether the best epoch is one of the last or of the first."""
    for found in (bench.usual, bench.train(wrong=True)):
        _leaves_the_best(found)


def _leaves_the_best(found: Trained) -> None:
    model, reports, state = found.model, found.reports, found.kept[-1]
    training = [name or "the model" for name, module in model.named_modules() if module.training]
    expect(not training, f"{training and training[0]} is in training mode at the end")
    best = [report.epoch for report in reports if report.best]
    expect(bool(best), "no report says that its epoch is the best")
    expect(
        state.best_epoch == best[-1],
        f"the last state says that epoch {state.best_epoch} is the best, and the reports say {best[-1]}",
    )
    of_best = found.kept[best[-1] - 1].best_model
    name = differing(of_best, state.best_model)
    expect(
        not name,
        f"{name} of the last state's best_model is not what it was after epoch {best[-1]}, the best one",
    )
    name = differing(of_best, model.state_dict())
    expect(
        not name,
        f"{name} at the end is not what it is in best_model after epoch {best[-1]} of {len(reports)}, "
        f"the best one",
    )


def tells_plain_data(bench: TrainerBench) -> None:
    """Reports are numbers and strings; states have tensors on the CPU as well, and are not changed later."""
    for report in bench.usual.reports:
        for path, value in _leaves(report, "report").items():
            plain = value is None or isinstance(value, bool | int | float | str)
            expect(plain, f"{path} of epoch {report.epoch} is {kind_of(value)}, which is no plain data")
    for epoch, (state, kept) in enumerate(zip(bench.usual.states, bench.usual.kept, strict=True), 1):
        now = _leaves(state, "state")
        for path, before in _leaves(kept, "state").items():
            expect(is_plain(before), f"{path} of epoch {epoch} is {kind_of(before)}, which is no plain data")
            expect(equal(now.get(path), before), f"{path} of epoch {epoch} has changed since it was told")


def keeps_no_history(bench: TrainerBench) -> None:
    """What is alive after the last epoch is no more than after the second one."""
    if len(bench.usual.reports) < 3:
        raise Skipped("there are fewer than three epochs")
    reports, alive = [], []
    with seeded(0), trying("training"):
        for report in islice(bench.training(bench.model()), MOST_EPOCHS):
            reports.append(report)
            alive.append(bytes_of_tensors())
    expect(
        alive[-1] <= alive[1] + 1000,
        f"{alive[-1] - alive[1]:,} bytes of tensors more are alive after {len(alive)} epochs than after 2: a "
        f"report, or the trainer, keeps what each epoch has made",
    )


def trains_without_validation(bench: TrainerBench) -> None:
    """The last epoch is the best one then. What cannot be done without them, such as patience, is refused."""
    try:
        found = bench.train(valid=0)
    except BrokenPromise as broken:
        if isinstance(broken.__cause__, ConfigError):
            return
        raise
    expect(bool(found.reports), "training without validation rows gives no report")
    last = found.reports[-1]
    expect(last.best, f"without validation rows the last epoch, {last.epoch}, is not the best one")
    name = differing(found.kept[-1].best_model, found.model.state_dict())
    expect(not name, f"without validation rows {name} is not what it was after the last epoch")


def _leaves(value: Any, path: str) -> dict[str, Any]:
    """What is in nested containers, by where it is."""
    found = {place: each for place, each in walk(value, path) if not isinstance(each, dict | list | tuple)}
    return {place: each for place, each in found.items() if not is_settings(each)}


def _few(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:6])) + ", ..." * (len(numbers) > 6)
    return shown or "none"


PROMISES: tuple[Promise[TrainerBench], ...] = (
    *SETTINGS,
    Promise("it learns texts whose classes have their own words", learns),
    Promise("it stops after its epochs", stops),
    Promise("it goes on from the state after any epoch to the same bits", resumes),
    Promise("the same seed gives the same bits", is_the_same_again),
    Promise("it leaves the weights that its last state calls best, in eval mode", leaves_the_best),
    Promise("reports and states are plain data that does not change", tells_plain_data),
    Promise("memory does not grow with the number of epochs", keeps_no_history),
    Promise("it trains without validation rows, or refuses to", trains_without_validation),
)
