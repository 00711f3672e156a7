from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nlpkit import Model, load
from nlpkit.model import decide

TEXTS = ["the coach praises the goalkeeper", "", "senate", "a chip " * 600, "\ud83d", "ünïcode <pad>"]


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    return load(trained)


def test_probabilities_are_a_row_for_each_text_in_its_order(model: Model) -> None:
    found = model.probabilities(TEXTS)
    assert found.shape == (len(TEXTS), len(model.labels))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_allclose(model.probabilities(TEXTS[::-1]), found[::-1], atol=1e-6)


def test_a_text_does_not_depend_on_its_neighbours_or_on_the_batch_size(model: Model) -> None:
    alone = np.vstack([model.probabilities([text]) for text in TEXTS])
    for batch_size in (1, 2, 512):
        np.testing.assert_allclose(model.probabilities(TEXTS, batch_size=batch_size), alone, atol=1e-6)


def test_predict_names_the_likeliest_class(model: Model) -> None:
    found = model.probabilities(TEXTS)
    assert model.predict(TEXTS) == [model.labels.names[i] for i in found.argmax(axis=1)]


def test_no_texts_have_no_answers(model: Model) -> None:
    assert model.probabilities([]).shape == (0, len(model.labels))
    assert model.predict([]) == []


def test_one_string_is_not_a_list_of_texts(model: Model) -> None:
    with pytest.raises(TypeError, match="a list of texts is expected, not one text"):
        model.predict("a text")


def test_several_threads_may_predict_at_once(trained: Path) -> None:
    model = load(trained)  # nothing of it has been used yet
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: model.probabilities(TEXTS), range(16)))
    assert all(np.array_equal(each, found[0]) for each in found)
    assert not model.classifier.training


def test_equals_are_decided_for_the_first() -> None:
    assert decide(np.array([[0.5, 0.5], [0.2, 0.8]])).tolist() == [0, 1]
