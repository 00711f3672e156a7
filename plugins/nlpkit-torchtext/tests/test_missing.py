"""Beside a torch that torchtext does not load with, and without it."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import get_args

import pytest

import nlpkit_torchtext.loading
from nlpkit import MissingError
from nlpkit_torchtext import NAMES, TorchtextDataset, TorchtextTokenizer
from nlpkit_torchtext.datasets import Name as DatasetName
from nlpkit_torchtext.tokenizers import Name as TokenizerName

UNDEFINED = "libtorchtext.so: undefined symbol: _ZN5torch6detail"


def forget_torchtext(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "torchtext"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.fixture
def unloadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torchtext 0.18.0 beside torch 2.13.0."""
    (tmp_path / "torchtext").mkdir()
    (tmp_path / "torchtext" / "__init__.py").write_text(f"raise OSError({UNDEFINED!r})\n")
    forget_torchtext(monkeypatch)
    monkeypatch.syspath_prepend(tmp_path)
    versions = {"torchtext": "0.18.0", "torch": "2.13.0"}
    monkeypatch.setattr(nlpkit_torchtext.loading, "version", versions.__getitem__)


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No torchtext at all."""

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    forget_torchtext(monkeypatch)
    monkeypatch.setitem(sys.modules, "torchtext", None)
    monkeypatch.setattr(nlpkit_torchtext.loading, "version", version)


@pytest.mark.usefixtures("unloadable")
def test_one_sentence_says_why_and_what_to_take_instead() -> None:
    with pytest.raises(MissingError) as caught:
        TorchtextTokenizer().build()
    assert str(caught.value) == (
        "torchtext cannot be used here, because torchtext 0.18.0 loads beside torch 2.3 only and this is "
        'torch 2.13.0: instead of torchtext.data.get_tokenizer("basic_english") take '
        "nlpkit's tokenizer basic_english"
    )


@pytest.mark.usefixtures("absent")
def test_a_torchtext_that_is_not_installed_is_told_as_such() -> None:
    with pytest.raises(MissingError) as caught:
        TorchtextDataset(name="AG_NEWS").build()()
    assert str(caught.value) == (
        "torchtext cannot be used here, because it is not installed: "
        "instead of torchtext.datasets.AG_NEWS take nlpkit's dataset ag_news"
    )


@pytest.mark.usefixtures("unloadable")
@pytest.mark.parametrize("name", get_args(TokenizerName))
def test_every_tokenizer_names_what_does_the_same(name: TokenizerName) -> None:
    with pytest.raises(MissingError) as caught:
        TorchtextTokenizer(name=name).build()
    assert str(caught.value).endswith("take nlpkit's " + NAMES[f'data.get_tokenizer("{name}")'])
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("absent")
@pytest.mark.parametrize("name", get_args(DatasetName))
def test_every_dataset_names_what_does_the_same(name: DatasetName) -> None:
    with pytest.raises(MissingError) as caught:
        TorchtextDataset(name=name).build()()
    assert str(caught.value).endswith("take nlpkit's " + NAMES[f"datasets.{name}"])
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("unloadable")
def test_another_reason_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"torchtext": "0.18.0", "torch": "2.3.1"}
    monkeypatch.setattr(nlpkit_torchtext.loading, "version", versions.__getitem__)
    with pytest.raises(MissingError, match=f"because {UNDEFINED}: instead of"):
        TorchtextTokenizer().build()
