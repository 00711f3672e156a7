from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.data.download import offline
from nlpkit.system.cache import cache_folder
from nlpkit.system.environment import folder_of, switched_on

ON = ["1", "true", "yes", "on", "2", " 1 "]
OFF = ["", " ", "0", "false", "False", "NO", "off", " 0 "]


@pytest.mark.parametrize(("value", "on"), [(v, True) for v in ON] + [(v, False) for v in OFF], ids=repr)
def test_a_switch_is_on_unless_it_says_no(value: str, on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", value)
    assert switched_on("NLPKIT_OFFLINE") is offline() is on


def test_a_switch_that_is_not_set_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NLPKIT_OFFLINE", raising=False)
    assert switched_on("NLPKIT_OFFLINE") is False


def test_an_empty_name_of_a_folder_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPKIT_CACHE_DIR", "/srv/cache/")
    assert folder_of("NLPKIT_CACHE_DIR") == cache_folder() == Path("/srv/cache")
    monkeypatch.setenv("NLPKIT_CACHE_DIR", "")
    assert folder_of("NLPKIT_CACHE_DIR") is None
    assert cache_folder().name == "nlpkit"
    monkeypatch.delenv("NLPKIT_CACHE_DIR")
    assert folder_of("NLPKIT_CACHE_DIR") is None
