from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from nlpkit import Encoder, Experiment, Headlines, Ngrams, Tokenizer, Vocab, __version__
from nlpkit.batch import Batch, PaddedBatch
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import Tracker
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.providers import lacking, providers
from nlpkit.plugins.registry import Registry


@dataclass(frozen=True)
class Words(Tokenizer):
    def build(self) -> Callable[[str], list[str]]:
        return str.split


@dataclass(frozen=True)
class Several(Encoder):
    encoders: tuple[Encoder, ...] = ()
    other: Encoder = field(default_factory=EmbeddingMean)

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> Any: ...


@dataclass(frozen=True)
class Ledger(Tracker):
    def build(self) -> object: ...


def plugins_with_words() -> Plugins:
    registry = Registry("nlpkit-words")
    registry.add("words", Words)
    registry.add("several", Several)
    registry.add("ledger", Ledger)
    registry.merge(load_plugins().registry)
    return Plugins(registry, (Plugin("words", "nlpkit-words", "1.2+local"),), ())


def test_every_component_is_told_with_its_path_also_inside_others() -> None:
    experiment = Experiment(
        data=Headlines(),
        tokenizer=Ngrams(tokenizer=Ngrams(tokenizer=Words())),
        track=(Ledger(), Ledger()),
        encoder=Several(encoders=(EmbeddingMean(), Several(other=Lstm()))),
    )
    found = providers(experiment, plugins_with_words())
    names = {path: provider["name"] for path, provider in found.items()}
    assert names == {
        "data": "headlines",
        "encoder": "several",
        "encoder.encoders[0]": "embedding_mean",
        "encoder.encoders[1]": "several",
        "encoder.encoders[1].other": "lstm",
        "encoder.other": "embedding_mean",
        "tokenizer": "ngrams",
        "tokenizer.tokenizer": "ngrams",
        "tokenizer.tokenizer.tokenizer": "words",
        "collator": "pad_length",
        "trainer": "standard",
        "trainer.loss": "cross_entropy",
        "track[0]": "ledger",
        "track[1]": "ledger",
    }
    ours = {"name": "words", "distribution": "nlpkit-words", "version": "1.2+local"}
    assert found["tokenizer.tokenizer.tokenizer"] == ours
    assert found["encoder.encoders[1].other"] == {
        "name": "lstm",
        "distribution": "nlpkit",
        "version": __version__,
    }


def said(
    plugins: Plugins, name: object = "words", distribution: object = "nlpkit-words", **more: object
) -> str:
    recorded = {"name": name, "distribution": distribution, "version": "1.2", **more}
    return str(
        lacking({"encoder": {"name": "lstm", "distribution": "nlpkit"}, "tokenizer": recorded}, plugins)
    )


NONE = Plugins(Registry("nlpkit"), (), ())


def test_what_is_here_is_not_lacking() -> None:
    assert lacking(providers(Ngrams(tokenizer=Words()), plugins_with_words()), plugins_with_words()) is None
    assert said(plugins_with_words()) == "None"


def test_a_plugin_that_is_not_installed_is_told_with_the_exact_command() -> None:
    assert said(NONE) == (
        "the model needs the plugin nlpkit-words, which is not installed\n"
        "  the name is what the model's manifest says: find out whose package it is, and if you trust it, "
        "install it with: pip install nlpkit-words==1.2"
    )
    assert said(NONE, version="unknown").endswith("pip install nlpkit-words")


def test_a_plugin_that_is_here_and_does_not_give_it_is_told_with_its_state() -> None:
    plugin = Plugin("words", "nlpkit-words", "2.0", "ImportError: no")
    registry = load_plugins().registry
    assert said(Plugins(registry, (), (plugin,))) == (
        "the model needs the plugin nlpkit-words, which is broken: ImportError: no\n"
        "  reinstall it with: pip install --force-reinstall nlpkit-words==1.2"
    )
    assert said(Plugins(registry, (), (), (plugin,))) == (
        "the model needs the plugin nlpkit-words, which is blocked\n  take it out of NLPKIT_DISABLE_PLUGINS"
    )
    assert said(Plugins(registry, (plugin,), ())) == (
        "the model needs the plugin nlpkit-words, which is installed in version 2.0, without 'words'\n"
        "  install it with: pip install nlpkit-words==1.2"
    )


def test_a_plugin_that_left_no_name_cannot_be_installed_by_it() -> None:
    assert (
        said(NONE, distribution="unknown")
        == "the model needs 'words' from a plugin that is not installed, and its name was not kept"
    )


@pytest.mark.parametrize(
    "evil", ["1; rm -rf ~", "$(id)", "1 --index-url=http://x", "-r x", None, 7, ["1"], "\n"]
)
def test_what_is_no_name_or_version_never_gets_into_a_command(evil: object) -> None:
    assert said(NONE, distribution=evil) == "None"
    assert said(NONE, version=evil).endswith("pip install nlpkit-words")


@pytest.mark.parametrize("recorded", [None, [], 7, {"a": 7}, {"a": {}}, {"a": {"distribution": ["x"]}}])
def test_a_record_of_another_shape_says_nothing(recorded: object) -> None:
    assert lacking(recorded, NONE) is None
