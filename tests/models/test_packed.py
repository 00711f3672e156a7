from __future__ import annotations

import copy
import pickle
import pickletools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import joblib
import numpy as np
import pytest

from nlpkit import (
    ConfigError,
    EmbeddingMean,
    Experiment,
    Headlines,
    Model,
    Observer,
    Pool,
    TextModel,
    Tokenizer,
    load,
    run,
)
from tests.models.test_saved import MEMBERS

TEXTS = ["Coach Brask praises the striker", "Lender Corwin blames the market", "", "zzz qqq"]
DATA = Headlines(train_size=80, valid_size=40, test_size=20)


@dataclass(frozen=True)
class Halves(Tokenizer):
    """Text cut in two."""

    def build(self):  # type: ignore[no-untyped-def]
        return halves


def halves(text: str) -> list[str]:
    return [text[: len(text) // 2], text[len(text) // 2 :]]


@pytest.fixture(scope="module", params=["one", "pool"])
def model(request: pytest.FixtureRequest) -> TextModel:
    parts = {"encoder": EmbeddingMean()} if request.param == "one" else {"members": MEMBERS}
    return run(Experiment(data=DATA, baseline=False, **parts), observer=Observer()).model


def same(first: TextModel, second: TextModel) -> None:
    assert type(first) is type(second)
    assert first.labels.names == second.labels.names
    np.testing.assert_array_equal(first.probabilities(TEXTS), second.probabilities(TEXTS))
    assert first.predict(TEXTS) == second.predict(TEXTS)


def test_a_pickled_model_says_the_same_to_the_last_bit(model: TextModel) -> None:
    same(model, pickle.loads(pickle.dumps(model)))
    same(model, copy.deepcopy(model))
    assert pickle.loads(pickle.dumps(model)).location == ""


def test_a_pickle_names_one_function_and_otherwise_holds_bytes(model: TextModel) -> None:
    words = [
        arg for code, arg, _ in pickletools.genops(pickle.dumps(model, 2)) if code.name in ("GLOBAL", "INST")
    ]
    assert words == ["nlpkit.models.packed restored", "_codecs encode"][: len(words)]


def test_joblib_keeps_a_model(model: TextModel, tmp_path: Path) -> None:
    joblib.dump(model, tmp_path / "model.joblib")
    same(model, joblib.load(tmp_path / "model.joblib"))


def test_another_process_unpickles_a_model_without_having_imported_nlpkit(
    model: TextModel, tmp_path: Path
) -> None:
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    code = (
        f"import pickle, json; model = pickle.load(open({str(tmp_path / 'model.pickle')!r}, 'rb'));"
        f"print(json.dumps(model.probabilities({TEXTS!r}).tolist()))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    np.testing.assert_array_equal(np.array(__import__("json").loads(said)), model.probabilities(TEXTS))


def test_a_component_that_no_plugin_registers_is_pickled_by_its_name() -> None:
    experiment = Experiment(data=DATA, encoder=EmbeddingMean(), tokenizer=Halves(), baseline=False)
    model = run(experiment, observer=Observer()).model
    same(model, pickle.loads(pickle.dumps(model)))


def test_a_model_saves_itself_to_a_folder_that_load_reads(model: TextModel, tmp_path: Path) -> None:
    model.save(tmp_path / "kept")
    same(model, load(tmp_path / "kept"))
    same(model, TextModel.load(tmp_path / "kept", device="cpu"))
    assert isinstance(model, Model | Pool)
    same(model, type(model).load(tmp_path / "kept"))


def test_nothing_is_saved_over_what_is_there(model: TextModel, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this folder exists, and nothing is ever overwritten"):
        model.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_device_that_is_not_there_is_refused(model: TextModel, tmp_path: Path) -> None:
    model.save(tmp_path / "kept")
    with pytest.raises(ConfigError, match="'cuda:99' cannot be used here"):
        load(tmp_path / "kept", device="cuda:99")


def test_predict_proba_gives_the_probabilities(model: TextModel) -> None:
    np.testing.assert_array_equal(model.predict_proba(TEXTS), model.probabilities(TEXTS))


def test_texts_of_which_nothing_is_known_are_told_apart(model: TextModel) -> None:
    assert model.unknown(TEXTS).tolist() == [False, False, True, True]
    assert model.unknown([]).tolist() == []
    with pytest.raises(TypeError, match="a list of texts is expected, not one text"):
        model.unknown("a text")


def test_eight_threads_get_what_one_gets(model: TextModel) -> None:
    texts = [f"{TEXTS[number % 2]} {number}" for number in range(400)]
    expected = model.probabilities(texts)
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: model.probabilities(texts), range(16)):
            np.testing.assert_array_equal(found, expected)


def test_a_repr_is_a_line(model: TextModel) -> None:
    kind = "Model EmbeddingMean" if isinstance(model, Model) else "Pool embedding_mean, tfidf"
    assert repr(model).startswith(f"<{kind}: 4 classes, ")
    assert len(repr(model)) < 100
    assert repr(replace(model, location="elsewhere")) == repr(model)


def test_a_notebook_shows_what_a_model_is_made_of(model: TextModel) -> None:
    shown = model._repr_html_()
    assert "Business" in shown
    assert shown.startswith(f"<table><caption>{type(model).__name__}</caption>")
