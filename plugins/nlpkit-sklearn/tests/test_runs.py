"""Whole runs on TREC question types, beside scikit-learn's own pipelines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression as PeerLogisticRegression
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

import nlpkit
from nlpkit import (
    Csv,
    Experiment,
    FittedTrainer,
    Linear,
    Offsetify,
    Result,
    Split,
    Tfidf,
    VocabConfig,
    WordCharNgrams,
    run,
)
from nlpkit.text import encode, text_tokenizer
from nlpkit_sklearn import NaiveBayes, SgdClassifier

WORDS = WordCharNgrams(char_ngrams=None)
PLAIN = {".json", ".jsonl", ".toml", ".csv", ".txt", ".html", ".safetensors"}


def trained(trec6: Path, trainer: FittedTrainer, folder: Path | None = None, **changes: Any) -> Result:
    data = Csv(train=trec6 / "train.csv", test=trec6 / "test.csv", split=Split(valid_fraction=0.0))
    parts: dict[str, Any] = {
        "data": data,
        "tokenizer": WORDS,
        "encoder": Tfidf(),
        "collator": Offsetify(max_tokens=None),
        "trainer": trainer,
        **changes,
    }
    return run(Experiment(**parts), folder)


def logits(result: Result) -> np.ndarray:
    model = result.model
    tokenize = text_tokenizer(model.settings.tokenizer, model.settings.text)
    ids = encode(result.splits.test.texts, tokenize, model.vocab)
    with torch.inference_mode():
        return model.classifier(model.settings.collator.build(model.vocab)(ids)).numpy()


def fitted(pipeline: Pipeline, result: Result) -> Pipeline:
    return pipeline.fit(result.splits.train.texts, result.splits.train.labels)


def expect_the_same_labels(result: Result, peer: Pipeline) -> None:
    expected = peer.predict(result.splits.test.texts)
    assert result.model.predict(result.splits.test.texts) == expected.tolist()
    assert result.scores["accuracy"] == np.mean(expected == np.array(result.splits.test.labels))


@pytest.mark.parametrize(
    ("trainer", "estimator"),
    [
        (Linear(C=0.5), LinearSVC(C=0.5, random_state=13)),
        (Linear(loss="log_loss", C=1.0, tol=1e-9), PeerLogisticRegression(tol=1e-9, max_iter=1000)),
    ],
)
def test_words_give_the_labels_and_the_margins_of_a_scikit_learn_pipeline(
    trec6: Path, trainer: FittedTrainer, estimator: Any
) -> None:
    result = trained(trec6, trainer)
    peer = fitted(make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), estimator), result)
    expect_the_same_labels(result, peer)
    margins = peer.decision_function(result.splits.test.texts)
    np.testing.assert_allclose(logits(result), margins, atol=3e-5)  # float32, and margins up to 9


def test_words_and_characters_do_too(trec6: Path) -> None:
    both = WordCharNgrams(char_ngrams=(2, 4))
    result = trained(trec6, Linear(C=1.0), tokenizer=both, encoder=Tfidf(sublinear_tf=True))
    vectorizer = TfidfVectorizer(analyzer=both.build(), sublinear_tf=True)
    peer = fitted(make_pipeline(vectorizer, LinearSVC(random_state=13)), result)
    expect_the_same_labels(result, peer)
    margins = peer.decision_function(result.splits.test.texts)
    np.testing.assert_allclose(logits(result), margins, atol=1e-5)


def test_naive_bayes_gives_the_labels_and_the_probabilities_of_a_scikit_learn_pipeline(trec6: Path) -> None:
    result = trained(trec6, NaiveBayes(alpha=0.1))
    peer = fitted(make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), MultinomialNB(alpha=0.1)), result)
    expect_the_same_labels(result, peer)
    expected = peer.predict_proba(result.splits.test.texts)
    np.testing.assert_allclose(result.probabilities, expected, atol=1e-5)


def test_descent_gives_the_labels_and_the_margins_of_scikit_learn(trec6: Path) -> None:
    result = trained(trec6, SgdClassifier(epochs=2))
    vectorizer, peer = TfidfVectorizer(ngram_range=(1, 2)), SGDClassifier()
    train = vectorizer.fit_transform(result.splits.train.texts)
    for epoch in (1, 2):
        peer.set_params(random_state=13 * 1_000_003 + epoch)
        peer.partial_fit(train, result.splits.train.labels, classes=result.model.labels.names)
    expect_the_same_labels(result, make_pipeline(vectorizer, peer))
    margins = peer.decision_function(vectorizer.transform(result.splits.test.texts))
    np.testing.assert_allclose(logits(result), margins, rtol=1e-5, atol=1e-5)


def test_min_count_and_min_texts_together_are_min_df(trec6: Path) -> None:
    result = trained(trec6, NaiveBayes(), encoder=Tfidf(min_texts=3), vocab=VocabConfig(min_count=3))
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=3)
    peer = fitted(make_pipeline(vectorizer, MultinomialNB()), result)
    expect_the_same_labels(result, peer)
    kept = int((result.model.classifier.encoder.idf > 0).sum())  # type: ignore[union-attr, arg-type]
    assert kept == len(vectorizer.vocabulary_) < len(result.model.vocab.tokens)
    expected = peer.predict_proba(result.splits.test.texts)
    np.testing.assert_allclose(result.probabilities, expected, atol=1e-5)


@pytest.fixture(scope="module")
def folder(trec6: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a support vector machine with validation texts."""
    folder = tmp_path_factory.mktemp("runs") / "svc"
    data = Csv(train=trec6 / "train.csv", test=trec6 / "test.csv")
    trained(trec6, Linear(C=1.0), folder, data=data)
    return folder


def test_a_bundle_gives_the_same_probabilities_when_it_is_loaded(folder: Path, trec6: Path) -> None:
    result = trained(trec6, Linear(C=1.0), data=Csv(train=trec6 / "train.csv", test=trec6 / "test.csv"))
    found = nlpkit.load(folder).probabilities(result.splits.test.texts)
    np.testing.assert_allclose(found, result.probabilities, atol=1e-7)


def test_a_run_folder_has_no_pickle(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= PLAIN
    assert not [path for path in files if path.read_bytes()[:1] == b"\x80"]
    assert (folder / "report.html").is_file()


def test_processes_that_share_the_work_give_the_same(folder: Path) -> None:
    model = nlpkit.load(folder)
    texts = [f"Who wrote number {i} ?" for i in range(2000)]
    alone = model.probabilities(texts, workers=1)
    np.testing.assert_array_equal(model.probabilities(texts, workers=2), alone)


def test_predicting_needs_no_scikit_learn(folder: Path) -> None:
    script = (
        "import sys; from nlpkit.cli.main import outcome\n"
        f"assert outcome(['predict', {str(folder)!r}, 'Who wrote Hamlet ?']) == 0\n"
        "print(*{'sklearn', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    answer, loaded = done.stdout.splitlines()
    assert "HUM" in answer
    assert loaded == ""


def test_margins_are_scaled_by_the_validation_texts(folder: Path, trec6: Path) -> None:
    plain = trained(trec6, Linear(C=1.0))
    lines = (folder / "predictions.csv").read_text(encoding="utf-8").splitlines()[1:]
    surest = [max(map(float, line.split(",")[3:])) for line in lines]
    assert np.mean(surest) > plain.probabilities.max(axis=1).mean() + 0.2


def test_a_solver_that_stops_early_is_noted_in_the_report(trec6: Path, tmp_path: Path) -> None:
    result = trained(trec6, Linear(C=100.0, max_iter=2), tmp_path / "run")
    assert result.notes[-1].text.startswith("the solver stopped at trainer.max_iter")
    assert "note: the solver stopped" in (tmp_path / "run" / "report.txt").read_text(encoding="utf-8")
