from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from nlpkit import (
    ConfigError,
    Csv,
    DataError,
    Experiment,
    Headlines,
    Observer,
    Result,
    TextClassifier,
    Texts,
    dump_experiment,
    evaluate,
    run,
)
from tests.runs.quick import EXPERIMENT

NEW = Headlines(train_size=8, valid_size=1, test_size=60, seed=5).build()().test


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(EXPERIMENT, tmp_path_factory.mktemp("runs") / "run", observer=Observer())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with (tmp_path / "new.csv").open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([("text", "label"), *zip(NEW.texts, NEW.labels, strict=True)])
    return tmp_path / "new.csv"


def test_scores_are_those_of_scikit_learn_on_what_the_model_predicts(ran: Result) -> None:
    found = evaluate(ran.model, NEW)
    assert found.scores["accuracy"] == accuracy_score(NEW.labels, ran.model.predict(NEW.texts))
    np.testing.assert_array_equal(found.probabilities, ran.model.probabilities(NEW.texts))
    low, high = found.intervals["accuracy"].ends
    assert low < found.scores["accuracy"] < high


def test_a_folder_and_a_model_a_file_and_columns_give_the_same(ran: Result, file: Path) -> None:
    assert ran.folder is not None
    expected = evaluate(ran.model, NEW).table
    pair = (np.array(NEW.texts), list(NEW.labels))
    for model, data in ((ran.folder, file), (str(ran.folder), str(file)), (ran.model, pair)):
        assert evaluate(model, data).table == expected


def test_of_a_dataset_or_an_experiment_the_test_part_is_taken(ran: Result, tmp_path: Path) -> None:
    data = Headlines(train_size=8, valid_size=1, test_size=60, seed=5)
    (tmp_path / "a.toml").write_text(dump_experiment(Experiment(data=data)), encoding="utf-8")
    expected = evaluate(ran.model, NEW).scores
    for given in (data, Experiment(data=data), tmp_path / "a.toml"):
        assert evaluate(ran.model, given).scores == expected


def test_labels_of_which_the_model_knows_none_are_refused(ran: Result) -> None:
    with pytest.raises(DataError, match="none of its labels is a class of the model: 'red'"):
        evaluate(ran.model, (["a text"], ["red"]))


def test_texts_with_any_number_of_labels_are_refused_by_a_model_that_gives_one(ran: Result) -> None:
    several = Texts.of_sets(["a text"], [{"Sports", "World"}])
    with pytest.raises(ConfigError, match="gives each text one label, and these texts are not read so"):
        evaluate(ran.model, several)


def test_a_test_part_without_rows_is_refused(ran: Result, file: Path) -> None:
    empty = replace(Csv(train=file).split, test_fraction=0.0)
    with pytest.raises(DataError, match="the test part of the dataset has no rows"):
        evaluate(ran.model, Csv(train=file, split=empty))


def test_an_evaluation_is_told_in_a_line_and_in_a_table(ran: Result) -> None:
    found = evaluate(ran.model, NEW)
    assert repr(found).startswith("<Evaluation on 60 texts: accuracy ")
    assert len(repr(found)) < 200
    assert "<th scope='row'>accuracy</th>" in found._repr_html_()


def test_a_metric_that_is_none_is_refused_and_an_estimator_is_a_model(ran: Result) -> None:
    with pytest.raises(ConfigError, match="'acuracy' is not a metric; did you mean accuracy"):
        evaluate(ran.model, NEW, metrics=["acuracy"])
    fitted = TextClassifier("embedding_mean").fit(list(NEW.texts), list(NEW.labels))
    assert evaluate(fitted, NEW).scores == evaluate(fitted.model_, NEW).scores
    with pytest.raises(TypeError, match="the folder of one is expected, not TextClassifier before fit"):
        evaluate(TextClassifier(), NEW)
