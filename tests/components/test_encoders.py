from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from nlpkit import Experiment, Headlines, Observer, run
from nlpkit.batch import FlatBatch, LengthBatch, PaddedBatch
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm, Recurrent, Rnn
from nlpkit.errors import SettingsError
from nlpkit.vocab import Vocab

NO_RANGE = "is no range of lengths; give the least and the most characters, from 1 to 20"

each_recurrent = pytest.mark.parametrize("settings", [Rnn, Gru, Lstm])


@each_recurrent
def test_a_recurrent_encoder_needs_lengths_where_it_packs(settings: type[Recurrent]) -> None:
    assert settings().accepts is PaddedBatch
    assert settings(packed=True).accepts is LengthBatch


def test_the_mean_reads_texts_end_to_end_or_padded() -> None:
    assert EmbeddingMean().accepts == (FlatBatch, PaddedBatch)


@each_recurrent
def test_a_recurrent_encoder_is_built_as_it_is_set(settings: type[Recurrent]) -> None:
    encoder = settings(
        hidden_size=5,
        num_layers=2,
        bidirectional=True,
        dropout=0.5,
        packed=True,
        pooling="attention",
        embedding=Embedding(size=3),
    ).build(Vocab(["a", "b"]))
    assert encoder.output_dim == 10
    assert encoder.rnn.mode.lower().startswith(settings.cell)
    assert (encoder.rnn.input_size, encoder.rnn.hidden_size, encoder.rnn.num_layers) == (3, 5, 2)
    assert (encoder.rnn.bidirectional, encoder.rnn.dropout, encoder.dropout.p) == (True, 0.5, 0.5)
    assert (encoder.packed, type(encoder.pool).__name__) == (True, "AttentionPool")
    assert encoder.embedding.weight.shape == (4, 3)


@each_recurrent
def test_without_settings_a_recurrent_encoder_learns_a_few_hundred_texts(settings: type[Recurrent]) -> None:
    data = Headlines(train_size=420, valid_size=80, test_size=200, order_fraction=0.0)
    assert run(Experiment(data=data, encoder=settings()), observer=Observer()).scores["accuracy"] >= 0.9


@each_recurrent
def test_dropout_with_one_layer_gives_no_warning(settings: type[Recurrent]) -> None:
    encoder = settings(dropout=0.5).build(Vocab([]))
    assert (encoder.rnn.dropout, encoder.dropout.p) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"hidden_size": 0}, "hidden_size: 0 is not a whole number from 1 to 65536"),
        ({"hidden_size": 65_537}, "hidden_size: 65537 is not a whole number from 1 to 65536"),
        ({"hidden_size": 2.0}, "hidden_size: 2.0 is not a whole number"),
        ({"num_layers": 0}, "num_layers: 0 is not a whole number from 1 to 64"),
        ({"num_layers": 65}, "num_layers: 65 is not a whole number from 1 to 64"),
        ({"num_layers": True}, "num_layers: true is not a whole number"),
        ({"dropout": -0.1}, "dropout: -0.1 is not a number from 0 to 1"),
        ({"dropout": 1.5}, "dropout: 1.5 is not a number from 0 to 1"),
        ({"dropout": float("nan")}, "dropout: nan is not a number from 0 to 1"),
    ],
)
@each_recurrent
def test_a_setting_out_of_bounds_is_refused(
    settings: type[Recurrent], changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**changes)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"size": 0}, "size: 0 is not a whole number from 1 to 65536"),
        ({"init_std": -1.0}, "init_std: -1.0 is not a number from 0 to 1000"),
        ({"init_std": float("inf")}, "init_std: inf is not a number from 0 to 1000"),
        ({"dropout": 2}, "dropout: 2.0 is not a number from 0 to 0.99"),
        ({"char_ngrams": (4, 3)}, f"char_ngrams: [4, 3] {NO_RANGE}"),
        ({"char_ngrams": (0, 3)}, f"char_ngrams: [0, 3] {NO_RANGE}"),
        ({"char_ngrams": (3, 21)}, f"char_ngrams: [3, 21] {NO_RANGE}"),
        ({"char_ngram_buckets": 0}, "char_ngram_buckets: 0 is not a whole number from 1 to 10000000"),
    ],
)
def test_an_embedding_out_of_bounds_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Embedding(**changes)
    assert str(caught.value) == problem


def test_every_setting_out_of_bounds_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Lstm(hidden_size=0, num_layers=0, dropout=2)
    assert list(caught.value.by_field) == ["hidden_size", "num_layers", "dropout"]


@pytest.mark.parametrize("settings", [Rnn, Gru, Lstm, EmbeddingMean])
def test_portable_settings_name_no_outside_file_and_keep_the_rest(
    settings: type[Recurrent] | type[EmbeddingMean],
) -> None:
    embedding = Embedding(size=3, dropout=0.25, frozen=True, vectors=Path("glove.txt"), char_ngrams=(3, 5))
    given = settings(embedding=embedding)
    assert given.portable() == settings(embedding=Embedding(size=3, dropout=0.25, frozen=True))
    assert given.embedding.vectors == Path("glove.txt")


def test_vectors_of_a_file_are_where_the_embedding_starts(tmp_path: Path) -> None:
    (tmp_path / "glove.txt").write_text("cat 1 2\nbird 3 4\n", encoding="utf-8")
    settings = Embedding(size=2, vectors=tmp_path / "glove.txt", frozen=True)
    module = settings.build(Vocab(["dog", "cat"]))
    assert module.weight[3].tolist() == [1.0, 2.0]
    assert module.weight[0].tolist() == [0.0, 0.0]
    assert tuple(map(str, module.notes)) == ("glove.txt: vectors for 1 of 2 tokens (50.0 %)",)
    assert not module.weight.requires_grad


def test_a_pooling_that_there_is_not_is_refused_from_python_too() -> None:
    with pytest.raises(SettingsError, match="'first' is not a pooling; known: attention, last, max, mean"):
        Lstm(pooling="first")  # type: ignore[arg-type]


def test_words_alone_have_ngrams_and_start_from_the_vectors_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "glove.txt").write_text("cat 1 2\nbird 3 4\n", encoding="utf-8")
    settings = Embedding(
        size=2, vectors=tmp_path / "glove.txt", char_ngrams=(3, 5), char_ngram_buckets=7, init_std=3.0
    )
    module = settings.build(Vocab(["dog", "cat", "a cat"], specials=["<mask>"], buckets=1)).eval()
    vectors = module(torch.arange(7))
    torch.testing.assert_close(vectors[4], torch.tensor([1.0, 2.0]))
    assert module.char_ngrams.table.weight.shape == (8, 2)
    assert 1.0 < module.char_ngrams.table.weight[1:].std() < 5.0
    spelled = (vectors != module.weight).any(dim=1).tolist()
    assert spelled == [False, False, False, True, True, False, False]
