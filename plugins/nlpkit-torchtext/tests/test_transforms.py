"""torchtext's transforms, against what takes their place."""

from __future__ import annotations

from collections import OrderedDict
from types import ModuleType

import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpkit import Labels, Padify, Ragged, Vocab

words = st.lists(st.lists(st.sampled_from("abcx"), min_size=1, max_size=6), min_size=1, max_size=4)


def test_vocab_transform_is_ids(torchtext: ModuleType) -> None:
    old = torchtext.vocab.vocab(OrderedDict(a=3, b=2, c=1), specials=["<pad>", "<unk>"])
    old.set_default_index(old["<unk>"])
    texts = [["a", "c", "x"], ["x"], ["b", "b", "a", "c"]]
    assert torchtext.transforms.VocabTransform(old)(texts) == list(map(Vocab("abc").ids, texts))


@given(words, st.integers(1, 7))
def test_truncate_and_to_tensor_are_padify(torchtext: ModuleType, texts: list[list[str]], most: int) -> None:
    rows = list(map(Vocab("abc").ids, texts))
    transforms = torchtext.transforms
    old = transforms.Sequential(transforms.Truncate(most), transforms.ToTensor(padding_value=0))(rows)
    new = Padify(max_tokens=most).build(Vocab("abc"))(Ragged.from_rows(rows))
    assert torch.equal(old, new.ids)


@given(words, st.integers(1, 7))
def test_the_functions_below_the_transforms_are_padify(
    torchtext: ModuleType, texts: list[list[str]], most: int
) -> None:
    rows = list(map(Vocab("abc").ids, texts))
    functional = torchtext.functional
    old = functional.to_tensor(functional.truncate(rows, most), padding_value=0)
    assert torch.equal(old, Padify(max_tokens=most).build(Vocab("abc"))(Ragged.from_rows(rows)).ids)


def test_pad_transform_pads_on_the_right_as_padify_does(torchtext: ModuleType) -> None:
    old = torchtext.transforms.PadTransform(3, 0)(torch.tensor([5]))
    assert torch.equal(old, Padify().build(Vocab("abc"))(Ragged.from_rows([[5], [2, 3, 4]])).ids[0])


def test_label_to_index_is_labels(torchtext: ModuleType) -> None:
    old = torchtext.transforms.LabelToIndex(label_names=["World", "Sports"], sort_names=True)
    assert old(["World", "Sports"]) == Labels.of(["World", "Sports"]).ids(["World", "Sports"]).tolist()
