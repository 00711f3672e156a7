from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nlpkit.batch import PaddedBatch
from nlpkit.components.collators import PadLength
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import Lstm
from nlpkit.nn import prediction
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.collate import padify
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.mean import EmbeddingMeanEncoder
from nlpkit.nn.prediction import NotNumbersError, probabilities
from nlpkit.ragged import Ragged
from nlpkit.system.forking import can_fork
from nlpkit.vocab import Vocab

COLLATE = PadLength().build(Vocab([]))
rows_of_ids = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=9), min_size=1, max_size=9)


def model(dropout: float = 0.0) -> Classifier:
    torch.manual_seed(0)
    encoder = Lstm(hidden_size=4, dropout=dropout, embedding=Embedding(size=3, init_std=1.0))
    return Classifier(encoder.build(Vocab("abcdefgh")), 3).eval()


@given(rows=rows_of_ids, batch_size=st.integers(1, 10))
def test_each_text_keeps_its_place_whatever_its_batch(rows: list[list[int]], batch_size: int) -> None:
    asked = model()
    found = probabilities(asked, Ragged.from_rows(rows), COLLATE, batch_size=batch_size)
    alone = [probabilities(asked, Ragged.from_rows([row]), COLLATE)[0] for row in rows]
    assert (found.dtype, found.shape) == (np.float64, (len(rows), 3))
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=1e-12)


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    asked, rows = model(), Ragged.from_rows([[3, 4], [5, 6]])
    expected = asked(COLLATE(rows)).detach().double().softmax(dim=1)
    np.testing.assert_allclose(probabilities(asked, rows, COLLATE), expected, rtol=0, atol=1e-7)


def test_no_texts_have_no_probabilities() -> None:
    assert probabilities(model(), Ragged.from_rows([]), COLLATE).shape == (0, 3)


@pytest.mark.parametrize("workers", [1, 2])
def test_probabilities_that_are_not_numbers_are_refused(
    workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction, "SHARE_TEXTS", 1)
    asked = model()
    with torch.no_grad():
        asked.head.weight.fill_(np.nan)
    rows = Ragged.from_rows([[3, 4, 5], [5], [4, 4]])
    with pytest.raises(NotNumbersError) as caught:
        probabilities(asked, rows, COLLATE, batch_size=1, workers=workers)
    assert str(caught.value) == (
        "the model gives probabilities that are not numbers\n"
        "  its numbers overflow: train it again with a lower learning rate"
    )


def test_each_module_is_in_its_mode_again_afterwards() -> None:
    asked = model(dropout=0.5).train()
    asked.encoder.embedding.eval()
    before = [module.training for module in asked.modules()]
    rows = Ragged.from_rows([[3, 4, 5]] * 20)
    found = probabilities(asked, rows, COLLATE)
    assert [module.training for module in asked.modules()] == before
    assert np.ptp(found, axis=0).max() < 1e-6  # nothing was dropped


def test_each_module_is_in_its_mode_again_after_an_error() -> None:
    asked = model().train()

    def broken(rows: Ragged) -> Any:
        raise RuntimeError("no batch")

    with pytest.raises(RuntimeError, match="no batch"):
        probabilities(asked, Ragged.from_rows([[3]]), broken)
    assert all(module.training for module in asked.modules())


def test_a_model_in_eval_mode_is_not_touched() -> None:
    class Watched(Classifier):
        def train(self, mode: bool = True) -> Classifier:
            raise AssertionError("the mode was changed")

    asked = Watched.__new__(Watched)
    nn.Module.__init__(asked)
    plain = model()
    asked.encoder, asked.head, asked.training = plain.encoder, plain.head, False
    assert probabilities(asked, Ragged.from_rows([[3]]), COLLATE).shape == (1, 3)


def test_several_threads_get_the_answers_that_one_gets() -> None:
    asked, random = model(dropout=0.5), np.random.default_rng(0)
    parts = [Ragged.from_rows(random.integers(1, 10, (20, n)).tolist()) for n in range(1, 33)]
    expected = [probabilities(asked, part, COLLATE, batch_size=7) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda part: probabilities(asked, part, COLLATE, batch_size=7), parts))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_prediction_keeps_no_gradients_and_leaves_the_random_state_alone() -> None:
    asked = model(dropout=0.5)
    before = torch.get_rng_state()
    probabilities(asked, Ragged.from_rows([[3, 4]]), COLLATE)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(parameter.grad is None for parameter in asked.parameters())


def test_the_batches_that_a_model_sees_hold_texts_of_similar_length() -> None:
    seen: list[tuple[int, ...]] = []

    def collate(rows: Ragged) -> PaddedBatch:
        batch = COLLATE(rows)
        seen.append(tuple(batch.ids.shape))
        return batch

    probabilities(model(), Ragged.from_rows([[3], [3] * 9, [3] * 8, [3] * 2]), collate, batch_size=2)
    assert seen == [(2, 9), (2, 2)]


@pytest.mark.parametrize("killed", [False, True], ids=["all live", "one is killed"])
def test_several_processes_find_the_same_bits_as_one(killed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "SHARE_TEXTS", 10)
    torch.manual_seed(13)
    asked = Classifier(EmbeddingMeanEncoder(TokenEmbedding(20, 4)), 3)
    ids = Ragged.from_rows(
        [[1 + (row * 7 + place) % 19 for place in range(1 + row % 9)] for row in range(60)]
    )
    home = os.getpid()
    parts: list[Ragged] = []

    def collate(rows: Ragged) -> PaddedBatch:
        parts.append(rows)
        if killed and os.getpid() != home:
            os.kill(os.getpid(), signal.SIGKILL)
        return padify(rows)

    alone = prediction.probabilities(asked, ids, padify, batch_size=8)
    together = prediction.probabilities(asked, ids, collate, batch_size=8, workers=2)
    assert np.array_equal(alone, together)
    assert len(parts) == (8 if killed or not can_fork() else 4)  # batches of this process
