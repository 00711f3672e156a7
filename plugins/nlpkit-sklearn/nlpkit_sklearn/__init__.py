"""scikit-learn's linear text classifiers on TF-IDF features, as components of nlpkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit import hookimpl
from nlpkit_sklearn.encoders import Tfidf
from nlpkit_sklearn.tokenizers import WordCharNgrams
from nlpkit_sklearn.trainers import LinearSvc, LogisticRegression, NaiveBayes, SgdClassifier

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["LinearSvc", "LogisticRegression", "NaiveBayes", "SgdClassifier", "Tfidf", "WordCharNgrams"]
NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("word_char_ngrams", WordCharNgrams)
    registry.add("tfidf", Tfidf)
    registry.add("linear_svc", LinearSvc)
    registry.add("logistic_regression", LogisticRegression)
    registry.add("naive_bayes", NaiveBayes)
    registry.add("sgd_classifier", SgdClassifier)
