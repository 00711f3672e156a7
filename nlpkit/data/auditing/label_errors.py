"""Labels that a linear model, which has not seen them, does not believe.

Axes: R texts, C classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

FOLDS: Final = 5
MOST_TEXTS: Final = 60_000
LEAST_OF_A_CLASS: Final = FOLDS
_SEED: Final = 13


def doubts(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows whose label is likely wrong, the most certain ones first: int64 (D,).

    Confident learning (Northcutt, Jiang and Chuang, 2021, "Confident Learning: Estimating Uncertainty in
    Dataset Labels", section 3): a class is likely where its probability is at least the mean one of the rows
    that have it as their label. Rows of which the likeliest such class is another than their label are
    doubted, ordered by how much less likely their label is. `probabilities` are float64 (R, C) and `labels`
    int64 (R,); the model that gives them must not have learned from the rows.
    """
    size = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels]  # (R,)
    counts = np.bincount(labels, minlength=size)
    usual = np.bincount(labels, own, minlength=size) / np.maximum(counts, 1)  # (C,)
    usual[counts == 0] = np.inf
    likely = np.where(probabilities >= usual, probabilities, -1.0)  # (R, C)
    best = likely.argmax(axis=1)
    rows = np.flatnonzero((likely.max(axis=1) >= 0) & (best != labels))
    order = np.argsort(own[rows] - probabilities[rows, best[rows]], kind="stable")
    found: NDArray[np.int64] = rows[order]
    return found


def unseen_probabilities(texts: Sequence[str], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a logistic regression on words and pairs of words gives each text, trained on the others: float64
    (R, C), in folds that have all classes; all alike where the texts have no words in common.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # type: ignore[import-untyped]
    from sklearn.multiclass import OneVsRestClassifier  # type: ignore[import-untyped]

    from nlpkit.data.auditing.words import spelt

    vectors = TfidfVectorizer(tokenizer=spelt, token_pattern=None, ngram_range=(1, 2), lowercase=False)
    vectors.set_params(min_df=2 if len(texts) > 500 else 1, sublinear_tf=True, dtype=np.float32)
    try:
        features = vectors.fit_transform(texts)
    except ValueError:  # no text has a word, or none that another one has
        return np.full((len(texts), int(labels.max()) + 1), 1 / (labels.max() + 1))
    model = OneVsRestClassifier(LogisticRegression(C=10.0, solver="liblinear", tol=1e-2, random_state=_SEED))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED)
    found: NDArray[np.float64] = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")
    return found


def doubted(texts: Sequence[str], labels: Sequence[str]) -> list[tuple[int, str]]:
    """The places of texts whose label is likely wrong, and which label is likelier. Classes of too few texts
    to be in each fold are left out; of very many texts every so manieth is looked at. None where the model
    learns nothing from such texts.
    """
    from nlpkit.vocab import Labels

    names = Labels.of(labels)
    ids = names.ids(labels)
    enough = np.bincount(ids, minlength=len(names)) >= LEAST_OF_A_CLASS
    rows = np.flatnonzero(enough[ids])
    rows = rows[:: -(-len(rows) // MOST_TEXTS)] if len(rows) else rows
    classes, gold = np.unique(ids[rows], return_inverse=True)
    if len(classes) < 2 or np.bincount(gold).min() < FOLDS:
        return []
    found = unseen_probabilities([texts[row] for row in rows.tolist()], gold)
    if not _learned(found, gold):
        return []
    likelier = _likeliest_other(found, gold)
    return [(int(rows[each]), names.names[classes[likelier[each]]]) for each in doubts(found, gold).tolist()]


def _learned(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> bool:
    """Whether the model is clearly better than always the same class; else it knows nothing about labels."""
    right = float((probabilities.argmax(axis=1) == labels).mean())
    most = float(np.bincount(labels).max() / len(labels))
    return right > most + 3 * math.sqrt(most * (1 - most) / len(labels))


def _likeliest_other(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row the likeliest class that is not its label: int64 (R,)."""
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1
    best: NDArray[np.int64] = others.argmax(axis=1)
    return best
