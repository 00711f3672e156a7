from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from nlpkit import Csv, Embedding, Experiment, Padify, Ragged, SettingsError, Vocab
from nlpkit_cnn import CharBatch, CharCnn, Spell
from nlpkit_cnn.char_cnn import CharCnnEncoder, Highway
from nlpkit_cnn.spelling import spellings

VOCAB = Vocab(["a", "of", "oil", "price", "prices", "extraordinary"], specials=["<cls>"], buckets=2)
ROWS = st.lists(st.lists(st.integers(1, len(VOCAB) - 1), min_size=1, max_size=7), min_size=1, max_size=5)
SMALL = CharCnn(
    char_size=4,
    char_widths=(1, 3),
    char_maps=3,
    highway_layers=1,
    words=Embedding(size=2),
    widths=(1, 2),
    maps=3,
)


def batch(*rows: list[int]) -> CharBatch:
    return Spell(max_tokens=None).build(VOCAB)(Ragged.from_rows(rows))


def built(settings: CharCnn) -> CharCnnEncoder:
    torch.manual_seed(0)
    return settings.build(VOCAB).eval()


def by_torch(encoder: CharCnnEncoder, row: list[int]) -> Tensor:
    """The features of one text, one token at a time and without any padding."""
    spelt = spellings(VOCAB, 32)
    tokens = []
    for id in row:
        characters = torch.from_numpy(spelt[id].copy()).long()
        vectors = encoder.characters.weight[characters].T.unsqueeze(0)  # (1, E, L)
        features = [each(vectors).amax(dim=-1) for each in encoder.char_windows.convolutions]
        token = torch.cat(features, dim=1).tanh()
        for layer in encoder.highway:
            gate = torch.sigmoid(layer.gate(token))  # type: ignore[operator]
            token = gate * torch.relu(layer.layer(token)) + (1 - gate) * token  # type: ignore[operator]
        assert encoder.words is not None
        tokens.append(torch.cat([token, encoder.words.weight[id].unsqueeze(0)], dim=1))
    sequence = torch.stack(tokens, dim=2)  # (1, C + E, T)
    pooled = []
    for width, convolution in zip((1, 2), encoder.windows.convolutions, strict=True):
        pooled.append(convolution(nn.functional.pad(sequence, (0, max(0, width - len(row))))).amax(dim=-1))
    return torch.cat(pooled, dim=1).relu()[0]


@given(ROWS)
def test_each_text_has_the_features_that_plain_torch_gives_it_alone(rows: list[list[int]]) -> None:
    encoder = built(SMALL)
    for row, features in zip(rows, encoder(batch(*rows)), strict=True):
        assert torch.allclose(features, by_torch(encoder, row), atol=1e-5)


def test_ids_of_no_token_look_alike_to_characters_and_not_to_words() -> None:
    unknown, bucket = VOCAB["?"], len(VOCAB) - 1
    rows = batch([1], [unknown], [bucket])
    alike = built(CharCnn())(rows)
    assert torch.allclose(alike, alike[:1], atol=1e-6)
    apart = built(SMALL)(rows)
    assert not torch.allclose(apart[0], apart[2], atol=1e-3)


def test_characters_beyond_the_padding_of_a_token_decide_nothing() -> None:
    encoder = built(CharCnn())
    with torch.no_grad():
        encoder.characters.weight[0] = 1000.0
    alone = encoder(batch([VOCAB["a"]]))
    beside = encoder(batch([VOCAB["a"]], [VOCAB["extraordinary"]] * 3))
    assert torch.allclose(alone[0], beside[0], atol=1e-6)


def test_a_highway_that_is_closed_lets_all_pass_and_an_open_one_transforms() -> None:
    highway = Highway(2)
    with torch.no_grad():
        highway.gate.weight.zero_()
        highway.layer.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, -1.0]]))
        highway.layer.bias.zero_()
        highway.gate.bias.fill_(-100.0)
        assert highway(torch.tensor([[3.0, 4.0]])).tolist() == [[3.0, 4.0]]
        highway.gate.bias.fill_(100.0)
        assert highway(torch.tensor([[3.0, 4.0]])).tolist() == [[6.0, 0.0]]
        highway.gate.bias.zero_()
        assert highway(torch.tensor([[3.0, 4.0]])).tolist() == [[4.5, 2.0]]


def test_shapes_of_the_defaults() -> None:
    encoder = built(CharCnn())
    shapes = {name: tuple(each.shape) for name, each in encoder.state_dict().items()}
    characters = len(set("aofoilpricesextraordinary")) + 4
    assert shapes["characters.weight"] == (characters, 16)
    assert shapes["highway.0.gate.weight"] == (125, 125)
    assert shapes["windows.convolutions.2.weight"] == (100, 125, 3)
    assert encoder.output_dim == 300
    assert encoder(batch([2], [3, 4])).shape == (2, 300)


def test_an_experiment_with_another_collator_says_which_one_fits() -> None:
    with pytest.raises(SettingsError, match="use a collator that produces a CharBatch"):
        Experiment(data=Csv(train=Path("train.csv")), encoder=CharCnn(), collator=Padify())


def test_every_bad_setting_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        CharCnn(char_size=0, char_widths=(), widths=(0,), highway_layers=-1)
    assert list(caught.value.by_field) == ["char_size", "char_widths", "highway_layers", "widths"]
