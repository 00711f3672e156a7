"""A linear model on TF-IDF features: its encoder, and trainers that fit a head with a solver."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from nlpkit.batch import Batch, FlatBatch
from nlpkit.components.kinds import Encoder, Trainer
from nlpkit.components.tokenizing import CHAR, WORD
from nlpkit.errors import ConfigError
from nlpkit.settings.values import number, refuse, whole
from nlpkit.training.settings import ClassWeights, bad_weights, weights_by_class

if TYPE_CHECKING:
    from torch import Tensor

    from nlpkit.nn.tfidf import TfidfEncoder
    from nlpkit.training.linear.estimators import Method
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import Train
    from nlpkit.vocab import Gold, Labels, Vocab


@dataclass(frozen=True)
class Tfidf(Encoder):
    """How often a text has each token of the vocabulary, rare tokens counting for more (TF-IDF), sparse.

    idf: weigh a token by log((1 + texts) / (1 + texts that have it)) + 1, over the training texts; it is
        learned by trainers that fit a head, such as linear, and is 1 under any other
    sublinear_tf: count a token that a text has n times as 1 + log(n)
    min_texts: training texts that have a token, at the least; others are passed over. With vocab.min_count
        as high, which counts each time in a text, this is scikit-learn's min_df
    norm: l2 scales each text to the length 1; l2_apart scales the words and the characters of
        word_char_ngrams each for themselves
    """

    exports = True

    idf: bool = True
    sublinear_tf: bool = False
    min_texts: int = 1
    norm: Literal["l2", "l2_apart", "none"] = "l2"

    def __post_init__(self) -> None:
        refuse(whole(1, 2**31 - 1, min_texts=self.min_texts))

    @property
    def accepts(self) -> type[Batch]:
        return FlatBatch

    def build(self, vocab: Vocab) -> TfidfEncoder:
        from nlpkit.nn.tfidf import TfidfEncoder

        first_id = 2 + len(vocab.specials)
        if len(vocab) == first_id:
            raise ConfigError(
                "the vocabulary has no token",
                location="vocab",
                hint="lower vocab.min_count, or choose a tokenizer that finds tokens in these texts",
            )
        return TfidfEncoder(
            len(vocab),
            first_id,
            idf=self.idf,
            sublinear_tf=self.sublinear_tf,
            min_texts=self.min_texts,
            scaled=self._scaled(vocab),
        )

    def _scaled(self, vocab: Vocab) -> Sequence[Tensor]:
        """Which features are scaled together, bool (V,) each."""
        import torch

        everything = torch.ones(len(vocab.tokens) + vocab.buckets, dtype=torch.bool)
        if self.norm != "l2_apart":
            return [everything] if self.norm == "l2" else []
        marks = [token[: len(WORD)] for token in vocab.tokens]
        if unmarked := next((each for each in marks if each not in (WORD, CHAR)), None):
            raise ConfigError(
                f"l2_apart tells words from characters by their marks, and some tokens have none, such as "
                f"{vocab.tokens[marks.index(unmarked)]!r}",
                location="encoder.norm",
                hint='choose tokenizer = "word_char_ngrams", or norm = "l2"',
            )
        words = [mark == WORD for mark in marks] + [False] * vocab.buckets
        # not `~words`: where a model is loaded, that would load torch's compiler
        return [torch.tensor(words, dtype=torch.bool), torch.tensor([not each for each in words])]


@dataclass(frozen=True)
class FittedTrainer(Trainer):
    """What trainers share that fit the head to what the encoder gives and leave the encoder as it is:
    abstract, they are final and bring the method.

    class_weights: none, balanced (all classes weigh the same in all), or a table of weights by class name
    """

    multi_label = True  # a method of two classes for each label

    class_weights: ClassWeights = "none"

    def __post_init__(self) -> None:
        refuse(bad_weights(self.class_weights), self.problems())

    @abstractmethod
    def problems(self) -> dict[str, str]:
        """What is wrong with the settings of its own, by their names."""

    @abstractmethod
    def method(self, classes: int, weights: Mapping[int, float] | None, seed: int) -> Method:
        """What fits; `weights` are those of the classes by their ids, or none where all weigh 1."""

    def build(
        self, labels: Labels, seed: int, progress: Callable[[TrainingProgress], None] | None = None
    ) -> Train:
        from nlpkit.training.linear.estimators import one_for_each
        from nlpkit.training.linear.fitting import Fitting

        def method(gold: Gold) -> Method:
            weights = weights_by_class(self.class_weights, labels, gold)
            if gold.ndim > 1:
                by_label = [1.0] * len(labels) if weights is None else weights.tolist()
                alone = [None if weight == 1 else {0: 1.0, 1: weight} for weight in by_label]
                return one_for_each([self.method(2, each, seed) for each in alone])
            by_id = None if weights is None else dict(enumerate(weights.tolist()))
            return self.method(len(labels), by_id, seed)

        return partial(Fitting, method=method, epochs=getattr(self, "epochs", 1))


@dataclass(frozen=True)
class Linear(FittedTrainer):
    """A linear model, fitted to the end by a convex solver: a support vector machine, or multinomial logistic
    regression.

    loss: squared_hinge for a support vector machine (scikit-learn's LinearSVC), log_loss for logistic
        regression (its LogisticRegression)
    C: inverse of the strength of the penalty on large weights
    tol: how near the optimum the solver stops
    max_iter: rounds of the solver, at the most
    """

    weighted = True

    loss: Literal["squared_hinge", "log_loss"] = "squared_hinge"
    C: float = 0.5
    tol: float = 1e-4
    max_iter: int = 1000

    def problems(self) -> dict[str, str]:
        return {
            **number(1e-9, 1e9, C=self.C),
            **number(1e-16, 1, tol=self.tol),
            **whole(1, 2**31 - 1, max_iter=self.max_iter),
        }

    def method(self, classes: int, weights: Mapping[int, float] | None, seed: int) -> Method:
        from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
        from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

        from nlpkit.training.linear.estimators import solved

        settings = {"C": self.C, "tol": self.tol, "max_iter": self.max_iter, "class_weight": weights}
        if self.loss == "log_loss":
            return partial(solved, LogisticRegression(**settings, random_state=seed))
        return partial(solved, LinearSVC(**settings, dual="auto", random_state=seed))
