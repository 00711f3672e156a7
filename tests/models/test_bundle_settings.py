"""Settings in a bundle, which stand for themselves."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pytest

from nlpkit import Ngrams, Tokenizer, load
from nlpkit.errors import ConfigError, DataError
from nlpkit.models import bundle
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
        bundle.require_writable(settings)
    assert str(caught.value) == (
        "tokenizer.tokenizer.file names a file, and a model keeps what it needs in its own folder\n"
        "  give its class a portable() that keeps what is in the file instead"
    )
