from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit.components.embedding import Embedding, sized
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.errors import DataError, NetworkError, SettingsError
from nlpkit.experiment.file import dump_experiment, load_experiment
from nlpkit.vocab import Vocab


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.txt"
    path.write_text("cat 1 2 3\ndog 4 5 6\n", encoding="utf-8")
    return path


def test_a_size_that_is_unset_is_64() -> None:
    assert Embedding().width() == 64
    assert Embedding().build(Vocab(["cat"])).weight.shape == (3, 64)


def test_a_size_that_is_unset_is_that_of_named_vectors() -> None:
    assert Embedding(vectors="glove.6B.100d").size == 100
    assert Embedding(vectors="cc.de.300") == Embedding(vectors="cc.de.300", size=300)


def test_a_size_that_is_unset_is_that_of_the_file(file: Path) -> None:
    settings = Embedding(vectors=file)
    assert (settings.size, settings.width()) == (None, 3)
    assert settings.build(Vocab(["cat"])).weight[2].tolist() == [1, 2, 3]
    assert settings.portable() == Embedding(size=3)


def test_each_embedding_of_settings_is_sized_and_the_rest_stays(file: Path) -> None:
    settings = Lstm(hidden_size=5, embedding=Embedding(vectors=file, dropout=0.5))
    assert sized(settings) == Lstm(hidden_size=5, embedding=Embedding(vectors=file, dropout=0.5, size=3))
    assert sized(EmbeddingMean()) == EmbeddingMean(embedding=Embedding(size=64))
    plain = EmbeddingMean(embedding=Embedding(size=8))
    assert sized(plain) is plain


def test_another_size_than_that_of_named_vectors_is_refused() -> None:
    said = "size: 64, and glove.6B.100d has vectors of 100 numbers; set it to 100"
    with pytest.raises(SettingsError) as refused:
        Embedding(size=64, vectors="glove.6B.100d")
    assert str(refused.value) == said
    assert replace(Embedding(), vectors="glove.6B.100d").size == 100


def test_a_file_that_says_the_vectors_alone_has_their_size(tmp_path: Path, file: Path) -> None:
    head = 'data = "headlines"\n[encoder]\ntype = "lstm"\n[encoder.embedding]\nvectors = '
    for vectors, size in (("glove.6B.100d", 100), ("mine.txt", 3)):
        (tmp_path / "x.toml").write_text(f'{head}"{vectors}"\n', encoding="utf-8")
        experiment = load_experiment(tmp_path / "x.toml")
        assert isinstance(experiment.encoder, Lstm)
        assert sized(experiment.encoder).embedding.size == size
        assert experiment.encoder.embedding.vectors == (file if vectors == file.name else vectors)
        again = tmp_path / "again.toml"
        again.write_text(dump_experiment(experiment, folder=tmp_path), encoding="utf-8")
        assert load_experiment(again) == experiment


@pytest.mark.parametrize("vectors", ["glove.6B.100d", Path("glove.6B.100d")])
def test_a_known_name_is_a_name_however_it_is_given(vectors: Any) -> None:
    assert Embedding(vectors=vectors).vectors == "glove.6B.100d"


@pytest.mark.parametrize("vectors", ["mine.txt", "./glove.6B.100d.txt", "a/glove.6B.100d", "none"])
def test_any_other_string_is_a_path(vectors: str) -> None:
    assert Embedding(vectors=vectors).vectors == Path(vectors)


@pytest.mark.parametrize("vectors", ["", "a\0b"])
def test_what_can_be_no_path_is_refused(vectors: str) -> None:
    with pytest.raises(SettingsError, match=r"vectors: '.*' is not a path"):
        Embedding(vectors=vectors)


def test_named_vectors_that_cannot_be_had_are_a_problem_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("NLPKIT_DATA_DIR", raising=False)
    (problem,) = Embedding(vectors="glove.6B.50d").problems_here()
    assert isinstance(problem, NetworkError)
    with pytest.raises(NetworkError, match=r"glove\.6B\.50d is not here, and NLPKIT_OFFLINE forbids"):
        Embedding(vectors="glove.6B.50d").build(Vocab([]))
    (problem,) = Embedding(vectors=tmp_path / "golve.6B.50d").problems_here()
    assert isinstance(problem, DataError)
    assert problem.hint == 'check the path, or write "glove.6B.50d" alone, which is downloaded'


@pytest.mark.parametrize("name", ["dropout", "word_dropout"])
def test_dropping_all_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: 1.0 is not a number from 0 to 0.99"):
        Embedding(**{name: 1.0})  # type: ignore[arg-type]
