"""The invented headlines: what is promised about rows, classes, and words against order."""

import hashlib
import pickle
from collections import Counter
from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from torch import nn

from nlpkit.components.datasets import Headlines
from nlpkit.data.headlines import LABELS, is_order, order_row, topic_row
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import SettingsError


@pytest.fixture(scope="module")
def splits() -> Splits:
    return Headlines().build()()


def only(texts: Texts, kind: str) -> Texts:
    fraction = Headlines().order_fraction
    return texts.take([i for i in range(len(texts)) if is_order(i, fraction) == (kind == "order")])


def linear_accuracy(splits: Splits, kind: str, ngram_size: int) -> float:
    """Of a logistic regression over counts of whatever stands between white space."""
    train, test = only(splits.train, kind), only(splits.test, kind)
    counts = CountVectorizer(ngram_range=(ngram_size, ngram_size), lowercase=False, token_pattern=r"\S+")
    model = LogisticRegression(max_iter=1000).fit(counts.fit_transform(train.texts), train.labels)
    return float(model.score(counts.transform(test.texts), test.labels))


def test_the_first_100_rows_of_seed_0_are_the_same_everywhere() -> None:
    train = Headlines(train_size=100, valid_size=1, test_size=1).build()().train
    rows = "\n".join(f"{label}\t{text}" for label, text in zip(train.labels, train.texts, strict=True))
    digest = hashlib.sha256(rows.encode()).hexdigest()
    assert digest == "449d193249364f6bb552f2238b28bf8ec68921b2280dded5526a6ec122785d1c"


def test_two_builds_give_the_same_splits() -> None:
    settings = Headlines(train_size=50, valid_size=20, test_size=20, seed=7)
    assert settings.build()() == pickle.loads(pickle.dumps(settings.build()))()


@given(st.integers(0, 2**63 - 1), st.integers(1, 60), st.integers(0, 60), st.floats(0, 1))
def test_the_first_rows_of_a_larger_corpus_are_the_smaller_corpus(
    seed: int, size: int, more: int, order_fraction: float
) -> None:
    def train(train_size: int) -> Texts:
        sizes = {"train_size": train_size, "valid_size": 1, "test_size": 1}
        return Headlines(**sizes, order_fraction=order_fraction, seed=seed).build()().train

    assert train(size + more).take(range(size)) == train(size).take(range(size))


def test_another_seed_gives_other_rows() -> None:
    first, second = (set(Headlines(seed=seed).build()().train.texts) for seed in (0, 1))
    assert not first & second


def test_parts_have_the_sizes_asked_for_and_a_source(splits: Splits) -> None:
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (8000, 800, 2000)
    assert splits.source == "headlines"


def test_no_text_is_in_two_parts_or_twice_in_one(splits: Splits) -> None:
    texts = [*splits.train.texts, *splits.valid.texts, *splits.test.texts]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("kind", ["topic", "order"])
def test_four_classes_are_equally_frequent_among_rows_of_a_kind(splits: Splits, kind: str) -> None:
    assert LABELS == ("World", "Sports", "Business", "Sci/Tech")
    assert Counter(only(splits.train, kind).labels) == dict.fromkeys(LABELS, 1000)


@given(st.integers(1, 300), st.floats(0, 1))
def test_the_order_fraction_is_met_to_a_row(size: int, order_fraction: float) -> None:
    assert sum(is_order(place, order_fraction) for place in range(size)) == int(size * order_fraction)


def test_the_order_fraction_changes_no_row_of_a_kind(splits: Splits) -> None:
    ordered = Headlines(train_size=4000, order_fraction=1.0).build()().train
    assert ordered.texts == only(splits.train, "order").texts


def test_texts_are_as_long_as_headlines_are(splits: Splits) -> None:
    lengths = sorted(len(text.split()) for text in splits.train.texts)
    assert lengths[0] >= 18 and lengths[-1] <= 60
    assert 28 <= lengths[len(lengths) // 2] <= 40


def test_texts_are_one_line_of_ascii_that_begins_with_a_capital_and_ends_with_a_full_stop(
    splits: Splits,
) -> None:
    for text in splits.train.texts:
        assert text.isascii() and text.isprintable() and "  " not in text
        assert text[0].isupper() and text[-1] == "." and "{" not in text


@given(st.integers(0, 2**64))
def test_the_words_of_an_order_row_are_the_same_for_every_class(seed: int) -> None:
    rows = [order_row(Random(seed).random, label) for label in LABELS]
    assert len(set(rows)) == 4
    assert len({tuple(sorted(row.split())) for row in rows}) == 1


@given(st.integers(0, 2**64))
def test_a_row_draws_as_often_for_every_class(seed: int) -> None:
    for row in (order_row, topic_row):
        generators = [Random(seed) for _ in LABELS]
        for generator, label in zip(generators, LABELS, strict=True):
            row(generator.random, label)
        assert len({generator.getstate() for generator in generators}) == 1


def test_a_bag_of_words_is_at_chance_on_order_rows(splits: Splits) -> None:
    assert linear_accuracy(splits, "order", ngram_size=1) == pytest.approx(0.25, abs=0.05)


def test_a_bag_of_bigrams_tells_order_rows_apart(splits: Splits) -> None:
    assert linear_accuracy(splits, "order", ngram_size=2) >= 0.95


def test_a_bag_of_words_tells_topic_rows_apart_though_not_all(splits: Splits) -> None:
    assert 0.97 <= linear_accuracy(splits, "topic", ngram_size=1) < 1


class LastState(nn.Module):
    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 64, padding_idx=0)
        self.lstm = nn.LSTM(64, 32, batch_first=True)
        self.head = nn.Linear(32, 4)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.lstm(self.embedding(ids))[0][:, -1])
        return logits


def test_a_small_lstm_learns_the_order_in_three_epochs(splits: Splits) -> None:
    known = {word: i for i, word in enumerate(sorted({w for t in splits.train.texts for w in t.split()}), 2)}

    def tensors(texts: Texts) -> tuple[torch.Tensor, torch.Tensor]:
        rows = [torch.tensor([known.get(word, 1) for word in text.split()]) for text in texts.texts]
        ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_side="left")
        return ids, torch.tensor([LABELS.index(label) for label in texts.labels])

    ids, labels = tensors(splits.train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = LastState(len(known) + 2)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for batch in torch.cat([torch.randperm(len(ids)) for _ in range(3)]).view(-1, 16):
            optimizer.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(model(ids[batch]), labels[batch]))
            optimizer.step()
    ids, labels = tensors(only(splits.test, "order"))
    with torch.no_grad():
        assert (model(ids).argmax(1) == labels).float().mean() >= 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train_size": 0}, "train_size: 0 is not a whole number from 1 to 10000000"),
        ({"valid_size": 0}, "valid_size: 0 is not a whole number from 1 to 10000000"),
        ({"test_size": -1}, "test_size: -1 is not a whole number from 1 to 10000000"),
        ({"order_fraction": 1.5}, "order_fraction: 1.5 is not a number from 0 to 1"),
        ({"seed": -1}, "seed: -1 is not a whole number from 0 to 9223372036854775807"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Headlines(**settings)
    assert str(caught.value) == message
