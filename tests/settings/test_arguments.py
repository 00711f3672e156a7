"""What a settings class is called with."""

from __future__ import annotations

import pytest

from nlpkit.components.collators import Offsetify
from nlpkit.components.embedding import Embedding
from nlpkit.components.kinds import Collator
from nlpkit.errors import SettingsError
from nlpkit.text.settings import TextConfig


def test_too_many_arguments_and_those_given_twice_are_refused_in_words() -> None:
    with pytest.raises(SettingsError, match=r"^size: is given twice, by its place and by its name$"):
        Embedding(3, size=4)  # type: ignore[misc]
    said = "^TextConfig takes at most 1 setting without its name, and 2 are given$"
    with pytest.raises(SettingsError, match=said):
        TextConfig("none", 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="abstract"):
        Collator()  # type: ignore[abstract]


class Undecorated(Offsetify):
    """A setting, and no dataclass to know of it."""

    width: int = 3


def test_a_class_that_lacks_its_decorator_is_told_so() -> None:
    said = "^Undecorated is not a dataclass: decorate it with @dataclass"
    with pytest.raises(SettingsError, match=said):
        Undecorated(width=4)  # type: ignore[call-arg]
    with pytest.raises(SettingsError, match=said):
        Undecorated(1, "head", 4)  # type: ignore[call-arg]
    with pytest.raises(SettingsError, match=r"^Offsetify has no setting width; known: keep, max_tokens$"):
        Offsetify(width=4)  # type: ignore[call-arg]
