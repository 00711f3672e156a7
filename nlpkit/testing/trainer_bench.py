"""A trainer on trial: texts that are easy to learn, and what became of a model."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Collator, Encoder, Trainer
from nlpkit.testing.encoder_bench import seeded
from nlpkit.testing.promises import Bench, expect, trying
from nlpkit.testing.samples import ragged
from nlpkit.vocab import Labels, Vocab

if TYPE_CHECKING:
    from nlpkit.nn.classifier import Classifier
    from nlpkit.training.rows import Rows
    from nlpkit.training.state import EpochReport, TrainerState, Training

MOST_EPOCHS = 1000
TEXTS = 640
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

    def prepare(self) -> None:
        import torch  # noqa: F401

    def uses(self) -> Iterator[str]:
        training = self.training(self.model())
        yield "build(labels, seed)"
        for report in islice(training, 2):
            yield f"epoch {report.epoch}"
        training.state()
        yield "state()"

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
        self,
        state: TrainerState | None = None,
        *,
        valid: int | Rows = 60,
        seed: int = 0,
        wrong: bool = False,
        what: str = "training",
    ) -> Trained:
        """A new model from weights of the given seed, trained from a state to the end, perhaps with
        validation texts that it answers worse the more it learns; `what` is said of an error.
        """
        found = Trained(self.model(seed), [], [], [])
        with seeded(seed), trying(what):
            training = self.training(found.model, state, valid=valid, wrong=wrong)
            for report in islice(training, MOST_EPOCHS):
                found.reports.append(report)
                found.states.append(training.state())
                found.kept.append(deepcopy(found.states[-1]))
        return found

    def training(
        self,
        model: Classifier,
        state: TrainerState | None = None,
        *,
        valid: int | Rows = 60,
        wrong: bool = False,
    ) -> Training:
        """What the trainer makes of a model, before its first epoch."""
        rows = self.rows(valid, 2, wrong=wrong) if isinstance(valid, int) else valid
        return self.component.build(self.labels, SEED)(model, self.rows(TEXTS, 1), rows, state)

    @cached_property
    def usual(self) -> Trained:
        """Trained once, for all promises; who changes it copies it."""
        found = self.train()
        expect(bool(found.reports), "training gives no report")
        return found
