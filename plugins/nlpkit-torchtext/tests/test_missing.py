"""Beside a torch that torchtext does not load with, and without it."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import get_args

import pytest

import nlpkit_torchtext.loading
from nlpkit import MissingError, SettingsError
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


@pytest.mark.usefixtures("unloadable")
def test_check_tells_a_torch_beside_which_it_does_not_load_and_imports_neither() -> None:
    for component, wanted in (
        (TorchtextTokenizer(), 'data.get_tokenizer("basic_english")'),
        (TorchtextDataset(name="CoLA"), "datasets.CoLA"),
    ):
        [problem] = component.problems_here()
        assert str(problem) == (
            "torchtext cannot be used here, because torchtext 0.18.0 loads beside torch 2.3 only and this is "
            f"torch 2.13.0: instead of torchtext.{wanted} take nlpkit's {NAMES[wanted]}"
        )
    assert "torchtext" not in sys.modules


@pytest.fixture
def fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions that fit."""
    versions = {"torchtext": "0.18.0", "torch": "2.3.1"}
    monkeypatch.setattr(nlpkit_torchtext.loading, "version", versions.__getitem__)
    monkeypatch.delenv("NLPKIT_OFFLINE", raising=False)


@pytest.mark.usefixtures("fitting")
def test_check_tells_the_package_that_a_tokenizer_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacremoses", None)
    [problem] = TorchtextTokenizer(name="moses").problems_here()
    assert str(problem) == (
        'torchtext.data.get_tokenizer("moses") needs sacremoses, which is not ready (it is not installed): '
        "install it, or take nlpkit's tokenizer unicode"
    )
    assert list(TorchtextTokenizer().problems_here()) == []


@pytest.mark.usefixtures("fitting")
def test_check_tells_a_folder_that_is_not_here_unless_it_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = TorchtextDataset(name="SST2", root=tmp_path / "gone")
    assert [str(each).split("\n")[0] for each in gone.problems_here()] == [
        f"{tmp_path}/gone: there is no such file"
    ]
    assert list(replace(gone, root=tmp_path).problems_here()) == []
    assert list(replace(gone, download=True).problems_here()) == []
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    assert len(list(replace(gone, download=True).problems_here())) == 1


@pytest.mark.parametrize("language", ["/etc/model", "../model", "model.cfg", ""])
def test_a_language_is_no_path(language: str) -> None:
    with pytest.raises(SettingsError, match=r"language: '.*' is not a name"):
        TorchtextTokenizer(name="spacy", language=language)
