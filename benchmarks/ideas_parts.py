"""What the ideas of benchmarks/ideas.py are made of: a step, a schedule, a trainer, vectors, a CNN.

Axes: B texts of a batch, R rows, C classes, V words, E size of a vector.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from nlpkit_cnn import Cnn
from numpy.typing import NDArray
from scipy.sparse import coo_matrix  # type: ignore[import-untyped]
from sklearn.decomposition import TruncatedSVD  # type: ignore[import-untyped]
from torch import Tensor

from nlpkit import Batch, Embedding, Labels, Member, Schedule, Splits, Standard, Step, scores
from nlpkit.nn import vectors_through
from nlpkit.nn.finished import finish_training
from nlpkit.runs.told import Told
from nlpkit.runs.trained import _untrained
from nlpkit.scoring.losses import log_probabilities
from nlpkit.text.indexing import text_tokenizer
from nlpkit.training import Loop, Pass, Passed, Rows, StepFunction, TrainingProgress
from nlpkit.training.best import standard_error
from nlpkit.training.state import Train, TrainerState, Training
from nlpkit.training.steps.fgm import _noise, _seen

CYCLES = 3
WINDOW = 5  # words to either side
SMALL = 0.1  # how far vectors are moved to find the direction of the largest change


@dataclass(frozen=True)
class Vat(Step):
    """Have the probabilities stay where token vectors move to what changes them most (Miyato et al., 2017).

    epsilon: how far the vectors of a text, taken as one, are moved
    """

    epsilon: float = 1.0

    def build(self) -> StepFunction:
        return partial(virtual, epsilon=self.epsilon)


def virtual(go: Pass, batch: Batch, labels: Tensor, *, epsilon: float) -> Passed:
    """The loss, and beside it the divergence of the probabilities from those with each text's token vectors
    moved: by epsilon * g / |g|, where g is the gradient of that divergence at a small random move.

    All passes drop out the same, so that nothing but the move sets them apart. No label is read for that.
    """
    seen: list[Tensor] = []  # vectors (B, T, E) or (N, E), of each table
    before = torch.get_rng_state()
    with vectors_through(go.model, batch, lambda vectors: _seen(vectors, seen)):
        clean = go(batch, labels)
    towards = log_probabilities(clean.logits.detach().float())
    moves = [_noise(_drawn(vectors, batch), batch, SMALL) for vectors in seen]
    after = torch.get_rng_state()

    def apart(moves: Iterator[Tensor]) -> Tensor:
        torch.set_rng_state(before)
        with vectors_through(go.model, batch, lambda vectors: vectors + next(moves)):
            logs = log_probabilities(go(batch, labels).logits.float())
        return (towards.exp() * (towards - logs)).sum()

    small = [move.requires_grad_() for move in moves]
    slopes = torch.autograd.grad(apart(iter(small)), small)
    far = [_noise(slope, batch, epsilon) for slope in slopes]
    lost = apart(iter(far))
    torch.set_rng_state(after)
    return replace(clean, loss=clean.loss + lost)


def _drawn(vectors: Tensor, batch: Batch) -> Tensor:
    """Random numbers, none at padding."""
    return torch.randn_like(vectors) * (batch.ids != 0).unsqueeze(-1)


@dataclass(frozen=True)
class Cycles(Schedule):
    """The learning rate falls in half a cosine, and starts again (Huang et al., 2017, "Snapshot ensembles").

    cycles: how often it falls
    """

    cycles: int = CYCLES

    def build(self) -> Callable[[int, int], float]:
        return partial(_falling, self.cycles)


def _falling(cycles: int, step: int, steps: int) -> float:
    """The factor of a step: 1 where a cycle begins.

    >>> [round(_falling(2, step, 4), 2) for step in range(4)]
    [1.0, 0.5, 1.0, 0.5]
    """
    return 0.5 * (1 + math.cos(math.pi * (step * cycles / max(1, steps) % 1)))


@dataclass(frozen=True, eq=False)
class _Noted(Rows):
    """Rows that say which of them the last batch has, in `last`."""

    last: list[NDArray[np.int64]] = field(default_factory=list)

    def batch(self, rows: NDArray[np.int64], device: torch.device) -> tuple[Batch, Tensor]:
        self.last[:] = [rows]
        return super().batch(rows, device)


@dataclass(frozen=True)
class Distilled(Standard):
    """What another classifier says of the texts is learned beside their labels (Hinton et al., 2015).

    targets: a .npy file of its probabilities, float (R, C), a row for each text
    share: what they count; the labels count the rest
    """

    targets: Path = Path()
    share: float = 1.0

    def build(
        self, labels: Labels, seed: int, progress: Callable[[TrainingProgress], None] | None = None
    ) -> Train:
        return partial(self._fit, seed, progress)

    def _fit(
        self,
        seed: int,
        progress: Callable[[TrainingProgress], None] | None,
        model: torch.nn.Module,
        train: Rows,
        valid: Rows,
        state: TrainerState | None = None,
    ) -> Training:
        noted = _Noted(train.ids, train.labels, train.collate, train.decision)
        targets = torch.from_numpy(np.load(self.targets)).float()

        def towards(go: Pass, batch: Batch, labels: Tensor) -> Passed:
            passed = go(batch, labels)
            lost = -(targets[noted.last[0]] * log_probabilities(passed.logits.float())).sum()
            return replace(passed, loss=self.share * lost + (1 - self.share) * passed.loss)

        return Loop(
            model,  # type: ignore[arg-type]
            noted,
            valid,
            state,
            settings=self,
            seed=seed,
            score=lambda gold, found: dict(scores(("accuracy", "log_loss"), gold, found).values),
            noise=partial(standard_error, rows=len(valid)),  # as of any share
            steps=[towards],
            progress=progress,
        )


def each_epoch(member: Member, splits: Splits, labels: Labels, seed: int) -> dict[str, NDArray[np.float64]]:
    """The logits of the network as it is after each epoch, (epochs, R, C)."""
    model, rows, _, _ = _untrained(member, splits, labels, seed, Told(), None, kept=False)
    found: dict[str, list[NDArray[np.float32]]] = {"valid": [], "test": []}
    for _ in member.trainer.build(labels, seed)(model.classifier, rows["train"], rows["valid"], None):
        for part, logits in found.items():
            logits.append(rows[part].logits(model.classifier))
    finish_training(model.classifier)
    return {part: np.stack(logits).astype(np.float64) for part, logits in found.items()}


def cnn(network: Member, word_dropout: float) -> Member:
    """The CNN of the examples of nlpkit-cnn, over words that know how they are spelt."""
    embedding = Embedding(size=128, dropout=0.3, word_dropout=word_dropout, char_ngrams=(3, 5))
    trainer = Standard(batch_size=50, epochs=8, min_steps=150, learning_rate=2e-3)
    return replace(network, encoder=Cnn(embedding=embedding), trainer=trainer)


def write_vectors(
    path: Path, network: Member, texts: Sequence[str], deviation: float, size: int = 64
) -> None:
    """A file of vectors for the words of some texts, factors of how much more often than by chance two of
    them are near each other (Levy and Goldberg, 2014; contexts smoothed as in Levy et al., 2015).

    The numbers of a vector have the standard `deviation`, as those have that an embedding starts from.
    """
    tokenize = text_tokenizer(network.tokenizer, network.text)
    tokens = [tokenize(text) for text in texts]
    counts = Counter(token for each in tokens for token in each)
    words = [word for word, count in counts.items() if count >= network.vocab.min_count]
    number = {word: place for place, word in enumerate(words)}
    ids = np.array([number.get(token, -1) for each in tokens for token in each])
    text = np.repeat(np.arange(len(tokens)), [len(each) for each in tokens])
    left, right = [], []
    for distance in range(1, WINDOW + 1):
        near = (text[distance:] == text[:-distance]) & (ids[distance:] >= 0) & (ids[:-distance] >= 0)
        left.append(ids[:-distance][near])
        right.append(ids[distance:][near])
    pairs = np.concatenate([*left, *right]), np.concatenate([*right, *left])
    found = (
        coo_matrix((np.ones(len(pairs[0])), pairs), shape=(len(words), len(words))).tocsr().tocoo()
    )  # (V, V)
    sums = np.asarray(found.sum(axis=1)).ravel()  # (V,)
    context = sums**0.75 / (sums**0.75).sum()
    found.data = np.maximum(np.log(found.data / (sums[found.row] * context[found.col])), 0)
    svd = TruncatedSVD(size, random_state=0)
    vectors = svd.fit_transform(found.tocsr()) / np.sqrt(svd.singular_values_)  # (V, E)
    vectors *= deviation / vectors.std()
    lines = (
        f"{word} {' '.join(f'{each:.5f}' for each in row)}\n"
        for word, row in zip(words, vectors, strict=True)
    )
    path.write_text(f"{len(words)} {size}\n{''.join(lines)}", encoding="utf-8")
