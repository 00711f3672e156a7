from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.errors import ConfigError
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.order import shuffled
from nlpkit.scoring.losses import summed_cross_entropy
from nlpkit.training.loop import Loop
from nlpkit.training.rows import Rows
from nlpkit.training.settings import LoopSettings
from nlpkit.training.state import EpochReport, TrainerState

Weights = dict[str, torch.Tensor]
OF_LOOP = ("seed", "score", "higher_is_better", "class_weights", "loss", "steps", "progress")
SMOOTH = partial(summed_cross_entropy, label_smoothing=0.2)
PLAIN = Lstm(hidden_size=6, dropout=0.0, embedding=Embedding())
LSTM = Lstm(hidden_size=6, dropout=0.3, bidirectional=True, embedding=Embedding(size=5, dropout=0.2))


def right(gold: Any, found: Any) -> dict[str, float]:
    """A score: the share of right answers."""
    return {"accuracy": float((found.argmax(axis=1) == gold).mean())}


def loop(**changes: Any) -> Callable[..., Loop]:
    """A loop that waits for its model and rows."""
    of_loop = {name: changes.pop(name) for name in OF_LOOP if name in changes}
    settings = {
        "batch_size": 8,
        "epochs": 5,
        "learning_rate": 0.05,
        "schedule": "constant",
        "embedding_updates": "rows",
        "device": "cpu",
        **changes,
    }
    return partial(Loop, settings=LoopSettings(**settings), **{"seed": 3, "score": right, **of_loop})


def repeated(rows: Rows) -> Rows:
    """The first row eight times: a batch of it is the same in any order."""
    return Rows(rows.ids.take([0] * 8), rows.labels[[0] * 8], rows.collate)


@pytest.mark.parametrize(
    "dropping",
    [
        replace(PLAIN, dropout=0.5),
        replace(PLAIN, embedding=Embedding(dropout=0.5)),
    ],
    ids=["before the head", "of embeddings"],
)
def test_dropout_of_a_text_is_another_in_each_epoch(toy: Any, dropping: Lstm) -> None:
    corpus = toy()
    for encoder, different in ((dropping, 3), (PLAIN, 1)):
        model = model_for(corpus, encoder)
        reports = loop(learning_rate=0.0, epochs=3)(model, repeated(corpus.train), corpus.valid)
        assert len({report.train_loss for report in reports}) == different


def model_for(corpus: Any, encoder: Any = LSTM, seed: int = 0) -> Classifier:
    torch.manual_seed(seed)
    return Classifier(encoder.build(corpus.vocab), len(corpus.labels))


def weights_of(model: Classifier) -> Weights:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def told(reports: list[EpochReport]) -> list[tuple[Any, ...]]:
    """What reports say, without times."""
    return [
        (r.epoch, r.texts, r.train_loss, r.train_accuracy, r.learning_rate, r.valid, r.best) for r in reports
    ]


def with_states(training: Loop) -> tuple[list[EpochReport], list[TrainerState]]:
    """All reports, and the state after each."""
    reports, states = [], []
    for report in training:
        reports.append(report)
        states.append(training.state())
    return reports, states


def first(training: Loop) -> EpochReport:
    """The report of the first epoch."""
    return next(iter(training))


def test_the_same_seed_gives_the_same_bits_and_another_one_others(toy: Any) -> None:
    found = []
    for seed in (3, 3, 4):
        model = model_for(toy())
        reports = list(loop(seed=seed, epochs=2)(model, toy().train, toy().valid))
        found.append((weights_of(model), told(reports)))
    assert same(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]
    assert not same(found[0][0], found[2][0])


def test_training_does_not_depend_on_torchs_random_state(toy: Any) -> None:
    found = []
    for noise in (1, 2):
        model = model_for(toy())
        torch.manual_seed(noise)
        list(loop(epochs=1)(model, toy().train, toy().valid))
        found.append(weights_of(model))
    assert same(*found)


@pytest.mark.parametrize("batch_size", [1, 3, 13, 1000])
def test_one_row_a_last_batch_of_one_and_a_batch_larger_than_the_data_train(
    toy: Any, batch_size: int
) -> None:
    corpus = toy()
    for rows in (1, 4, 40):
        some = Rows(corpus.train.ids.take(range(rows)), corpus.train.labels[:rows], corpus.train.collate)
        report = first(loop(batch_size=batch_size)(model_for(corpus), some, some))
        assert report.texts == rows
        assert math.isfinite(report.train_loss)


def test_progress_is_told_after_each_batch(toy: Any) -> None:
    seen: list[tuple[int, int, int]] = []
    told = loop(batch_size=16, epochs=2, progress=lambda p: seen.append((p.epoch, p.texts, p.total)))
    list(told(model_for(toy()), toy().train, toy().valid))
    assert seen[-1] == (2, 40, 40)
    assert [epoch for epoch, _, _ in seen] == [1, 1, 1, 2, 2, 2]


def test_the_loss_and_accuracy_told_are_means_over_texts(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, EmbeddingMean())
    frozen = loop(learning_rate=0.0, batch_size=7, epochs=1)
    report = first(frozen(model, corpus.train, corpus.valid))
    logits = model(corpus.train.collate(corpus.train.ids))
    gold = torch.from_numpy(corpus.train.labels)
    assert report.train_loss == pytest.approx(F.cross_entropy(logits, gold).item(), rel=1e-6)
    assert report.train_accuracy == (logits.argmax(1) == gold).double().mean().item()


def test_weights_and_smoothing_enter_the_loss_as_in_torch(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, EmbeddingMean())
    weights = np.array([0.5, 1.0, 3.0])
    setting = loop(learning_rate=0.0, batch_size=40, epochs=1, class_weights=weights, loss=SMOOTH)
    report = first(setting(model, corpus.train, corpus.valid))
    logits = model(corpus.train.collate(corpus.train.ids))
    expected = F.cross_entropy(
        logits, torch.from_numpy(corpus.train.labels), torch.tensor(weights).float(), label_smoothing=0.2
    )
    assert report.train_loss == pytest.approx(expected.item(), rel=1e-6)


def test_a_long_gradient_is_scaled_down(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, EmbeddingMean())
    before = weights_of(model)
    setting = loop(optimizer="sgd", learning_rate=1.0, batch_size=40, epochs=1, max_grad_norm=1e-3)
    list(setting(model, corpus.train, corpus.valid))
    moved = torch.cat([(before[name] - tensor).flatten() for name, tensor in weights_of(model).items()])
    assert moved.norm().item() == pytest.approx(1e-3, rel=1e-2)


def test_one_step_of_the_loop_is_one_plain_step_of_torch(toy: Any) -> None:
    corpus = toy()
    model, other = model_for(corpus, EmbeddingMean()), model_for(corpus, EmbeddingMean())
    list(loop(batch_size=40, epochs=1)(model, corpus.train, corpus.valid))
    [order] = shuffled(corpus.train.ids.lengths, 40, seed=3, epoch=1)
    optimizer = torch.optim.Adam(other.parameters(), lr=0.05)
    logits = other(corpus.train.collate(corpus.train.ids.take(order)))
    F.cross_entropy(logits, torch.from_numpy(corpus.train.labels[order])).backward()
    optimizer.step()
    found, expected = weights_of(model), weights_of(other)
    for name, weight in expected.items():
        torch.testing.assert_close(found[name], weight, rtol=0, atol=1e-6, msg=name)


def test_frozen_weights_stay_as_they_are(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, EmbeddingMean(embedding=Embedding(size=4, frozen=True)))
    before = weights_of(model)
    list(loop(weight_decay=0.5, epochs=2)(model, corpus.train, corpus.valid))
    assert torch.equal(model.state_dict()["encoder.embedding.weight"], before["encoder.embedding.weight"])
    assert not torch.equal(model.state_dict()["head.weight"], before["head.weight"])


def test_a_report_has_the_learning_rate_of_its_last_step(toy: Any) -> None:
    setting = loop(batch_size=10, epochs=2, schedule="linear", learning_rate=0.8)
    reports = list(setting(model_for(toy()), toy().train, toy().valid))
    assert [report.learning_rate for report in reports] == pytest.approx([0.8 * 5 / 8, 0.8 * 1 / 8])


def test_shuffled_labels_cannot_be_told_on_new_texts(toy: Any) -> None:
    corpus = toy()
    mixed = np.random.default_rng(0).permutation(corpus.train.labels)
    train = replace(corpus.train, labels=mixed)
    valid = replace(corpus.valid, labels=np.random.default_rng(1).permutation(corpus.valid.labels))
    reports = list(loop(epochs=10)(model_for(corpus), train, valid))
    assert reports[-1].valid["accuracy"] <= 1 / 3 + 3 * math.sqrt(2 / 9 / 20)


def test_bfloat16_learns_nearly_what_float32_learns(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # the CPU, which has it and is slower with it, in the place of a GPU
    monkeypatch.setattr("nlpkit.training.loop.device_of", lambda name, **_: torch.device("cpu"))
    corpus = toy()
    losses = []
    for precision in ("float32", "bfloat16"):
        model = model_for(corpus, EmbeddingMean())
        *_, last = loop(precision=precision, learning_rate=0.02)(model, corpus.train, corpus.valid)
        losses.append(last.train_loss)
        assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


def test_a_report_has_the_share_of_padding(toy: Any) -> None:
    corpus = toy()
    lengths = corpus.train.ids.lengths
    setting = loop(batch_size=len(lengths), epochs=1)
    report = first(setting(model_for(corpus), corpus.train, corpus.valid))
    assert report.padding_fraction == pytest.approx(1 - lengths.sum() / (len(lengths) * lengths.max()))


class Full(nn.Module):
    """An encoder that a GPU has no room for."""

    output_dim = 3

    def forward(self, batch: Any) -> torch.Tensor:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def test_a_batch_that_a_gpu_has_no_room_for_names_the_setting(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus)
    model.encoder = Full()
    with pytest.raises(
        ConfigError, match=r"trainer.batch_size: cpu lacks the memory .*\n.* trainer.max_batch_tokens"
    ):
        first(loop(batch_size=16)(model, corpus.train, corpus.valid))
