from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.loading import load_plugins

FOOT = "\n\ndocs/plugins.md explains plugins; to start one, run: nlpkit plugin new NAME\n"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A good plugin, a broken one and a blocked one."""
    found = Plugins(
        load_plugins().registry,
        (
            Plugin(
                "good-for-many-things",
                "nlpkit-good-for-many-things",
                "1.0.dev20260101",
                components=("encoder lstm", "tokenizer basic_english"),
                seconds=1.25,
                notes=("it makes every command 1.2 s slower",),
                api=1,
            ),
        ),
        (
            Plugin(
                "bad",
                "nlpkit-bad",
                "2.0",
                "ImportError: no module named 'x'\x1b[31m" + " and so on" * 10,
                components=("encoder half",),
                place="bad.py:7",
            ),
        ),
        (Plugin("off", "nlpkit-off", "3.0"),),
        ("of",),
    )
    monkeypatch.setattr(plugins, "installed_plugins", lambda: found)


def test_without_plugins_it_says_so(nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bare = plugins.load([])
    monkeypatch.setattr(plugins, "installed_plugins", lambda: bare)
    said = nlpkit("plugins").out
    assert said == ("no plugins are installed; to see what ships with nlpkit, run: nlpkit components" + FOOT)
    assert json.loads(nlpkit("plugins", "--json").out) == []


@pytest.mark.usefixtures("installed")
def test_each_plugin_is_told_with_its_state_in_80_columns(nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("plugins") == (
        0,
        """\
plugin        distribution        version   api  state    load     components
good-for-     nlpkit-good-for-    1.0.dev2  1    loaded   1250 ms  encoder lstm,
many-things   many-things         0260101                          tokenizer
                                                                   basic_english
  it makes every command 1.2 s slower
bad           nlpkit-bad          2.0            broken   0 ms
  ImportError: no module named 'x'\\x1b[31m and so on and so on and so on and so
    on and so on and so on and so on and so on and so on and so on
  in bad.py:7
  set NLPKIT_DISABLE_PLUGINS=bad to switch it off, or run: nlpkit plugins
    --again
off           nlpkit-off          3.0            blocked
NLPKIT_DISABLE_PLUGINS names of, but no such plugin is installed"""
        + FOOT,
        "",
    )


@pytest.mark.usefixtures("installed")
def test_programs_are_told_the_same(nlpkit: Callable[..., Any]) -> None:
    good, bad, off = json.loads(nlpkit("plugins", "--json").out)
    assert good == {
        "name": "good-for-many-things",
        "distribution": "nlpkit-good-for-many-things",
        "version": "1.0.dev20260101",
        "api": 1,
        "state": "loaded",
        "load_ms": 1250.0,
        "components": ["encoder lstm", "tokenizer basic_english"],
        "hooks": [],
        "commands": [],
        "problem": "",
        "place": "",
        "notes": ["it makes every command 1.2 s slower"],
        "switched_off": "",
    }
    assert (bad["name"], bad["state"], bad["components"], bad["place"]) == ("bad", "broken", [], "bad.py:7")
    assert bad["switched_off"] == (
        "set NLPKIT_DISABLE_PLUGINS=bad to switch it off, or run: nlpkit plugins --again"
    )
    assert (off["name"], off["distribution"], off["state"], off["load_ms"]) == (
        "off",
        "nlpkit-off",
        "blocked",
        None,
    )


@pytest.mark.usefixtures("installed")
def test_a_broken_plugin_is_a_problem_for_the_doctor(nlpkit: Callable[..., Any]) -> None:
    problem = "plugin bad of nlpkit-bad 2.0 is broken and left out: ImportError: no module named 'x'"
    assert f"problem: {problem}" in nlpkit("doctor").out
    assert json.loads(nlpkit("doctor", "--json").out)["problems"][0].startswith(problem)
