from __future__ import annotations

from nlpkit import Headlines, Texts


def test_a_repr_tells_how_many_there_are() -> None:
    splits = Headlines(train_size=40, valid_size=4, test_size=8).build()()
    assert repr(splits) == "<Splits of headlines: 40 train, 4 valid, 8 test>"
    assert repr(splits.train) == "<Texts: 40 texts of 4 labels>"
    assert repr(Texts.of_sets(["a", "b"], [{"x", "y"}, ()])) == "<Texts: 2 texts of 2 labels>"


def test_taken_texts_keep_their_weights() -> None:
    texts = Texts(["a", "b", "c"], ["x", "y", "x"], weights=[1.0, 2.0, 3.0])
    assert list(texts.take([2, 0]).weights) == [3.0, 1.0]
    assert texts.sha256 != Texts(["a", "b", "c"], ["x", "y", "x"]).sha256
