from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nlpkit.batch import Batch, PaddedBatch
from nlpkit.nn import collate
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.integrated import Inputs, inputs_of, integrated_gradients
from nlpkit.nn.mean import EmbeddingMeanEncoder
from nlpkit.nn.recurrent import RecurrentEncoder
from nlpkit.nn.tfidf import TfidfEncoder
from nlpkit.ragged import Ragged
from nlpkit.scoring.decisions import MULTI_LABEL, SINGLE_LABEL, Decision

ROW = Ragged.from_rows([[2, 5, 3, 3, 7]])
SIZE, CLASSES = 8, 3
COLLATES: dict[str, Any] = {
    "flat": collate.offsetify,
    "padded": collate.padify,
    "lstm": collate.pad_length,
    "packed": collate.pad_length,
    "gru, both directions": collate.padify,
    "two layers, max": collate.pad_length,
}


def classifier_of(form: str) -> Classifier:
    torch.manual_seed(13)
    table = TokenEmbedding(SIZE, 4)
    if form in ("flat", "padded"):
        return Classifier(EmbeddingMeanEncoder(table), CLASSES).eval()
    encoder = RecurrentEncoder(
        "gru" if form.startswith("gru") else "lstm",
        table,
        hidden_size=6,
        packed=form == "packed",
        num_layers=2 if form.startswith("two") else 1,
        bidirectional=form.startswith(("gru", "two")),
        pooling="max" if form.endswith("max") else "last",
    )
    classifier = Classifier(encoder, CLASSES).eval()
    with torch.no_grad():
        for each in classifier.parameters():
            each.mul_(2)  # further from a straight line than fresh weights
        table.weight[0] = 0
    return classifier


def read(classifier: Classifier, made: Any, ids: Ragged = ROW) -> Inputs:
    found = inputs_of(classifier, ids, made)
    assert found is not None
    return found


def odds(logits: Tensor) -> Tensor:
    return SINGLE_LABEL.log_odds(logits, label=1)


@pytest.mark.parametrize("form", COLLATES)
@pytest.mark.parametrize("of", [odds, partial(MULTI_LABEL.log_odds, label=2)], ids=["one label", "several"])
def test_the_shares_add_up_to_the_difference_from_no_words(form: str, of: Any) -> None:
    classifier, made = classifier_of(form), COLLATES[form]
    found = integrated_gradients([read(classifier, made)], [1.0], of)
    assert found.weights[0].shape == (5,)
    with torch.no_grad():
        whole = of(classifier(made(ROW)))
        classifier.encoder.embedding.weight.zero_()  # type: ignore[union-attr, operator]
        difference = float(whole - of(classifier(made(ROW))))
    assert abs(found.gap) <= 0.01 * max(1, abs(difference))
    assert float(found.weights[0].sum()) + found.gap == pytest.approx(difference, abs=1e-4)


def test_of_a_mean_of_vectors_each_share_is_known() -> None:
    classifier = classifier_of("flat")
    found = integrated_gradients([read(classifier, collate.offsetify)], [1.0], lambda logits: logits[:, 2])
    weight = classifier.head.weight[2] / 5
    vectors = classifier.encoder.embedding.weight[ROW.values]  # type: ignore[union-attr, index]
    torch.testing.assert_close(found.weights[0], (vectors @ weight).double(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("form", ["flat", "lstm", "gru, both directions", "two layers, max"])
def test_captum_gives_the_same(form: str) -> None:
    captum = pytest.importorskip("captum.attr")
    inputs = read(classifier_of(form), COLLATES[form])
    ours = integrated_gradients([inputs], [1.0], odds)
    theirs = captum.IntegratedGradients(lambda values: odds(inputs.logits([values])))
    whole = inputs.values[0].unsqueeze(0)
    found = theirs.attribute(whole, torch.zeros_like(whole), n_steps=200, method="gausslegendre")
    torch.testing.assert_close(ours.weights[0].float(), found[0].sum(dim=1).float(), rtol=1e-3, atol=2e-3)


ONES = Inputs((torch.ones(2, 1),), lambda values: values[0].sum(dim=1))  # along the way 0 to 2


@pytest.mark.parametrize("slope", [1, 100, 1e4, 1e6])
def test_a_rise_is_found_wherever_on_the_way_it_is(slope: float) -> None:
    def steep(logits: Tensor) -> Tensor:
        return 5 * (slope * (logits[:, 0] - 1.3)).sigmoid()

    found = integrated_gradients([ONES], [1.0], steep)
    expected = steep(torch.tensor([[0.0], [2.0]], dtype=torch.float64)).diff()
    assert abs(found.gap) <= 0.05
    assert float(found.weights[0].sum()) == pytest.approx(float(expected), abs=0.05)
    assert found.weights[0][0] == found.weights[0][1]


def test_what_the_shares_miss_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.nn.integrated.MOST_STRETCHES", 4)
    found = integrated_gradients([ONES], [1.0], lambda each: 6e6 * (each[:, 0] - 2 + 1e-6).relu())
    assert found.gap == pytest.approx(6, rel=1e-2)
    assert not found.weights[0].any()


@pytest.mark.parametrize("at_once", [1, 3])
def test_few_points_at_once_give_the_same(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = read(classifier_of("lstm"), collate.pad_length)
    expected = integrated_gradients([inputs], [1.0], odds)
    monkeypatch.setattr("nlpkit.nn.integrated._AT_ONCE", at_once * 10 * inputs.values[0].numel())
    found = integrated_gradients([inputs], [1.0], odds)
    torch.testing.assert_close(found.weights[0], expected.weights[0], rtol=1e-4, atol=1e-5)


def tfidf() -> Classifier:
    torch.manual_seed(13)
    encoder = TfidfEncoder(SIZE, 2, sublinear_tf=True)
    encoder.idf[:] = torch.rand(SIZE - 2) + 0.5
    return Classifier(encoder, CLASSES).eval()


def test_of_a_linear_model_the_features_are_shared_by_their_tokens() -> None:
    ids = Ragged.from_rows([[3, 1, 5, 3, 2]])
    classifier = tfidf()
    found = integrated_gradients([read(classifier, collate.offsetify, ids)], [1.0], lambda each: each[:, 0])
    shares = found.weights[0].tolist()
    features = classifier.encoder(collate.offsetify(ids)).to_dense()[0]
    by_hand = (features * classifier.head.weight[0]).tolist()
    assert shares[0] == shares[3] == pytest.approx(by_hand[1] / 2, abs=1e-6)
    assert shares[1] == 0  # unknown
    assert shares[2] == pytest.approx(by_hand[3], abs=1e-6)
    assert found.gap == pytest.approx(0, abs=1e-6)


def test_classifiers_whose_logits_are_added_up_are_on_one_way() -> None:
    parts = [
        read(classifier_of("lstm"), collate.pad_length),
        read(classifier_of("flat"), collate.offsetify),
        read(tfidf(), collate.offsetify),
    ]
    weights = [0.5, 2.0, 1.0]
    found = integrated_gradients(parts, weights, odds)
    with torch.no_grad():
        ends = [[torch.stack([0 * each, each]) for each in part.values] for part in parts]
        logits = sum(w * part.logits(some) for w, part, some in zip(weights, parts, ends, strict=True))
        difference = float(odds(logits).diff())
    assert len(found.weights) == 3
    total = sum(float(each.sum()) for each in found.weights)
    assert total + found.gap == pytest.approx(difference, abs=1e-4)
    assert abs(found.gap) <= 0.01 * max(1, abs(difference))


class LooksElsewhere(nn.Module):
    output_dim = 4

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(SIZE, 4)

    def forward(self, batch: Batch) -> Tensor:
        return self.table(batch.ids).mean(dim=1)


class ReadsIdsToo(EmbeddingMeanEncoder):
    def forward(self, batch: Batch) -> Tensor:
        return super().forward(batch) + batch.ids.float().mean(dim=1, keepdim=True)


@pytest.mark.parametrize(
    "encoder", [LooksElsewhere(), ReadsIdsToo(TokenEmbedding(SIZE, 4))], ids=["no", "part"]
)
def test_an_encoder_that_reads_more_than_its_token_vectors_has_no_inputs(encoder: nn.Module) -> None:
    assert inputs_of(Classifier(encoder, CLASSES).eval(), ROW, collate.padify) is None


def test_a_collator_that_adds_tokens_leaves_no_inputs() -> None:
    def marked(rows: Ragged) -> PaddedBatch:
        ids = collate.padify(rows).ids
        return PaddedBatch(torch.cat([torch.full((len(ids), 1), 2), ids], dim=1))

    assert inputs_of(classifier_of("padded"), ROW, marked) is None


def test_log_odds_are_those_of_probabilities() -> None:
    logits = torch.from_numpy(np.random.default_rng(13).normal(size=(5, 4)))
    for decision in (SINGLE_LABEL, Decision(temperature=2.5), MULTI_LABEL):
        chances = decision.probabilities(logits)[:, 2]
        torch.testing.assert_close(decision.log_odds(logits, 2), chances.logit())
    assert float(SINGLE_LABEL.log_odds(torch.tensor([[90.0, 0.0]]), 0)) == 90.0
    assert float(SINGLE_LABEL.log_odds(torch.tensor([[3.0]]), 0)) == 3.0
