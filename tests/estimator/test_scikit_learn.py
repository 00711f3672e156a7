"""The checks that scikit-learn has for estimators: on texts, and on numbers that are written as words."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from nlpkit import Embedding, EmbeddingMean, Linear, Offsetify, Standard, TextClassifier, Tfidf

QUICK = {
    "encoder": EmbeddingMean(embedding=Embedding(size=16)),
    "trainer": Standard(epochs=10, learning_rate=0.1, batch_size=16),
    "valid_fraction": 0.0,
}


class OnNumbers(TextClassifier):
    """Reads a row of numbers as a text with a word for each, so that scikit-learn's checks can be asked."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, valid: Any = None) -> Self:
        X, y = validate_data(self, X, y, multi_output=True)
        return super().fit(_words(X), y, sample_weight, valid)

    @available_if(lambda self: isinstance(self.trainer, Standard))
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        X, y = validate_data(self, X, y, multi_output=True, reset=not hasattr(self, "model_"))
        return super().partial_fit(_words(X), y, classes, sample_weight)

    def predict(self, X: Any) -> NDArray[Any]:
        return super().predict(self._read(X))

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return super().predict_proba(self._read(X))

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        return super().decision_function(self._read(X))

    def _read(self, X: Any) -> list[str]:
        self.model_of()
        return _words(validate_data(self, X, reset=False))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        return tags


def _words(X: NDArray[Any]) -> list[str]:
    """A word for each number, cut to quarters."""
    return [" ".join(f"f{place}q{int(np.floor(value * 4))}" for place, value in enumerate(row)) for row in X]


STOCHASTIC = "gradient descent takes other steps where a text is there twice than where it counts twice"
IDF = "a text counts once among those that have a word, whatever its weight"
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": STOCHASTIC,
    "check_methods_subset_invariance": "weights are float32, and the last digits depend on the batch",
}


LINEAR = {
    "encoder": Tfidf(),
    "trainer": Linear(),
    "collator": Offsetify(max_tokens=None),
    "valid_fraction": 0.0,
}


def reasons(estimator: Any) -> dict[str, str]:
    linear = isinstance(estimator.trainer, Linear)
    return {**EXPECTED, "check_sample_weight_equivalence_on_dense_data": IDF} if linear else EXPECTED


def on_texts() -> Any:
    with pytest.warns(SkipTestWarning, match="Can't test estimator TextClassifier"):  # those of numbers
        return parametrize_with_checks([TextClassifier(**QUICK)])


@on_texts()
def test_on_texts(estimator: Any, check: Any) -> None:
    check(estimator)


@parametrize_with_checks(
    [OnNumbers(**QUICK), OnNumbers(**LINEAR)], expected_failed_checks=reasons, xfail_strict=False
)
@pytest.mark.filterwarnings("ignore")
def test_on_numbers_written_as_words(estimator: Any, check: Any) -> None:
    check(estimator)
