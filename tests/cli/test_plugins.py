from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nlpkit import plugins
from nlpkit.plugins import Plugin, Plugins, load_plugins


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A good plugin, a broken one and a blocked one."""
    found = Plugins(
        load_plugins().registry,
        (Plugin("good", "nlpkit", "1.0"),),
        (Plugin("bad", "nlpkit-bad", "2.0", "ImportError: no module named 'x'\x1b[31m"),),
        ("off",),
    )
    monkeypatch.setattr(plugins, "load_plugins", lambda: found)


def test_without_plugins_it_says_so(nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bare = plugins.load([])
    monkeypatch.setattr(plugins, "load_plugins", lambda: bare)
    assert nlpkit("plugins").out.startswith("no plugins are installed")
    assert json.loads(nlpkit("plugins", "--json").out) == []


def test_each_plugin_is_told_with_its_state(installed: None, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("plugins")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == ["good", "bad", "off"]
    assert "encoder lstm" in " ".join(out.split())
    assert "ImportError: no module named 'x'\\x1b[31m" in " ".join(out.split())
    rows = json.loads(nlpkit("plugins", "--json").out)
    assert [(row["name"], row["state"]) for row in rows] == [
        ("good", "loaded"),
        ("bad", "broken"),
        ("off", "blocked"),
    ]


def test_a_broken_plugin_is_a_problem_for_the_doctor(installed: None, nlpkit: Callable[..., Any]) -> None:
    problem = "plugin bad of nlpkit-bad 2.0 is broken: ImportError: no module named 'x'"
    assert f"problem: {problem}" in nlpkit("doctor").out
    assert json.loads(nlpkit("doctor", "--json").out)["problems"][0].startswith(problem)
