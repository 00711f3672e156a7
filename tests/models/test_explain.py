"""Explanations of models as they are trained and used."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpkit import (
    ConfigError,
    Decision,
    Embedding,
    EmbeddingMean,
    Experiment,
    Headlines,
    Linear,
    Lstm,
    Model,
    Ngrams,
    Offsetify,
    PadLength,
    Pool,
    Splits,
    Standard,
    TextModel,
    Tfidf,
    WordCharNgrams,
    basic_english,
    run,
)
from nlpkit.components.kinds import Encoder
from nlpkit.models.explanation import METHODS, Explanation, Method
from nlpkit.models.left_out import words_of
from nlpkit.testing.encoder_bench import seeded
from tests.testing.small_encoder import Small

DATA = Headlines(train_size=400, valid_size=60, test_size=60, order_fraction=0.0)
TRAINER = Standard(batch_size=32, epochs=3, learning_rate=2e-2)
TABLE = Embedding(size=16)
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "bag": {"encoder": EmbeddingMean(embedding=TABLE), "collator": Offsetify(), "trainer": TRAINER},
    "lstm": {
        "encoder": Lstm(hidden_size=12, bidirectional=True, pooling="max", embedding=TABLE),
        "collator": PadLength(),
        "trainer": TRAINER,
    },
    "linear": {
        "encoder": Tfidf(sublinear_tf=True),
        "collator": Offsetify(),
        "tokenizer": WordCharNgrams(),
        "trainer": Linear(),
    },
}
KINDS = [*SETTINGS, "pool"]


@pytest.fixture(scope="module")
def splits() -> Splits:
    return DATA.build()()


@pytest.fixture(scope="module")
def models() -> dict[str, TextModel]:
    """A model of each kind, and a pool of all."""
    found: dict[str, Any] = {
        name: run(Experiment(data=DATA, baseline=False, **settings)).model
        for name, settings in SETTINGS.items()
    }
    pool = Pool(tuple(found), (0.5, 0.8, 1.5), tuple(found.values()), found["bag"].labels)
    return {**found, "pool": pool}


def log_odds(model: TextModel, text: str, label: str) -> float:
    logits = torch.from_numpy(model.logits([text]))
    return float(model.decision.log_odds(logits, model.labels[label]))


def without(text: str, spans: Any) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_an_explanation_is_of_the_label_that_is_predicted(
    kind: str, method: Method, models: dict[str, TextModel], splits: Splits
) -> None:
    model, texts = models[kind], splits.test.texts[:5]
    found = model.explain(texts, method=method)
    assert [each.label for each in found] == model.predict(texts)
    chances = model.probabilities(texts).max(axis=1)
    assert [each.probability for each in found] == pytest.approx(chances.tolist(), abs=1e-9)
    for each, text in zip(found, texts, strict=True):
        assert (each.text, each.method) == (text, method)
        assert "".join(piece for piece, _ in each.pieces) == text
        assert each.weights.dtype == np.float64
        assert len(each.weights) == len(each.tokens) == len(each.spans)
        named = [text[slice(*span)] for span in each.spans if span]
        assert list(each.tokens[: len(named)]) == named


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_what_is_taken_of_built_in_encoders(kind: str, models: dict[str, TextModel]) -> None:
    assert [each.method for each in models[kind].explain(["the coach", "a minister resigns"])] == [
        "gradients"
    ] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_add_up_to_what_the_text_is_more_than_no_words(
    kind: str, models: dict[str, TextModel], splits: Splits
) -> None:
    model = models[kind]
    label = model.labels.names[0]
    of_none: dict[int, float] = {}  # the log-odds of as many tokens without vectors
    for each in model.explain(splits.test.texts[:20], label, "gradients"):
        assert each.gap is not None
        total = float(each.weights.sum()) + each.gap
        assert not each.incomplete
        assert abs(each.gap) <= 0.01 * max(1, abs(total))
        rest = log_odds(model, each.text, label) - total
        tokens = len(basic_english(each.text))
        assert of_none.setdefault(tokens, rest) == pytest.approx(rest, abs=1e-3)
    assert len(of_none) < 15
    if kind in ("bag", "linear"):
        assert max(of_none.values()) - min(of_none.values()) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_deleting_the_strongest_words_changes_more_than_deleting_others(
    kind: str, method: Method, models: dict[str, TextModel], splits: Splits
) -> None:
    model, random, more = models[kind], Random(13), []
    for each in model.explain(splits.test.texts[:25], method=method):
        order = (-each.weights).argsort(kind="stable").tolist()
        top = [span for place in order if (span := each.spans[place]) and words_of(each.text[slice(*span)])][
            :3
        ]
        others = random.sample(words_of(each.text), 3)
        after = [log_odds(model, without(each.text, spans), each.label) for spans in (others, top)]
        more.append(after[0] - after[1])
    assert np.mean(more) > 2.5 * np.std(more) / 25**0.5
    assert np.mean(more) > 0.3


def test_without_a_word_the_log_odds_fall_by_its_weight(models: dict[str, TextModel], splits: Splits) -> None:
    text = splits.test.texts[0]
    for kind in KINDS:
        [found] = models[kind].explain([text], method="leave-one-out")
        assert found.gap is None
        assert list(found.spans) == words_of(text)
        whole = log_odds(models[kind], text, found.label)
        for span, weight in list(zip(found.spans, found.weights.tolist(), strict=True))[:4]:
            assert weight == pytest.approx(
                whole - log_odds(models[kind], without(text, [span]), found.label), abs=1e-4
            )


def test_in_scripts_without_spaces_each_sign_is_a_word(models: dict[str, TextModel]) -> None:
    [found] = models["bag"].explain(["\u6cb9\u4fa1 up"], method="leave-one-out")
    assert found.tokens == ("\u6cb9", "\u4fa1", "up")


@pytest.mark.parametrize("kind", ["bag", "lstm", "linear"])
@pytest.mark.parametrize("method", METHODS)
def test_members_that_are_the_same_share_their_weights(
    kind: str, method: Method, models: dict[str, TextModel], splits: Splits
) -> None:
    alone: Any = models[kind]
    pool = Pool(("one", "two"), (0.25, 0.75), (alone, alone), alone.labels, decision=alone.decision)
    for one, two in zip(
        *(model.explain(splits.test.texts[:3], method=method) for model in (alone, pool)), strict=True
    ):
        assert two.tokens == one.tokens
        assert two.weights == pytest.approx(one.weights, abs=1e-3)


def test_members_that_cut_words_otherwise_meet_in_the_words_one_reads(models: dict[str, TextModel]) -> None:
    [found] = models["pool"].explain(["Coach praises coach"])
    assert found.tokens[:3] == ("Coach", "praises", "coach")
    assert {token for token, _ in found.elsewhere} == {"coach praises", "praises coach"}


def test_pairs_of_words_are_shown_as_they_are() -> None:
    data = replace(DATA, train_size=80)
    settings = {**SETTINGS["bag"], "tokenizer": Ngrams(max_n=3)}
    [found] = run(Experiment(data=data, baseline=False, **settings)).model.explain(["The coach wins"])
    assert found.tokens == ("The", "coach", "wins", "the coach", "coach wins", "the coach wins")
    assert found.spans == ((0, 3), (4, 9), (10, 14), None, None, None)


def test_another_label_can_be_asked_for(models: dict[str, TextModel], splits: Splits) -> None:
    model, text = models["bag"], splits.test.texts[0]
    for name in model.labels.names:
        [found] = model.explain([text], name)
        assert found.label == name
        assert found.probability == pytest.approx(model.probabilities([text])[0, model.labels[name]])


def test_tokens_that_the_collator_cuts_off_have_no_weight(
    models: dict[str, TextModel], splits: Splits
) -> None:
    whole: Any = models["lstm"]
    for keep, kept in (("head", [0, 1, 2]), ("both", [0, 1, -1])):
        cut = replace(whole, settings=replace(whole.settings, collator=PadLength(max_tokens=3, keep=keep)))
        text = "Coach praises young strikers"
        [found] = cut.explain([text])
        words = text.split()
        assert list(found.tokens) == [words[place] for place in kept]
        assert not found.incomplete


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", " ", "?", "qqqq zzzz", "a " * 60], ids=range(5))
@pytest.mark.parametrize("method", METHODS)
def test_odd_texts_are_explained(kind: str, text: str, method: Method, models: dict[str, TextModel]) -> None:
    [found] = models[kind].explain([text], method=method)
    assert np.isfinite(found.weights).all()
    assert not found.incomplete
    assert not found.weights.flags.writeable
    assert "".join(piece for piece, _ in found.pieces) == text


@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_explained(text: str, models: dict[str, TextModel]) -> None:
    for method in METHODS:
        [found] = models["pool"].explain([text], method=method)
        assert "".join(piece for piece, _ in found.pieces) == text


def test_texts_of_any_number_of_labels_are_explained_for_the_likeliest() -> None:
    data = Headlines(train_size=200, valid_size=20, test_size=20, multi_label=True)
    model = run(Experiment(data=data, baseline=False, **SETTINGS["bag"])).model
    texts = data.build()().test.texts[:3]
    for method in METHODS:
        found = model.explain(texts, method=method)
        names = [model.labels.names[place] for place in model.probabilities(texts).argmax(axis=1)]
        assert [each.label for each in found] == names
        assert [each.probability for each in found] == pytest.approx(model.probabilities(texts).max(axis=1))
        assert not found[0].incomplete


def test_the_temperature_is_a_part_of_the_log_odds(models: dict[str, TextModel]) -> None:
    cool: Any = models["bag"]
    warm = replace(cool, settings=replace(cool.settings, decision=Decision(temperature=2.0)))
    one, two = (each.explain(["the coach wins"], "Sports", "leave-one-out")[0] for each in (cool, warm))
    assert abs(two.weights[1]) < abs(one.weights[1])


def test_nothing_of_a_model_is_changed_and_threads_give_the_same(
    models: dict[str, TextModel], splits: Splits
) -> None:
    model: Any = models["pool"]
    before = [
        {name: each.clone() for name, each in part.classifier.state_dict().items()} for part in model.parts
    ]
    chances, state = model.probabilities(splits.test.texts, workers=1), torch.get_rng_state()
    expected = [model.explain([text])[0].weights for text in splits.test.texts[:8]]

    def explained_and_predicted(place: int) -> tuple[Any, Any]:
        return model.explain([splits.test.texts[place]])[0].weights, model.probabilities(
            splits.test.texts, workers=1
        )

    with ThreadPoolExecutor(4) as pool:
        for weights, (found, again) in zip(
            expected, pool.map(explained_and_predicted, range(8)), strict=True
        ):
            assert found == pytest.approx(weights, abs=1e-6)
            assert again == pytest.approx(chances, abs=1e-6)
    assert torch.equal(torch.get_rng_state(), state)
    for part, weights in zip(model.parts, before, strict=True):
        assert not any(each.training for each in part.classifier.modules())
        assert all(each.grad is None for each in part.classifier.parameters())
        assert all(torch.equal(each, weights[name]) for name, each in part.classifier.state_dict().items())


@dataclass(frozen=True)
class LooksElsewhere(Small):
    def add(self, module: Any) -> None:
        from torch import nn

        module.embedding = nn.Embedding(module.embedding.num_embeddings, 4, padding_idx=0)


@dataclass(frozen=True)
class ReadsIdsToo(Small):
    def vectors(self, module: Any, batch: Any) -> Any:
        return super().vectors(module, batch) + batch.ids.float().mean(dim=1, keepdim=True)


@pytest.mark.parametrize("encoder", [LooksElsewhere(), ReadsIdsToo()], ids=["no seam", "reads more"])
def test_other_encoders_are_explained_without_their_words_alone(
    encoder: Encoder, models: dict[str, TextModel]
) -> None:
    bag: Any = models["bag"]
    with seeded(13):
        model = Model.untrained(
            replace(bag.settings, encoder=encoder, collator=PadLength()), bag.vocab, bag.labels
        )
    [found] = model.explain(["the coach wins"])
    assert found.method == "leave-one-out"
    with pytest.raises(
        ConfigError, match="gradients are of token vectors, and an encoder of this model looks"
    ) as told:
        model.explain(["the coach wins"], method="gradients")
    assert told.value.hint == "take the other method, leave-one-out"


def test_what_cannot_be_explained_is_told(models: dict[str, TextModel]) -> None:
    model: Any = models["bag"]
    with pytest.raises(ConfigError, match=r"^the model has no class 'Sprots'; did you mean Sports\?$"):
        model.explain(["a"], "Sprots")
    with pytest.raises(ConfigError, match=r"^there is no method 'gradient'; did you mean gradients\?$"):
        model.explain(["a"], method="gradient")
    with pytest.raises(TypeError, match="a list of texts is expected, not one text"):
        model.explain("a text")
    assert model.explain([]) == []


def test_an_explanation_shows_itself() -> None:
    found = Explanation(
        "Oil <b>fell",
        "Business",
        0.9,
        "gradients",
        ("Oil", "fell", "oil fell"),
        np.array([2.0, -0.5, 0.25]),
        ((0, 3), (7, 11), None),
        0.0,
    )
    assert repr(found) == "<Explanation: Business 0.9000 by gradients: Oil +2.00, fell -0.50, oil fell +0.25>"
    assert found.pieces == [("Oil", 2.0), (" <b>", None), ("fell", -0.5)]
    assert found.elsewhere == [("oil fell", 0.25)]
    html = found._repr_html_()
    assert "Oil</span> &lt;b&gt;" in html
    assert "<script" not in html
    assert "<style" not in html


def test_weights_that_miss_what_they_explain_say_so() -> None:
    for gap, incomplete in ((0.009, False), (0.05, True), (-0.05, True), (None, False)):
        found = Explanation("a", "b", 0.5, "gradients", ("a",), np.array([0.5]), ((0, 1),), gap)
        assert found.incomplete is incomplete
