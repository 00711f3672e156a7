from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlpkit import (
    ConfigError,
    EmbeddingMean,
    GateError,
    Lstm,
    Model,
    Offsetify,
    Padify,
    Pool,
    Tfidf,
    WordCharNgrams,
    load,
    shrink,
)
from tests.models.exporting.samples import LABELS, TEXTS, TRAIN, model


def texts_of(tokens: tuple[str, ...]) -> list[str]:
    return [" ".join(tokens[place : place + 5]) for place in range(0, len(tokens), 5)]


@pytest.mark.parametrize("buckets", [0, 7])
def test_tokens_that_stay_keep_their_vectors_and_others_are_unknown(buckets: int, tmp_path: Path) -> None:
    original = model(Lstm(), Padify(), buckets=buckets, specials=("<mask>",))
    done = shrink(original, tmp_path / "small", TEXTS, keep=100, max_changed=1)
    found = load(tmp_path / "small")
    assert isinstance(found, Model)
    assert found.vocab.tokens == original.vocab.tokens[:100]
    assert (found.vocab.specials, found.vocab.buckets) == (("<mask>",), buckets)
    assert (done.tokens_before, done.tokens) == (len(original.vocab.tokens), 100)
    texts = texts_of(found.vocab.tokens)
    np.testing.assert_array_equal(found.probabilities(texts), original.probabilities(texts))
    gone, never_seen = found.probabilities([original.vocab.tokens[150]]), original.probabilities(["zqxj"])
    if not buckets:
        np.testing.assert_array_equal(gone, never_seen)
    assert done.forms[1].megabytes < done.forms[0].megabytes


def test_tokens_are_counted_in_the_texts(tmp_path: Path) -> None:
    original = model(EmbeddingMean(), Offsetify())
    shrink(original, tmp_path / "small", TRAIN, min_count=3, max_changed=1)
    found = load(tmp_path / "small")
    assert isinstance(found, Model)
    kept = set(found.vocab.tokens)
    assert 0 < len(kept) < len(original.vocab.tokens)
    text = " ".join(token for token in original.vocab.tokens if token in kept)
    np.testing.assert_allclose(found.probabilities([text]), original.probabilities([text]), rtol=1e-5)


def test_every_member_of_a_pool_is_made_smaller(tmp_path: Path) -> None:
    linear = model(Tfidf(norm="l2_apart"), Offsetify(), WordCharNgrams(), buckets=5)
    members = (model(EmbeddingMean(), Offsetify()), linear)
    pool = Pool(("bag", "linear"), (1.0, 2.0), members, LABELS)
    shrink(pool, tmp_path / "small", TEXTS, keep=120, max_changed=1)
    found = load(tmp_path / "small")
    assert isinstance(found, Pool)
    assert [len(part.vocab.tokens) for part in found.parts] == [120, 120]
    assert (found.names, found.weights) == (pool.names, pool.weights)
    weights, before = (each.members[1].classifier.head.weight for each in (found, pool))
    assert weights[:, :120].equal(before[:, :120])
    assert weights[:, 120:].equal(before[:, -5:])


def test_more_changed_labels_than_allowed_are_refused(tmp_path: Path) -> None:
    original = model(EmbeddingMean(), Offsetify())
    with pytest.raises(GateError, match=r"smaller changes the labels of \d+ of 68 texts, and 0.00% may"):
        shrink(original, tmp_path / "small", TEXTS, keep=1, max_changed=0)
    assert list(tmp_path.iterdir()) == []


def test_a_size_has_to_be_given_and_a_token_has_to_stay(tmp_path: Path) -> None:
    original = model(EmbeddingMean(), Offsetify())
    with pytest.raises(ConfigError, match="nothing says how small\n  give keep, min_count or both"):
        shrink(original, tmp_path / "small", TEXTS)
    with pytest.raises(ConfigError, match="no token would stay\n  keep more, or lower min_count"):
        shrink(original, tmp_path / "small", TEXTS, min_count=10**6)
