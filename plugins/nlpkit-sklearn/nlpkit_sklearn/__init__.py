"""Naive Bayes and stochastic gradient descent of scikit-learn on TF-IDF features, as trainers of nlpkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit import hookimpl
from nlpkit_sklearn.trainers import NaiveBayes, SgdClassifier

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["NaiveBayes", "SgdClassifier"]
NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("naive_bayes", NaiveBayes)
    registry.add("sgd_classifier", SgdClassifier)
