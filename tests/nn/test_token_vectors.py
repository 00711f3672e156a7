from __future__ import annotations

from threading import Thread

import pytest
import torch
from torch import Tensor, nn

from nlpkit.batch import Batch
from nlpkit.errors import ConfigError
from nlpkit.nn import collate
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.mean import EmbeddingMeanEncoder
from nlpkit.nn.recurrent import RecurrentEncoder
from nlpkit.nn.token_vectors import vectors_read, vectors_through
from nlpkit.ragged import Ragged

ROWS = Ragged.from_rows([[2, 3, 4], [5], [4, 4, 2]])  # as many texts as tokens
OTHERS = Ragged.from_rows([[5, 2, 2], [3], [2, 5, 3]])
FORMS = ["flat", "padded", "packed", "time first", "both directions", "own kernel"]


def encoder_of(form: str, monkeypatch: pytest.MonkeyPatch) -> tuple[nn.Module, Batch, Batch]:
    """An encoder with two batches of texts that are as long."""
    monkeypatch.setattr("nlpkit.nn.recurrent.OWN_KERNEL_SIZE", 0 if form == "own kernel" else 1 << 13)
    torch.manual_seed(13)
    table = TokenEmbedding(6, 4)
    if form in ("flat", "padded"):
        made = collate.offsetify if form == "flat" else collate.padify
        return EmbeddingMeanEncoder(table), made(ROWS), made(OTHERS)
    encoder = RecurrentEncoder(
        "lstm", table, hidden_size=3, packed=form == "packed", bidirectional=form == "both directions"
    )
    return encoder.eval(), collate.pad_length(ROWS), collate.pad_length(OTHERS)


@pytest.mark.parametrize("form", FORMS)
def test_vectors_of_other_texts_give_what_the_other_texts_give(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, batch, others = encoder_of(form, monkeypatch)
    [read] = vectors_read(encoder, others)
    assert torch.equal(read, encoder.embedding(others.ids))
    with vectors_through(encoder, batch, lambda _: read):
        torch.testing.assert_close(encoder(batch), encoder(others))
    torch.testing.assert_close(encoder(others), encoder(others))
    assert not torch.allclose(encoder(batch), encoder(others))


@pytest.mark.parametrize("form", FORMS)
def test_gradients_are_of_each_token(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, batch, _ = encoder_of(form, monkeypatch)
    leaf = vectors_read(encoder, batch)[0].requires_grad_()
    with vectors_through(encoder, batch, lambda _: leaf):
        output = encoder(batch)
    [slope] = torch.autograd.grad(output.sum(), leaf, retain_graph=True)
    assert torch.equal(slope.ne(0).any(dim=-1), batch.ids != 0)
    torch.autograd.grad(output.sum(), leaf)  # as often as one likes


def test_padding_stays_what_it_is() -> None:
    encoder, batch = EmbeddingMeanEncoder(TokenEmbedding(6, 4)), collate.padify(ROWS)
    with vectors_through(encoder, batch, torch.ones_like):
        assert torch.equal(encoder(batch), torch.ones(3, 4))


def test_another_thread_reads_its_own_vectors() -> None:
    encoder, batch = EmbeddingMeanEncoder(TokenEmbedding(6, 4)), collate.padify(ROWS)
    expected, found = encoder(batch), []
    with vectors_through(encoder, batch, torch.zeros_like):
        thread = Thread(target=lambda: found.append(encoder(batch)))
        thread.start()
        thread.join()
        assert not encoder(batch).any()
    assert torch.equal(found[0], expected)
    assert torch.equal(encoder(batch), expected)


def test_another_encoder_reads_its_own_vectors() -> None:
    one, other = (EmbeddingMeanEncoder(TokenEmbedding(6, 4)) for _ in range(2))
    batch = collate.padify(ROWS)
    with vectors_through(one, batch, torch.zeros_like):
        assert other(batch).any()
        with vectors_through(other, batch, torch.zeros_like):
            assert not one(batch).any()
            assert not other(batch).any()
        assert other(batch).any()


def test_an_encoder_without_a_table_of_token_vectors_has_no_seam() -> None:
    assert vectors_read(nn.Sequential(), collate.padify(ROWS)) == []


class Flattening(EmbeddingMeanEncoder):
    def forward(self, batch: Batch) -> Tensor:
        return self.embedding(batch.ids.flatten()).view(*batch.ids.shape, -1).mean(dim=1)


def test_ids_without_texts_are_refused() -> None:
    encoder = Flattening(TokenEmbedding(6, 4))
    with pytest.raises(ConfigError, match=r"^ids of shape \(9,\) are read where the batch has \(3, 3\)"):
        vectors_read(encoder, collate.padify(ROWS))
