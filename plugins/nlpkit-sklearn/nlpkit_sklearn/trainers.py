"""Trainers that fit the head of a classifier with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from nlpkit import Collator, Encoder, FittedTrainer, Offsetify, Tfidf, number, whole

if TYPE_CHECKING:
    from nlpkit.training import Method


@dataclass(frozen=True)
class NaiveBayes(FittedTrainer):
    """Naive Bayes over counts: scikit-learn's MultinomialNB or ComplementNB.

    alpha: what is added to every count
    form: multinomial counts the tokens of each class, complement those of all others, which suits classes of
        very different sizes (Rennie et al., 2003)
    """

    alpha: float = 1.0
    form: Literal["multinomial", "complement"] = "multinomial"

    @classmethod
    def trained_with(cls) -> tuple[Encoder, Collator]:
        """What `nlpkit.testing` tries it on: outputs below 0 are no counts."""
        return Tfidf(), Offsetify()

    def problems(self) -> dict[str, str]:
        return {
            **number(1e-9, 1e9, alpha=self.alpha),
        }

    def method(self, classes: int, weights: Mapping[int, float] | None, seed: int) -> Method:
        from sklearn.naive_bayes import ComplementNB, MultinomialNB  # type: ignore[import-untyped]

        from nlpkit_sklearn.methods import counted

        estimator = ComplementNB if self.form == "complement" else MultinomialNB
        return partial(counted, estimator(alpha=self.alpha), weights)


@dataclass(frozen=True)
class SgdClassifier(FittedTrainer):
    """Stochastic gradient descent, one text at a time: scikit-learn's SGDClassifier. The epoch that is most
    accurate on the validation texts is kept, and one factor, fitted on them, makes logits of its margins.

    loss: hinge for a support vector machine, log_loss for logistic regression, modified_huber between them
    alpha: strength of the penalty on large weights; the steps are shorter where it is high
    epochs: times each text is read
    """

    loss: Literal["hinge", "log_loss", "modified_huber"] = "hinge"
    alpha: float = 1e-4
    epochs: int = 10

    def problems(self) -> dict[str, str]:
        return {
            **number(1e-12, 1e3, alpha=self.alpha),
            **whole(1, 1_000_000, epochs=self.epochs),
        }

    def method(self, classes: int, weights: Mapping[int, float] | None, seed: int) -> Method:
        from sklearn.linear_model import SGDClassifier

        from nlpkit_sklearn.methods import descended

        estimator = SGDClassifier(loss=self.loss, alpha=self.alpha, class_weight=weights)
        return partial(descended, estimator, classes, seed)
