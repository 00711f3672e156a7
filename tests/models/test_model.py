from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nlpkit import Model, load
from nlpkit.errors import DataError
from nlpkit.ragged import Ragged
from nlpkit.text.indexing import encode

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


@pytest.mark.usefixtures("pieces_of_two")
@pytest.mark.parametrize("workers", [1, 2])
def test_probabilities_that_are_not_numbers_are_refused_by_the_name_of_the_model(
    trained: Path, workers: int
) -> None:
    model = load(trained)
    with torch.no_grad():
        model.classifier.head.weight.fill_(3e38)
        model.classifier.encoder.embedding.weight.fill_(3e38)
    with pytest.raises(DataError) as caught:
        model.predict(TEXTS, workers=workers)
    assert str(caught.value).startswith(
        f"{trained / 'model'}: the model gives probabilities that are not numbers\n  its numbers overflow: "
    )


def test_one_string_is_not_a_list_of_texts(model: Model) -> None:
    with pytest.raises(TypeError, match="a list of texts is expected, not one text"):
        model.predict("a text")


@pytest.mark.parametrize(
    ("texts", "what"),
    [("a text", "one text"), (b"a", "one text"), ({"text": "a"}, "dict"), (3, "int"), (None, "NoneType")],
)
def test_what_is_no_list_of_texts_is_refused(model: Model, texts: Any, what: str) -> None:
    for ask in (model.predict, model.probabilities):
        with pytest.raises(TypeError, match=f"^a list of texts is expected, not {what}$"):
            ask(texts)


def test_a_table_is_no_list_of_texts_even_though_its_columns_have_names(model: Model) -> None:
    class Table(list[str]):
        columns = ("text", "id")

    with pytest.raises(TypeError, match=r"^a list of texts is expected, not Table$"):
        model.predict(Table(["text", "id"]))


@pytest.mark.parametrize("item", [None, float("nan"), b"x", 3, ["a", "b"]])
def test_what_is_no_text_is_refused_by_its_place(model: Model, item: Any) -> None:
    with pytest.raises(DataError) as caught:
        model.predict(iter(["a", item]))
    assert str(caught.value) == (
        f"texts[1] is {item!r}, but a string is expected\n"
        "  fill in or leave out what is missing, and decode bytes"
    )


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_has_a_text_at_least(model: Model, size: int) -> None:
    with pytest.raises(ValueError, match=f"batch_size is {size}, but must be at least 1"):
        model.probabilities(["a"], batch_size=size)


def test_several_threads_may_predict_at_once(trained: Path) -> None:
    model = load(trained)  # nothing of it has been used yet
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: model.probabilities(TEXTS), range(16)))
    assert all(np.array_equal(each, found[0]) for each in found)
    assert not model.classifier.training


@pytest.fixture
def pieces_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", 2)


@pytest.mark.usefixtures("pieces_of_two")
def test_how_many_processes_share_the_texts_changes_nothing(model: Model) -> None:
    whole = model.probabilities(TEXTS, workers=1)
    for workers in (2, 3, None):
        assert np.array_equal(model.probabilities(TEXTS, workers=workers), whole)
        assert model.predict(TEXTS, workers=workers) == model.predict(TEXTS, workers=1)
    assert not model.classifier.training


def test_the_cut_into_pieces_changes_a_last_digit_at_most(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.probabilities(TEXTS)
    for texts, chars in ((1, 1 << 22), (4, 1 << 22), (8192, 5)):
        monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", texts)
        monkeypatch.setattr("nlpkit.models.pieces.PIECE_CHARS", chars)
        np.testing.assert_allclose(model.probabilities(TEXTS), whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("texts", "chars", "sizes"), [(99, 4, [2, 2, 1]), (99, 5, [2, 2, 1]), (99, 6, [3, 2]), (2, 99, [2, 2, 1])]
)
def test_a_piece_ends_with_the_text_that_is_too_much_for_it(
    model: Model, monkeypatch: pytest.MonkeyPatch, texts: int, chars: int, sizes: list[int]
) -> None:
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", texts)
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_CHARS", chars)
    assert [len(found) for found in model.stream(["cat"] * 5, workers=1)] == sizes


@pytest.mark.usefixtures("pieces_of_two")
def test_a_process_that_is_killed_costs_no_answer(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, here = model.probabilities(TEXTS, workers=1), os.getpid()

    def killed(*arguments: object) -> Ragged:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return encode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("nlpkit.models.model.encode", killed)
    assert np.array_equal(model.probabilities(TEXTS, workers=2), expected)


@pytest.mark.usefixtures("pieces_of_two")
def test_a_broken_tokenizer_is_named_by_its_own_error(trained: Path) -> None:
    model = load(trained)

    def broken(text: str) -> list[str]:
        raise LookupError("no such word")

    vars(model)["_tokenize"] = broken
    with pytest.raises(LookupError, match="no such word"):
        model.probabilities(TEXTS, workers=2)


@pytest.mark.usefixtures("pieces_of_two")
def test_an_endless_stream_of_texts_is_answered_as_it_comes(model: Model) -> None:
    taken = count()
    with closing(model.stream((f"chip {next(taken)}" for _ in repeat(None)), workers=2)) as stream:
        found = [next(stream) for _ in range(3)]
    assert [each.shape for each in found] == [(2, len(model.labels))] * 3
    assert next(taken) <= 12


def test_a_core_has_one_torch_thread_and_the_caller_keeps_its_own(model: Model) -> None:
    seen: list[int] = []
    watch = model.classifier.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        model.probabilities(TEXTS)
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(2,)) as pool:
            pool.submit(model.probabilities, TEXTS).result()
    finally:
        torch.set_num_threads(before)
        watch.remove()
    assert seen == [1, 2]


def test_there_is_at_least_one_worker(model: Model) -> None:
    with pytest.raises(ValueError, match="workers is 0, but must be at least 1"):
        model.probabilities(TEXTS, workers=0)
