"""Settings in a bundle, which stand for themselves."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Self

import pytest

from nlpkit import Ngrams, Tokenizer, load
from nlpkit.errors import ConfigError, DataError
from nlpkit.models import written
from tests.models.test_bundle import refusal
from tests.models.test_bundle_forged import forge


def test_settings_that_name_a_file_are_refused_and_the_file_is_not_opened(copied: Path) -> None:
    settings = (copied / "settings.toml").read_text(encoding="utf-8")
    os.mkfifo(copied / "pipe")  # who opened it would wait
    named = f'[encoder.embedding]\nvectors = "{copied}/pipe"\n'
    forge(copied, "settings.toml", settings.replace("[encoder.embedding]\n", named).encode())
    assert refusal(copied) == (
        f"{copied}/settings.toml: encoder.embedding.vectors names something outside the model, "
        "which no model that nlpkit writes does\n"
        "  somebody has changed it: copy the run folder again from where it was written"
    )


@dataclass(frozen=True)
class Listed(Tokenizer):
    """Words of a file."""

    file: Path | None = None

    def build(self) -> Callable[[str], list[str]]:
        raise AssertionError("it is not built")


@dataclass(frozen=True)
class Fetched(Tokenizer):
    """Words of a service, which are kept once they have been fetched."""

    address: str = ""
    words: tuple[str, ...] = ()

    def portable(self) -> Self:
        return replace(self, address="", words=("a",)) if self.address else self

    def build(self) -> Callable[[str], list[str]]:
        raise AssertionError("it is not built")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (f'type = "{__name__}:Listed"\nfile = "/etc/hostname"', "tokenizer.file"),
        (f'type = "{__name__}:Fetched"\naddress = "here"', "tokenizer.address"),
        (
            f'type = "ngrams"\ntokenizer = {{type = "{__name__}:Listed", file = "x"}}',
            "tokenizer.tokenizer.file",
        ),
    ],
)
def test_settings_of_any_component_are_those_that_a_model_keeps(
    written: str, place: str, copied: Path
) -> None:
    settings = (copied / "settings.toml").read_text(encoding="utf-8")
    changed = settings.replace('type = "basic_english"', written)
    forge(copied, "settings.toml", changed.encode())
    with pytest.raises(DataError, match=f"{place} names something outside the model"):
        load(copied, classes=[Listed, Fetched])


def test_a_component_whose_model_would_name_a_file_is_refused_before_training(trained: Path) -> None:
    settings = replace(load(trained).settings, tokenizer=Ngrams(tokenizer=Listed(Path("words.txt"))))
    with pytest.raises(ConfigError) as caught:
        written.require_writable(settings)
    assert str(caught.value) == (
        "tokenizer.tokenizer.file names something outside the model, which keeps what it needs in its own "
        "folder\n"
        "  give its class a portable() that keeps what is there instead, and list in its `outside` which "
        "settings that leaves empty"
    )


def asked(*_: object) -> NoReturn:
    raise AssertionError("portable() was called")


@dataclass(frozen=True)
class Mirrored(Tokenizer):
    """Words of a service that has several names, which its class says."""

    outside = ("addresses", "mirror")

    addresses: tuple[str, ...] = ()
    mirror: str = ""
    words: str = ""

    portable = asked

    def build(self) -> Callable[[str], list[str]]:
        return str.split


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ('addresses = ["here", "there"]', "tokenizer.addresses"),
        ('mirror = "there"', "tokenizer.mirror"),
        ('words = "a b"', ""),
    ],
)
def test_what_a_class_says_is_outside_is_empty_in_a_model_and_nobody_asks_it(
    written: str, place: str, copied: Path
) -> None:
    settings = (copied / "settings.toml").read_text(encoding="utf-8")
    changed = settings.replace('type = "basic_english"', f'type = "{__name__}:Mirrored"\n{written}')
    forge(copied, "settings.toml", changed.encode())
    if place:
        with pytest.raises(DataError, match=f"{place} names something outside the model"):
            load(copied, classes=[Mirrored])
    else:
        assert load(copied, classes=[Mirrored]).settings.tokenizer == Mirrored(words="a b")


def test_a_component_that_keeps_a_string_and_says_nothing_is_refused_before_training(trained: Path) -> None:
    @dataclass(frozen=True)
    class Kept(Tokenizer):
        file: Path | None = None
        content: str = ""

        def portable(self) -> Self:
            return replace(self, file=None, content="what is in it")

        def build(self) -> Callable[[str], list[str]]:
            raise AssertionError("it is not built")

    settings = replace(load(trained).settings, tokenizer=Kept(Path("words.txt")))
    with pytest.raises(ConfigError, match=r"^tokenizer\.content names something outside the model"):
        written.require_writable(settings)
    Kept.outside = ("file",)
    written.require_writable(replace(settings, tokenizer=Kept(Path("words.txt"))))
