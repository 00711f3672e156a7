from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpkit import (
    Batch,
    ConfigError,
    FlatBatch,
    Offsetify,
    Padify,
    Ragged,
    SettingsError,
    Tfidf,
    Vocab,
    WordCharNgrams,
)
from nlpkit.nn import Classifier, Encoded
from nlpkit.nn.tfidf import TfidfEncoder
from nlpkit.text import encode
from nlpkit.training import Rows
from nlpkit.training.linear.features import features

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1).map(" ".join), min_size=1, max_size=9)
COLLATE = Offsetify().build(Vocab([]))


def batch(texts: list[str], vocab: Vocab) -> FlatBatch:
    return COLLATE(encode(texts, str.split, vocab))  # type: ignore[return-value]


def built(settings: Tfidf, vocab: Vocab) -> TfidfEncoder:
    return settings.build(vocab).eval()


def test_values_are_counts_times_inverse_document_frequency_in_rows_of_length_1() -> None:
    vocab = Vocab(["cat", "dog"])
    encoder = built(Tfidf(), vocab)
    encoder.fit([batch(["cat cat dog", "dog"], vocab)])
    idf = math.log(3 / 2) + 1  # of cat, which one of two texts has; dog is in both
    assert encoder.idf.tolist() == pytest.approx([idf, 1.0])
    length = math.hypot(2 * idf, 1)
    rows = encoder(batch(["dog cat cat", "dog dog"], vocab)).to_dense()
    assert rows.tolist() == [pytest.approx([2 * idf / length, 1 / length]), [0.0, 1.0]]


@pytest.mark.parametrize("sublinear_tf", [False, True])
@pytest.mark.parametrize("idf", [False, True])
@pytest.mark.parametrize("norm", ["l2", "none"])
@pytest.mark.parametrize("min_texts", [1, 2])
@given(train=TEXTS, test=TEXTS)
def test_values_are_those_of_scikit_learn(
    sublinear_tf: bool, idf: bool, norm: Any, min_texts: int, train: list[str], test: list[str]
) -> None:
    peer = TfidfVectorizer(
        analyzer=str.split,
        sublinear_tf=sublinear_tf,
        use_idf=idf,
        norm=None if norm == "none" else norm,
        min_df=min_texts,
    )
    try:
        peer.fit(train)
    except ValueError:  # no token is left
        return
    vocab = Vocab(sorted({token for text in train for token in text.split()}))
    encoder = built(Tfidf(idf=idf, sublinear_tf=sublinear_tf, norm=norm, min_texts=min_texts), vocab)
    encoder.fit([batch(train[:4], vocab), *([batch(train[4:], vocab)] if train[4:] else [])])
    kept = [vocab.tokens.index(token) for token in peer.get_feature_names_out()]
    found = encoder(batch(test, vocab)).to_dense().numpy()
    np.testing.assert_allclose(found[:, kept], peer.transform(test).toarray(), rtol=1e-6, atol=1e-7)
    assert np.count_nonzero(found) == np.count_nonzero(found[:, kept])


def test_every_token_weighs_the_same_before_it_is_fitted() -> None:
    vocab = Vocab(["cat", "dog"])
    rows = built(Tfidf(norm="none"), vocab)(batch(["cat dog cat"], vocab))
    assert rows.to_dense().tolist() == [[2.0, 1.0]]


def test_unknown_tokens_and_specials_are_no_features() -> None:
    vocab = Vocab(["cat"], specials=["<cls>"])
    encoder = built(Tfidf(), vocab)
    assert encoder.output_dim == 1
    ids = torch.tensor([1, 2, 3, 1, 1])
    assert encoder(FlatBatch(ids, torch.tensor([0, 4]))).to_dense().tolist() == [[1.0], [0.0]]


def test_buckets_are_features() -> None:
    vocab = Vocab([], buckets=8)
    assert built(Tfidf(), vocab)(batch(["cat dog"], vocab)).to_dense().shape == (1, 8)


def test_the_output_is_sparse_and_a_head_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "to_dense", None)
    vocab = Vocab(list(map(str, range(300_000))))
    random = np.random.default_rng(1)
    ids = torch.from_numpy(random.integers(2, 300_002, 1024 * 50))
    texts = FlatBatch(ids, torch.arange(0, len(ids), 50))
    model = Classifier(built(Tfidf(), vocab), 3)
    for mode in (torch.inference_mode, torch.no_grad, torch.enable_grad):
        with mode():
            output = model.encoder(texts)
            assert output.layout == torch.sparse_csr
            assert output.dtype == torch.float32
            assert output.shape == (1024, 300_000)
            assert output.values().numel() <= len(ids)
            assert model(texts).shape == (1024, 3)


def test_the_head_gives_what_it_gives_for_dense_rows() -> None:
    vocab = Vocab(list("abcdefg"))
    model = Classifier(built(Tfidf(), vocab), 3)
    texts = batch(["a b b", "zzz", "c", "g f e d c b a a"], vocab)
    dense = model.encoder(texts).to_dense()
    torch.testing.assert_close(model(texts), model.head(dense))


def test_a_vocabulary_without_tokens_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        Tfidf().build(Vocab([]))
    assert str(caught.value) == (
        "vocab: the vocabulary has no token\n"
        "  lower vocab.min_count, or choose a tokenizer that finds tokens in these texts"
    )


def test_a_setting_out_of_bounds_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        Tfidf(min_texts=0, norm="l3")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "min_texts: 0 is not a whole number from 1 to 2147483647; norm: 'l3' is not one of l2, l2_apart, none"
    )


def test_the_losses_that_an_encoder_gives_beside_its_vectors_are_left_out() -> None:
    class Penalised(torch.nn.Module):
        output_dim = 1

        def forward(self, batch: Batch) -> Encoded:
            vectors = (batch.ids != 0).sum(dim=1, keepdim=True).float()
            return Encoded(vectors, {"length": vectors.mean()})

    rows = Rows(Ragged.from_rows([[2, 3], [2]]), np.array([0, 1]), Padify().build(Vocab(["a", "b"])))
    assert features(Penalised(), rows).tolist() == [[2.0], [1.0]]


@given(train=TEXTS, test=TEXTS)
def test_words_and_characters_apart_are_two_vectorizers_of_scikit_learn(
    train: list[str], test: list[str]
) -> None:
    tokenize = WordCharNgrams(word_ngrams=(1, 2), char_ngrams=(1, 3), pattern=r"\w").build()
    vocab = Vocab(sorted({token for text in train for token in tokenize(text)}))
    encoder = built(Tfidf(norm="l2_apart", sublinear_tf=True), vocab)
    encoder.fit([COLLATE(encode(train, tokenize, vocab))])
    found = encoder(COLLATE(encode(test, tokenize, vocab))).to_dense().numpy()  # type: ignore[arg-type]
    peers = {
        "w:": TfidfVectorizer(token_pattern=r"\w", ngram_range=(1, 2), sublinear_tf=True),
        "c:": TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True),
    }
    for mark, peer in peers.items():
        expected = peer.fit(train) and peer.transform(test).toarray()
        names = [vocab.tokens.index(mark + token) for token in peer.get_feature_names_out()]
        np.testing.assert_allclose(found[:, names], expected, rtol=1e-6, atol=1e-7)


def test_tokens_without_marks_cannot_be_scaled_apart() -> None:
    with pytest.raises(ConfigError) as caught:
        Tfidf(norm="l2_apart").build(Vocab(["w:cat", "dog"]))
    assert str(caught.value) == (
        "encoder.norm: l2_apart tells words from characters by their marks, and some tokens have none, "
        "such as 'dog'\n"
        '  choose tokenizer = "word_char_ngrams", or norm = "l2"'
    )
