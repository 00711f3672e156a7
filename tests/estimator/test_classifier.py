from __future__ import annotations

import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import HalvingGridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from nlpkit import (
    ConfigError,
    DataError,
    DecisionConfig,
    Embedding,
    EmbeddingMean,
    Headlines,
    Linear,
    Lstm,
    Member,
    Offsetify,
    SettingsError,
    Standard,
    TextClassifier,
    Tfidf,
    Trainer,
)
from nlpkit.cli.main import cli

PARTS = Headlines(train_size=240, valid_size=60, test_size=60, order_fraction=0).build()()
TEXTS, LABELS = list(PARTS.train.texts), np.array(PARTS.train.labels)
NEW, GOLD = list(PARTS.test.texts), list(PARTS.test.labels)
TRAINER = Standard(epochs=3, learning_rate=0.05, batch_size=16)


def quick(**parameters: Any) -> TextClassifier:
    return TextClassifier(**{"encoder": "embedding_mean", "trainer": TRAINER, **parameters})


@pytest.fixture(scope="module")
def fitted() -> TextClassifier:
    return quick().fit(TEXTS, LABELS)


def test_it_learns_and_gives_classes_in_ascending_order(fitted: TextClassifier) -> None:
    assert fitted.score(NEW, GOLD) > 0.9
    assert fitted.classes_.tolist() == sorted(set(LABELS))
    found = fitted.predict_proba(NEW)
    assert found.shape == (60, 4)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(fitted.classes_[found.argmax(axis=1)], fitted.predict(NEW))
    assert 0 < fitted.valid_scores_["accuracy"] <= 1


def test_without_parameters_it_is_the_default_experiment() -> None:
    found = TextClassifier().fit(TEXTS, LABELS)
    assert found.score(NEW, GOLD) > 0.9
    assert type(found.model_.settings.encoder) is Tfidf  # type: ignore[attr-defined]  # of few texts


def test_the_decision_function_is_that_of_the_probabilities(fitted: TextClassifier) -> None:
    logits = fitted.decision_function(NEW)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), fitted.predict_proba(NEW))
    two = LABELS == "Sports"
    binary = quick().fit(TEXTS, two)
    found = binary.decision_function(NEW)
    np.testing.assert_allclose(1 / (1 + np.exp(-found)), binary.predict_proba(NEW)[:, 1])


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(list, id="lists"),
        pytest.param(np.array, id="numpy"),
        pytest.param(lambda values: np.array(values, object), id="numpy objects"),
        pytest.param(pd.Series, id="pandas"),
        pytest.param(lambda values: pd.Series(values, dtype="string"), id="pandas strings"),
        pytest.param(lambda values: pd.Series(values, dtype="category"), id="pandas categories"),
        pytest.param(pl.Series, id="polars"),
        pytest.param(pa.array, id="arrow"),
    ],
)
def test_a_column_of_any_library_is_the_same(column: Any, fitted: TextClassifier) -> None:
    found = quick().fit(column(TEXTS), column(LABELS.tolist()))
    np.testing.assert_array_equal(found.predict_proba(column(NEW)), fitted.predict_proba(NEW))
    assert found.classes_.tolist() == fitted.classes_.tolist()


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([10, 9, 2, 1], np.int64),
        (np.array([3, 1, 0, 2], np.int8), np.int8),
        (np.array([2.0, 1.0, 0.0, 10.0]), np.float64),
        (["b", "a", "NULL", "10"], None),
    ],
    ids=["integers", "small integers", "whole floats", "strings"],
)
def test_labels_come_back_as_they_were_given(values: Any, dtype: Any) -> None:
    by_name = dict(zip(sorted(set(LABELS)), values, strict=True))
    y = [by_name[each] for each in LABELS]
    y = y if isinstance(values, list) else np.array(y, values.dtype)
    found = quick().fit(TEXTS, y)
    assert found.classes_.tolist() == sorted(np.asarray(values).tolist())
    assert found.classes_.dtype == (dtype or np.array(values).dtype)
    assert found.score(NEW, [by_name[each] for each in GOLD]) > 0.9
    chance = found.predict_proba(NEW)
    np.testing.assert_array_equal(found.classes_[chance.argmax(axis=1)], found.predict(NEW))


def test_truth_values_are_labels() -> None:
    found = quick().fit(TEXTS, LABELS == "Sports")
    assert found.classes_.tolist() == [False, True]
    assert found.predict(NEW).dtype == bool
    assert (found.predict(NEW) == (np.array(GOLD) == "Sports")).mean() > 0.9


TOPICS = {"Sports": ("play", "fun"), "Business": ("money",), "World": (), "Sci/Tech": ("money", "fun")}


def test_sets_of_labels_come_back_as_tuples() -> None:
    found = quick().fit(TEXTS, [set(TOPICS[each]) for each in LABELS])
    assert found.classes_.tolist() == ["fun", "money", "play"]
    gold = [tuple(sorted(TOPICS[each])) for each in GOLD]
    assert np.mean([got == wanted for got, wanted in zip(found.predict(NEW), gold, strict=True)]) > 0.8


def test_a_matrix_of_0_and_1_comes_back_as_one_and_suits_scikit_learn() -> None:
    names = ["fun", "money", "play"]
    matrix = np.array([[int(name in TOPICS[each]) for name in names] for each in LABELS])
    found = quick().fit(TEXTS, matrix)
    assert found.classes_.tolist() == [0, 1, 2]
    gold = np.array([[int(name in TOPICS[each]) for name in names] for each in GOLD])
    assert (found.predict(NEW) == gold).mean() > 0.9
    np.testing.assert_array_equal(
        found.predict(NEW), found.predict_proba(NEW) >= found.model_.decision.thresholds
    )
    scored = cross_val_score(quick(), np.array(TEXTS), matrix, cv=2, scoring="f1_micro")
    assert scored.min() > 0.7
    frame = quick().fit(TEXTS, pd.DataFrame(matrix, columns=names))
    assert frame.classes_.tolist() == names
    np.testing.assert_array_equal(frame.predict(NEW), found.predict(NEW))


def test_a_class_of_the_matrix_that_no_text_has_is_never_given() -> None:
    matrix = np.stack([LABELS == "Sports", LABELS == "World", LABELS == "none"], axis=1).astype(int)
    found = quick().fit(TEXTS, matrix)
    assert found.predict(NEW)[:, 2].sum() == 0
    assert found.predict_proba(NEW)[:, 2].max() == 0


def test_texts_for_validation_may_be_given() -> None:
    valid = (list(PARTS.valid.texts), list(PARTS.valid.labels))
    found = quick(valid_fraction=0.5).fit(TEXTS, LABELS, valid=valid)
    assert found.valid_scores_["accuracy"] == found.score(*valid)
    none = quick(valid_fraction=0.0).fit(TEXTS, LABELS)
    assert none.valid_scores_ == {}


@pytest.mark.parametrize(
    "parts",
    [{}, {"encoder": "tfidf", "trainer": "linear", "collator": Offsetify(max_tokens=None)}],
    ids=["network", "linear"],
)
def test_a_text_that_weighs_more_is_heeded_more(parts: dict[str, Any]) -> None:
    texts, labels = ["oil fell"] * 20 + ["oil rose"] * 20 + ["tea"], ["a", "b"] * 20 + ["a"]
    for heavy in ("a", "b"):
        weights = [9.0 if label == heavy else 1.0 for label in labels]
        found = quick(valid_fraction=0.0, **parts).fit(texts, labels, sample_weight=weights)
        assert found.predict(["oil fell", "oil rose"]).tolist() == [heavy, heavy]


def test_equal_weights_change_nothing_and_a_weight_of_0_leaves_a_text_out(fitted: TextClassifier) -> None:
    same = quick().fit(TEXTS, LABELS, sample_weight=np.full(len(TEXTS), 3.0))
    np.testing.assert_allclose(same.predict_proba(NEW), fitted.predict_proba(NEW), atol=1e-5)
    weights = np.ones(len(TEXTS))
    weights[200:] = 0
    left = quick().fit(TEXTS, LABELS, sample_weight=weights)
    np.testing.assert_allclose(
        left.predict_proba(NEW), quick().fit(TEXTS[:200], LABELS[:200]).predict_proba(NEW), atol=1e-5
    )


@dataclass(frozen=True)
class Deaf(Trainer):
    """A trainer that knows nothing of weights."""

    def build(self, labels: Any, seed: int, progress: Any = None) -> Any:
        return TRAINER.build(labels, seed, progress)


def test_weights_are_refused_by_a_trainer_that_does_not_heed_them() -> None:
    with pytest.raises(ConfigError, match="Deaf counts all texts the same, and these have weights"):
        quick(trainer=Deaf()).fit(TEXTS, LABELS, sample_weight=np.ones(len(TEXTS)))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0], r"sample_weight has shape \(1,\), and there are 240 texts"),
        ([-1.0] * 240, "numbers of 0 or more"),
        ([0.0] * 240, "not of zeros alone"),
        ([float("nan")] * 240, "numbers of 0 or more"),
    ],
)
def test_weights_that_are_none_are_refused(weights: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quick().fit(TEXTS, LABELS, sample_weight=weights)


def test_a_component_is_given_by_name_by_value_or_by_its_settings() -> None:
    by_value = quick(encoder=Lstm(hidden_size=64, embedding=Embedding(size=8)))
    by_name = quick(encoder="lstm").set_params(encoder__hidden_size=64, encoder__embedding__size=8)
    assert by_name.encoder == Lstm(hidden_size=64, embedding=Embedding(dropout=0.3, size=8))
    assert by_value.get_params()["encoder__embedding__size"] == 8
    assert quick(encoder="gru").get_params()["encoder__hidden_size"] == 32
    assert TextClassifier().get_params()["trainer__learning_rate"] == Standard().learning_rate
    assert TextClassifier().set_params(trainer__learning_rate=0.5).trainer == Standard(learning_rate=0.5)


def test_settings_of_a_component_that_is_named_in_the_same_call_are_its_own() -> None:
    found = quick().set_params(encoder__hidden_size=7, encoder="gru")
    assert type(found.encoder).__name__ == "Gru"
    assert found.encoder.hidden_size == 7  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"trainer__learning_rat": 1}, "did you mean learning_rate?"),
        ({"trainer__epochs": 0, "encoder__embedding__size": -1}, "trainer__epochs: 0 is not a whole number"),
        ({"nothing": 1}, "Invalid parameter 'nothing'"),
        ({"nothing__size": 1}, "Invalid parameter 'nothing'"),
        (
            {"encoder": None, "encoder__hidden_size": 1},
            "encoder__hidden_size: there is nothing to set before a component is chosen, by name or value",
        ),
        ({"seed__size": 1}, "there is nothing to set: 13 is not a component"),
        ({"trainer__optimizer__weight_decay": 1}, "'adam' is not a component"),
    ],
)
def test_a_parameter_that_is_none_is_refused(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        quick().set_params(**parameters)


def test_what_is_wrong_is_said_when_it_is_fitted() -> None:
    with pytest.raises(SettingsError, match="did you mean lstm"):
        TextClassifier("lsm").fit(TEXTS, LABELS)
    with pytest.raises(SettingsError, match="encoder: is not set, and without it trainer has no effect"):
        TextClassifier(trainer=TRAINER).fit(TEXTS, LABELS)


def test_a_clone_has_the_same_parameters_and_nothing_learned(fitted: TextClassifier) -> None:
    other = clone(fitted)
    assert other.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        other.predict(NEW)


def test_its_repr_has_what_is_not_as_by_default() -> None:
    assert repr(TextClassifier()) == "TextClassifier()"
    assert repr(TextClassifier(Lstm(hidden_size=64))) == "TextClassifier(encoder=Lstm(hidden_size=64))"
    assert "TextClassifier" in quick()._repr_html_()


SEARCH = """
from sklearn.model_selection import GridSearchCV
from tests.estimator.test_classifier import GOLD, LABELS, NEW, TEXTS, quick
grid = {"encoder": ["embedding_mean", "lstm"], "trainer__learning_rate": [0.05, 1e-6]}
found = GridSearchCV(quick(), grid, cv=3, n_jobs=2).fit(TEXTS, LABELS)
print(found.best_params_["trainer__learning_rate"], found.best_score_, found.score(NEW, GOLD))
"""


def test_a_search_over_names_and_settings_uses_several_processes() -> None:
    """Of its own, since joblib's processes outlive a search."""
    said = subprocess.check_output([sys.executable, "-c", SEARCH], text=True).split()
    rate, best, score = map(float, said)
    assert rate == 0.05
    assert best > 0.8
    assert score > 0.9


def test_a_halving_search_ends_with_the_better_rate() -> None:
    grid = {"trainer__learning_rate": [0.05, 1e-6]}
    search = HalvingGridSearchCV(quick(), grid, cv=2, min_resources=120, random_state=0)
    assert search.fit(np.array(TEXTS), LABELS).best_params_ == {"trainer__learning_rate": 0.05}


def test_it_ends_a_pipeline_and_its_parameters_are_had_through_it() -> None:
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    found = Pipeline([("lower", lower), ("classifier", quick())]).fit(TEXTS, LABELS)
    assert found.score(NEW, GOLD) > 0.9
    found.set_params(classifier__trainer__epochs=1)
    assert found.named_steps["classifier"].trainer.epochs == 1


def test_it_votes_with_a_linear_model() -> None:
    other = make_pipeline(TfidfVectorizer(), LogisticRegression())
    voting = VotingClassifier([("nlpkit", quick()), ("linear", other)], voting="soft").fit(TEXTS, LABELS)
    assert voting.score(NEW, GOLD) > 0.9


def test_it_is_calibrated_by_folds() -> None:
    found = CalibratedClassifierCV(quick(), cv=2, method="sigmoid").fit(np.array(TEXTS), LABELS)
    assert found.score(NEW, GOLD) > 0.9


def test_another_process_gets_the_same_of_a_pickle(fitted: TextClassifier, tmp_path: Path) -> None:
    joblib.dump(fitted, tmp_path / "a.joblib")
    (tmp_path / "a.pickle").write_bytes(pickle.dumps(fitted))
    load = f"pickle.load(open({str(tmp_path / 'a.pickle')!r}, 'rb'))"
    code = f"import pickle; print(*{load}.predict_proba({NEW[:3]!r}).ravel().tolist())"
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    np.testing.assert_array_equal(list(map(float, said.split())), fitted.predict_proba(NEW[:3]).ravel())
    np.testing.assert_array_equal(joblib.load(tmp_path / "a.joblib").predict(NEW), fitted.predict(NEW))


def test_eight_threads_get_what_one_gets(fitted: TextClassifier) -> None:
    expected = fitted.predict_proba(NEW)
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: fitted.predict_proba(NEW), range(16)):
            np.testing.assert_array_equal(found, expected)


POOL = (
    Member(encoder=EmbeddingMean(), trainer=TRAINER),
    Member(encoder=Tfidf(), trainer=Linear(), collator=Offsetify(max_tokens=None)),
)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"encoder": None, "trainer": None, "members": POOL},
        {"decision": DecisionConfig(thresholds="f1_macro")},
        {"decision": DecisionConfig(accuracy=0.95), "valid_fraction": 0.4},
        {"decision": DecisionConfig(coverage=0.9)},
    ],
    ids=["one", "pool", "thresholds", "abstaining", "sets"],
)
def test_the_command_line_the_model_and_the_estimator_say_the_same(
    parameters: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = quick(**parameters).fit(TEXTS, LABELS)
    found.save(tmp_path / "kept")
    (tmp_path / "new.txt").write_text("\n".join(NEW) + "\n", encoding="utf-8")
    asked = ["predict", str(tmp_path / "kept"), "--input", str(tmp_path / "new.txt"), "--json"]
    cli.main(asked, standalone_mode=False)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    loaded = TextClassifier.load(tmp_path / "kept")
    for each in (found, loaded, pickle.loads(pickle.dumps(found))):
        assert each.predict(NEW).tolist() == found.model_.predict(NEW) == [row["label"] for row in rows]
        chances = [[row["probabilities"][name] for name in found.classes_] for row in rows]
        np.testing.assert_allclose(each.predict_proba(NEW), chances, atol=1e-6)


def test_a_folder_has_parameters_classes_and_scores(fitted: TextClassifier, tmp_path: Path) -> None:
    fitted.save(tmp_path / "kept")
    loaded = TextClassifier.load(tmp_path / "kept")
    assert loaded.get_params() == fitted.get_params()
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    assert loaded.valid_scores_ == pytest.approx(fitted.valid_scores_)
    assert clone(loaded).fit(TEXTS, LABELS).predict(NEW).tolist() == fitted.predict(NEW).tolist()


def test_a_damaged_folder_and_one_of_a_run_are_refused(fitted: TextClassifier, tmp_path: Path) -> None:
    fitted.save(tmp_path / "kept")
    fitted.model_.save(tmp_path / "model")
    with pytest.raises(DataError, match=r"there is no estimator.json here"):
        TextClassifier.load(tmp_path / "model")
    file = tmp_path / "kept" / "estimator.json"
    file.write_bytes(file.read_bytes().replace(b"Business", b"Pleasure"))
    with pytest.raises(DataError, match="its own SHA-256 is another"):
        TextClassifier.load(tmp_path / "kept")


def test_parts_of_two_folders_do_not_fit_together(fitted: TextClassifier, tmp_path: Path) -> None:
    fitted.save(tmp_path / "kept")
    quick().set_params(trainer__epochs=1).fit(TEXTS, LABELS).save(tmp_path / "other")
    (tmp_path / "kept" / "estimator.json").write_bytes((tmp_path / "other" / "estimator.json").read_bytes())
    with pytest.raises(DataError, match="damaged"):
        TextClassifier.load(tmp_path / "kept")


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (["a"] * 239 + [None], r"y: the label is missing \(row 240, counted from 1\)"),
        (["a"] * 239 + [float("nan")], r"y: the label is missing \(row 240, counted from 1\)"),
        (["a"] * 239 + [" b"], "the label ' b' has spaces around it"),
        (["a"] * 239 + [1], "the labels are of several types: numbers, strings"),
        (["a"] * 239 + [b"b"], "the label is a value of type bytes"),
        ([0.5] * 240, "Unknown label type: continuous, such as 0.5"),
        (["a"] * 240, "y has 1 class, and two or more are needed"),
        (["a", "b"], "240 texts beside 2 labels"),
        (pd.DataFrame({"label": LABELS, "other": LABELS}), "y is a table"),
        ("labels", "not a column"),
    ],
)
def test_labels_that_are_none_are_refused_by_their_rows(y: Any, said: str) -> None:
    with pytest.raises((ValueError, DataError), match=said):
        quick().fit(TEXTS, y)


@pytest.mark.parametrize("wrong", [None, float("nan"), b"a text", 3, ["a", "b"], {"text": "a"}])
def test_a_text_that_is_none_is_refused_by_its_place(wrong: Any, fitted: TextClassifier) -> None:
    with pytest.raises(DataError, match=r"texts\[1\] is .*, but a string is expected"):
        fitted.predict(["a text", wrong])
    with pytest.raises(DataError, match="row 2: the text is"):
        quick().fit(["a text", wrong, *TEXTS[2:]], LABELS)


def test_what_is_wrong_with_texts_and_labels_is_a_value_error_as_scikit_learn_has_it(
    fitted: TextClassifier,
) -> None:
    for wrong in (["a", None], {"text": NEW}):
        with pytest.raises(ValueError, match="text"):
            fitted.predict(wrong)
    for y in (["a"] * 239 + [None], ["a", "b"]):
        with pytest.raises(ValueError, match="label"):
            quick().fit(TEXTS, y)


def test_one_text_and_a_table_are_no_texts(fitted: TextClassifier) -> None:
    for wrong in ("a text", pd.DataFrame({"text": NEW}), {"text": NEW}):
        with pytest.raises(DataError, match="not a column"):
            fitted.predict(wrong)


def test_it_goes_on_with_more_texts_and_leaves_the_model_before_as_it_was() -> None:
    found = quick(trainer=Standard(epochs=1, learning_rate=0.05, batch_size=16))
    found.partial_fit(TEXTS[:120], LABELS[:120], classes=sorted(set(LABELS)))
    before, first = found.model_, found.model_.probabilities(NEW)
    early = found.score(NEW, GOLD)
    for _ in range(4):
        found.partial_fit(TEXTS[120:], LABELS[120:])
    np.testing.assert_array_equal(before.probabilities(NEW), first)
    assert found.score(NEW, GOLD) > max(early, 0.9)
    one = quick(trainer=Standard(epochs=1, learning_rate=0.05, batch_size=16))
    for start in (0, 120):
        one.partial_fit(TEXTS[start : start + 120], LABELS[start : start + 120], classes=sorted(set(LABELS)))
    assert one.score(NEW, GOLD) > 0.25


def test_what_cannot_go_on_has_no_partial_fit() -> None:
    assert hasattr(quick(), "partial_fit")
    for other in (TextClassifier(), quick(trainer="linear", encoder="tfidf"), quick(encoder=None)):
        assert not hasattr(other, "partial_fit")
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        quick().partial_fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match=r"y has labels that are none of the classes: .*World"):
        quick().partial_fit(["a text"], ["World"], classes=["a", "b"])


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "int64[pyarrow]", "bool[pyarrow]", "string[pyarrow]"])
def test_nullable_columns_of_pandas_are_columns(dtype: str) -> None:
    y = pd.Series([str(row % 2) if "string" in dtype else row % 2 for row in range(len(TEXTS))]).astype(dtype)
    found = quick(valid_fraction=0.0).fit(pd.Series(TEXTS, dtype="string"), y)
    assert len(found.classes_) == 2
    assert found.score(TEXTS, y) >= 0.5
    frame = pd.DataFrame({"a": y == y[0], "b": y == y[1]}).astype("boolean")
    assert quick().fit(TEXTS, frame).classes_.tolist() == ["a", "b"]


def test_the_columns_of_a_table_of_labels_are_known_by_their_names() -> None:
    frame = pd.DataFrame({"sports": LABELS == "Sports", "world": LABELS == "World"}).astype(int)
    found = quick().fit(TEXTS, frame)
    assert found.score(TEXTS, frame) == found.score(TEXTS, frame[["world", "sports"]]) > 0.8
    with pytest.raises(ValueError, match="y has the columns"):
        found.score(TEXTS, frame[["world"]])


def test_a_text_that_is_abstained_from_is_scored_as_wrong() -> None:
    sure = quick(decision=DecisionConfig(accuracy=0.95), valid_fraction=0.4).fit(TEXTS, LABELS)
    given = sure.predict(NEW)
    assert sure.score(NEW, GOLD) == np.mean([one == other for one, other in zip(given, GOLD, strict=True)])
    parted = quick(decision=DecisionConfig(accuracy=0.8), valid_fraction=0.4)
    scores = cross_val_score(parted, np.array(TEXTS), LABELS, cv=2)
    assert np.isfinite(scores).all()


def test_sets_of_labels_are_scored_by_those_that_are_exactly_right() -> None:
    sets = [set(TOPICS[each]) for each in LABELS]
    found = quick().fit(TEXTS, sets)
    right = [set(given) == gold for given, gold in zip(found.predict(TEXTS), sets, strict=True)]
    assert found.score(TEXTS, sets) == np.mean(right)
    assert type(found.predict(TEXTS)[0]) is tuple
    assert {type(each) for given in found.predict(TEXTS) for each in given} == {str}


def test_numbers_of_numpy_are_numbers() -> None:
    grid = {"trainer__epochs": np.arange(1, 3), "trainer__learning_rate": np.array([0.05], np.float32)}
    search = HalvingGridSearchCV(quick(), grid, cv=2, min_resources=120, random_state=0)
    assert search.fit(np.array(TEXTS), LABELS).best_params_["trainer__epochs"] in (1, 2)
    assert Lstm(hidden_size=np.int64(8)) == Lstm(hidden_size=8)  # type: ignore[arg-type]
    assert quick(seed=np.int64(3)).fit(TEXTS, LABELS).score(NEW, GOLD) > 0.5


def test_an_encoder_by_its_name_gets_a_collator_that_suits_it() -> None:
    found = TextClassifier("tfidf", trainer="linear").fit(TEXTS, LABELS)
    assert found.score(NEW, GOLD) > 0.9


class Own(TextClassifier):
    """With an `__init__` of its own, as scikit-learn has it."""

    def __init__(self, encoder: Any = "embedding_mean", extra: int = 3, seed: int = 13) -> None:
        super().__init__(encoder, trainer=TRAINER, seed=seed)
        self.extra = extra


def test_a_class_that_is_made_of_it_may_have_other_parameters() -> None:
    found = clone(Own(extra=4)).fit(TEXTS, LABELS)
    assert found.get_params(deep=False) == {"encoder": "embedding_mean", "extra": 4, "seed": 13}
    assert found.score(NEW, GOLD) > 0.9


def test_going_on_refuses_what_it_cannot_keep() -> None:
    assert not hasattr(quick(decision=DecisionConfig(accuracy=0.9)), "partial_fit")
    with pytest.raises(ValueError, match="there are no texts to train on"):
        quick().partial_fit([], [], classes=["a", "b"])
    with pytest.raises(ValueError, match="valid has to be two columns"):
        quick().fit(TEXTS, LABELS, valid=(NEW, GOLD, [1]))  # type: ignore[arg-type]
