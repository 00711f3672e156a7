"""Trainers that fit the head of a classifier with scikit-learn."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from nlpkit import Collator, Encoder, Offsetify, Trainer, number, refuse, whole
from nlpkit.training import ClassWeights, bad_weights, weights_by_class

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit import Labels
    from nlpkit.training import Train, TrainingProgress
    from nlpkit_sklearn.estimators import Method, Weights


@dataclass(frozen=True)
class SklearnTrainer(Trainer):
    """What the four share: abstract, they are final and bring the estimator.

    class_weights: none, balanced (all classes weigh the same in all), or a table of weights by class name
    """

    scaled: ClassVar[bool] = True  # whether outputs are margins, to be made logits on the validation texts

    class_weights: ClassWeights = "none"

    def __post_init__(self) -> None:
        refuse(bad_weights(self.class_weights), self.problems())

    @abstractmethod
    def problems(self) -> dict[str, str]:
        """What is wrong with the settings of its own."""

    @abstractmethod
    def method(self, classes: int, weights: Weights, seed: int) -> Method:
        """What fits; `weights` are those of the classes by their ids."""

    def build(
        self, labels: Labels, seed: int, progress: Callable[[TrainingProgress], None] | None = None
    ) -> Train:
        from nlpkit_sklearn.fitting import Fitting

        def method(gold: NDArray[np.int64]) -> Method:
            weights = weights_by_class(self.class_weights, labels, gold)
            by_id = None if weights is None else dict(enumerate(weights.tolist()))
            return self.method(len(labels), by_id, seed)

        return partial(Fitting, method=method, epochs=getattr(self, "epochs", 1), scaled=self.scaled)


@dataclass(frozen=True)
class LinearSvc(SklearnTrainer):
    """A linear support vector machine: scikit-learn's LinearSVC. Its margins are no probabilities: one
    factor, fitted on the validation texts, makes logits of them.

    C: inverse of the strength of the penalty on large weights
    tol: how near the optimum the solver stops
    max_iter: rounds of the solver, at the most
    """

    C: float = 1.0
    tol: float = 1e-4
    max_iter: int = 1000

    def problems(self) -> dict[str, str]:
        return {
            **number(1e-9, 1e9, C=self.C),
            **number(1e-16, 1, tol=self.tol),
            **whole(1, 2**31 - 1, max_iter=self.max_iter),
        }

    def method(self, classes: int, weights: Weights, seed: int) -> Method:
        from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

        from nlpkit_sklearn.estimators import solved

        settings = {"C": self.C, "tol": self.tol, "max_iter": self.max_iter}
        return partial(solved, LinearSVC(**settings, dual="auto", class_weight=weights, random_state=seed))


@dataclass(frozen=True)
class LogisticRegression(SklearnTrainer):
    """Multinomial logistic regression: scikit-learn's LogisticRegression.

    C: inverse of the strength of the penalty on large weights
    tol: how near the optimum the solver stops
    max_iter: rounds of the solver, at the most
    """

    scaled = False

    C: float = 1.0
    tol: float = 1e-4
    max_iter: int = 1000

    def problems(self) -> dict[str, str]:
        return {
            **number(1e-9, 1e9, C=self.C),
            **number(1e-16, 1, tol=self.tol),
            **whole(1, 2**31 - 1, max_iter=self.max_iter),
        }

    def method(self, classes: int, weights: Weights, seed: int) -> Method:
        from sklearn.linear_model import LogisticRegression as Estimator  # type: ignore[import-untyped]

        from nlpkit_sklearn.estimators import solved

        settings = {"C": self.C, "tol": self.tol, "max_iter": self.max_iter}
        return partial(solved, Estimator(**settings, class_weight=weights, random_state=seed))


@dataclass(frozen=True)
class NaiveBayes(SklearnTrainer):
    """Naive Bayes over counts: scikit-learn's MultinomialNB or ComplementNB.

    alpha: what is added to every count
    form: multinomial counts the tokens of each class, complement those of all others, which suits classes of
        very different sizes (Rennie et al., 2003)
    """

    scaled = False

    alpha: float = 1.0
    form: Literal["multinomial", "complement"] = "multinomial"

    @classmethod
    def trained_with(cls) -> tuple[Encoder, Collator]:
        """What `nlpkit.testing` tries it on: outputs below 0 are no counts."""
        from nlpkit_sklearn.encoders import Tfidf

        return Tfidf(), Offsetify()

    def problems(self) -> dict[str, str]:
        return {
            **number(1e-9, 1e9, alpha=self.alpha),
        }

    def method(self, classes: int, weights: Weights, seed: int) -> Method:
        from sklearn.naive_bayes import ComplementNB, MultinomialNB  # type: ignore[import-untyped]

        from nlpkit_sklearn.estimators import counted

        estimator = ComplementNB if self.form == "complement" else MultinomialNB
        return partial(counted, estimator(alpha=self.alpha), weights)


@dataclass(frozen=True)
class SgdClassifier(SklearnTrainer):
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

    def method(self, classes: int, weights: Weights, seed: int) -> Method:
        from sklearn.linear_model import SGDClassifier

        from nlpkit_sklearn.estimators import descended

        estimator = SGDClassifier(loss=self.loss, alpha=self.alpha, class_weight=weights)
        return partial(descended, estimator, classes, seed)
