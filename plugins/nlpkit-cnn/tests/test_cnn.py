from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from nlpkit import Embedding, PaddedBatch, Ragged, SettingsError, Vocab
from nlpkit.nn import padify
from nlpkit_cnn import Cnn
from nlpkit_cnn.cnn import CnnEncoder

VOCAB = Vocab([f"word{i}" for i in range(20)])
ROWS = st.lists(st.lists(st.integers(1, len(VOCAB) - 1), min_size=1, max_size=12), min_size=1, max_size=6)


def batch(*rows: list[int]) -> PaddedBatch:
    return padify(Ragged.from_rows(rows))


def built(settings: Cnn) -> CnnEncoder:
    torch.manual_seed(0)
    return settings.build(VOCAB).eval()


def adding(width: int) -> CnnEncoder:
    """Tokens 2, 3 and 4 are the numbers 1, 10 and -100, and the one feature map adds those of a window."""
    encoder = built(Cnn(widths=(width,), maps=1, embedding=Embedding(size=1)))
    with torch.no_grad():
        encoder.embedding.weight[2:5] = torch.tensor([[1.0], [10.0], [-100.0]])
        encoder.windows.convolutions[0].weight.fill_(1.0)  # type: ignore[operator]
        encoder.windows.convolutions[0].bias.fill_(0.5)  # type: ignore[operator]
    return encoder


def by_torch(encoder: CnnEncoder, row: list[int]) -> Tensor:
    """The features of one text alone, followed by zeros where it is too short, by torch's own pooling."""
    vectors = nn.functional.embedding(torch.tensor([row]), encoder.embedding.weight).transpose(1, 2)
    pooled = []
    for width, convolution in zip(encoder.windows.widths, encoder.windows.convolutions, strict=True):
        values = convolution(nn.functional.pad(vectors, (0, max(0, width - len(row)))))
        pooled.append(nn.functional.adaptive_max_pool1d(nn.functional.relu(values), 1).squeeze(-1))
    return torch.cat(pooled, dim=1)[0]


def test_the_largest_window_is_found_and_one_over_the_end_does_not_count() -> None:
    rows = [3, 4, 3, 3], [2, 3], [3, 4]
    assert adding(2)(batch(*rows)).tolist() == [[20.5], [11.5], [0.0]]


def test_a_text_shorter_than_the_window_is_followed_by_zeros() -> None:
    assert adding(3)(batch([2], [2, 3], [2, 3, 3, 2])).tolist() == [[1.5], [11.5], [21.5]]


def test_padding_never_wins_where_every_window_is_negative() -> None:
    settings = Cnn(widths=(1,), maps=1, activation="tanh", embedding=Embedding(size=1))
    encoder = built(settings)
    with torch.no_grad():
        encoder.embedding.weight[4] = -1.0
        encoder.windows.convolutions[0].weight.fill_(1.0)  # type: ignore[operator]
        encoder.windows.convolutions[0].bias.zero_()  # type: ignore[operator]
        found = encoder(batch([4], [4, 4, 4]))
    assert torch.allclose(found, torch.tensor([[-1.0], [-1.0]]).tanh())


@given(ROWS)
def test_each_text_has_the_features_that_torch_gives_it_alone(rows: list[list[int]]) -> None:
    encoder = built(Cnn(widths=(1, 2, 4), maps=5, embedding=Embedding(size=6)))
    found = encoder(batch(*rows))
    for row, features in zip(rows, found, strict=True):
        assert torch.allclose(features, by_torch(encoder, row), atol=1e-5)


@given(ROWS)
def test_the_numbers_of_a_padding_vector_decide_nothing(rows: list[list[int]]) -> None:
    encoder = built(Cnn(widths=(2, 5), maps=4, embedding=Embedding(size=3)))
    expected = encoder(batch(*rows))
    with torch.no_grad():
        encoder.embedding.weight[0] = 1000.0
    assert torch.equal(encoder(batch(*rows)), expected)


def test_activation_after_the_maximum_is_activation_before_it() -> None:
    relu = built(Cnn(widths=(2,), maps=7))
    row = [2, 3, 4, 5, 6]
    assert torch.allclose(relu(batch(row))[0], by_torch(relu, row))


def test_features_of_the_defaults_are_300_and_dropped_in_training_alone() -> None:
    encoder = built(Cnn())
    assert encoder.output_dim == 300
    assert encoder(batch([2], [3, 4])).shape == (2, 300)
    torch.manual_seed(0)
    dropped = encoder.train()(batch([2, 3, 4, 5, 6]))
    kept = encoder.eval()(batch([2, 3, 4, 5, 6]))
    alive = dropped != 0
    assert 0.3 < float(alive.sum() / (kept != 0).sum()) < 0.7
    assert torch.allclose(dropped[alive], 2 * kept[alive])


def test_token_vectors_are_read_so_that_rows_can_be_updated() -> None:
    encoder = built(Cnn(widths=(3,), maps=2)).train()
    encoder.embedding.rowwise = True
    encoder(batch([2, 3])).sum().backward()
    assert [lookup.ids.tolist() for lookup in encoder.embedding.lookups] == [[2, 3]]
    assert encoder.embedding.weight.grad is None


@pytest.mark.parametrize("widths", [(), (0,), (3, 1001)])
def test_bad_widths_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(SettingsError, match="is not a tuple of one or more whole numbers from 1 to 1000"):
        Cnn(widths=widths)


def test_every_bad_setting_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        Cnn(maps=0, dropout=1.5, activation="gelu")  # type: ignore[arg-type]
    assert list(caught.value.by_field) == ["maps", "activation", "dropout"]
