from __future__ import annotations

import inspect
import pydoc
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import nlpkit
from nlpkit.settings.checks import Settings
from nlpkit.settings.hints import settings_types


@dataclass(frozen=True)
class Early(Settings):
    """It names a class that comes later.

    later: what comes later
    """

    later: Later | None = None


@dataclass(frozen=True)
class Later(Settings):
    count: int = 1


def test_help_shows_each_setting_with_its_type_its_default_and_its_line() -> None:
    shown = pydoc.render_doc(nlpkit.Lstm, renderer=pydoc.plaintext)  # type: ignore[attr-defined]
    lines = [line.removeprefix(" |").strip() for line in shown.split("\n")]
    assert "hidden_size: 'int' = 32," in shown.split("Long short-term memory")[0]
    assert "Long short-term memory (Hochreiter and Schmidhuber, 1997)." in lines
    place = lines.index("hidden_size: int = 32")
    assert lines[place + 1 : place + 5] == [
        "numbers in the hidden state of one direction",
        "num_layers: int = 1",
        "recurrent layers, each over the states of the one below",
        "bidirectional: bool = True",
    ]


def test_lines_of_the_docstring_are_told_once_and_its_prose_is_kept() -> None:
    doc = inspect.getdoc(nlpkit.Split) or ""
    prose = inspect.cleandoc(vars(nlpkit.Split)["__doc__"]).split("\n\nvalid_fraction: ")[0]
    assert doc.startswith(
        f"{prose}\n\nSettings:\n\nvalid_fraction: float = 0.1\n    share of the rows for valid\n"
    )
    assert doc.count("share of the rows for valid") == 1


def test_a_setting_without_a_default_has_none() -> None:
    assert "\ntrain: Path\n    file of the texts to learn from\n" in str(nlpkit.Csv.__doc__)


def test_the_signature_is_that_of_the_settings() -> None:
    signature = inspect.signature(nlpkit.Padify)
    assert (
        str(signature)
        == "(max_tokens: 'int | None' = 512, keep: \"Literal['head', 'tail', 'both']\" = 'head')"
    )
    assert list(inspect.signature(nlpkit.InMemory).parameters)[:2] == ["texts", "labels"]


def test_a_type_that_is_not_there_when_the_class_is_made_is_found_later() -> None:
    assert settings_types(Early)["later"] == Later | None
    assert str(Early.__doc__).endswith("\nlater: Later | None = None\n    what comes later\n")


def test_a_class_without_settings_has_its_docstring_alone() -> None:
    assert nlpkit.BasicEnglish.__doc__ == vars(nlpkit.BasicEnglish)["__doc__"]
    assert "Settings:" not in str(nlpkit.Dataset.__doc__)


def test_a_class_without_a_docstring_has_that_of_a_dataclass() -> None:
    assert str(Later.__doc__).startswith("Later(count: 'int' = 1)")


def test_a_docstring_may_be_given_later() -> None:
    cls = type("Given", (Later,), {})
    cls.__doc__ = "Given later."
    assert cls.__doc__ == "Given later."


def test_help_outlives_a_default_that_raises() -> None:
    @dataclass(frozen=True)
    class Broken(Settings):
        """It has no default here.

        file: a file
        """

        file: Path = field(default_factory=lambda: Path(str(1 / 0)))

    assert str(Broken.__doc__).endswith("\nfile: Path = ...\n    a file\n")


@pytest.mark.parametrize(
    ("cls", "line"),
    [
        (nlpkit.Lstm, "embedding: Embedding = Embedding(dropout=0.3)"),
        (nlpkit.Lstm, "pooling: Literal['last', 'mean', 'max', 'attention'] | Pooling | tuple[Literal["),
        (nlpkit.VocabConfig, "specials: tuple[str, ...] = ()"),
        (nlpkit.VocabConfig, "file: Path | None = None"),
    ],
)
def test_types_and_defaults_are_those_of_python(cls: type[Settings], line: str) -> None:
    assert f"\n{line}" in str(cls.__doc__)
