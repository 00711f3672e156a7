from __future__ import annotations

from nlpkit import Component, Linear, Offsetify, Standard, Tfidf, WordCharNgrams
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_sklearn import NaiveBayes, SgdClassifier

TRAINERS = [
    Linear(C=1.0),
    Linear(loss="log_loss", C=1.0, class_weights="balanced"),
    NaiveBayes(),
    NaiveBayes(form="complement"),
    SgdClassifier(),
    SgdClassifier(loss="modified_huber", epochs=3),
    Standard(learning_rate=0.1),
]


@parametrize_with_checks([WordCharNgrams(), WordCharNgrams(word_ngrams=None, within_words=False)])
def test_tokenizers_keep_their_promises(component: Component, check: Check) -> None:
    check(component)


@parametrize_with_checks([Tfidf(), Tfidf(idf=False, sublinear_tf=True, norm="none")])
def test_encoders_keep_their_promises(component: Component, check: Check) -> None:
    check(component)


@parametrize_with_checks(TRAINERS, encoder=Tfidf(), collator=Offsetify())
def test_trainers_keep_their_promises_on_sparse_features(component: Component, check: Check) -> None:
    check(component)


@parametrize_with_checks([Linear(C=1.0), Linear(loss="log_loss", C=1.0), NaiveBayes(), SgdClassifier()])
def test_trainers_keep_their_promises_on_what_they_are_tried_on(component: Component, check: Check) -> None:
    check(component)
