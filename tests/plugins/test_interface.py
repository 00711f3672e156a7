from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from nlpkit.plugins import interface, judging
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins
from nlpkit.plugins.interface import require_fit, written_for

Install = Callable[..., None]
Loaded = Callable[[], Plugins]


def test_a_plugin_that_says_nothing_is_written_for_1(GOOD: str, loaded: Loaded, install: Install) -> None:
    install("loud", GOOD)
    install("said", "NLPKIT_PLUGIN_API = 1\n" + GOOD.replace('"shout"', '"said"'))
    for _ in ("tried", "by the verdict that is kept"):
        assert [(each.name, each.api) for each in loaded().loaded] == [("loud", 1), ("said", 1)]


def test_a_broken_plugin_is_told_with_its_interface(loaded: Loaded, install: Install) -> None:
    install("bad", "NLPKIT_PLUGIN_API = 1\nraise ValueError\n", module="broken_bad")
    for _ in ("tried", "by the verdict that is kept"):
        assert [(each.problem, each.api) for each in loaded().broken] == [("ValueError", 1)]


def test_no_process_is_started_for_a_plugin_for_another_interface(
    loaded: Loaded, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("han", "NLPKIT_PLUGIN_API = 2\n", module="good_han")
    monkeypatch.setattr(judging, "_started", None)
    assert [each.api for each in loaded().broken] == [2]


@pytest.mark.parametrize(
    "code",
    [
        "NLPKIT_PLUGIN_API = 2\nfrom nlpkit import Teleporter\n",
        "from nlpkit import Teleporter\nNLPKIT_PLUGIN_API: int = 2\n",
        "raise SystemExit\nNLPKIT_PLUGIN_API = 1\nNLPKIT_PLUGIN_API = 2\n",
    ],
)
def test_a_plugin_for_a_newer_interface_is_left_out_and_none_of_it_runs(
    code: str, GOOD: str, loaded: Loaded, install: Install
) -> None:
    install("han", code, module="good_han")
    install("loud", GOOD)
    found = loaded()
    [han] = found.broken
    said = "dist-han 1.2 is written for plugin API 2, and this is 1: upgrade nlpkit-toolkit"
    assert (han.problem, han.api) == (said, 2)
    assert han.left_out == f"plugin han is left out: {said}"
    assert "good_han" not in sys.modules
    assert [each.name for each in found.loaded] == ["loud"]


def test_what_is_left_out_is_logged_with_what_switches_it_off(
    loaded: Loaded, install: Install, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install("han", "NLPKIT_PLUGIN_API = 2\n", module="good_han")
    found = loaded()
    monkeypatch.setattr(plugins, "installed_plugins", lambda: found)
    plugins._told.__wrapped__()
    said = (
        "plugin han is left out: dist-han 1.2 is written for plugin API 2, and this is 1: "
        "upgrade nlpkit-toolkit\n  set NLPKIT_DISABLE_PLUGINS=han to switch it off"
    )
    assert caplog.record_tuples == [("nlpkit.plugins.loading", logging.WARNING, said)]


def test_a_plugin_for_an_older_interface_is_the_one_to_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "PLUGIN_API", 3)
    with pytest.raises(ValueError, match=r"^nlpkit-han 2\.0 is .* API 1, and this is 3: upgrade nlpkit-han$"):
        require_fit(1, "nlpkit-han", "2.0")
    require_fit(3, "nlpkit-han", "2.0")


@pytest.mark.parametrize(
    "code",
    [
        "NLPKIT_PLUGIN_API = '2'\n",
        "NLPKIT_PLUGIN_API = 0\n",
        "NLPKIT_PLUGIN_API = True\n",
        "NLPKIT_PLUGIN_API = 1 + 1\n",
        "from good_api import NLPKIT_PLUGIN_API\n",
    ],
)
def test_what_is_no_number_that_is_written_out_is_refused(
    code: str, loaded: Loaded, install: Install
) -> None:
    install("han", code)
    [han] = loaded().broken
    assert han.problem == "NLPKIT_PLUGIN_API in good_han is no number that is written out, such as 1"


def test_a_module_in_a_package_is_read_and_the_package_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "good_deep" / "inside").mkdir(parents=True)
    for folder in ("good_deep", "good_deep/inside"):
        (tmp_path / folder / "__init__.py").write_text("raise SystemExit\n", encoding="utf-8")
    (tmp_path / "good_deep" / "inside" / "plugin.py").write_text("NLPKIT_PLUGIN_API = 7\n", encoding="utf-8")
    point = EntryPoint("deep", "good_deep.inside.plugin:Plugin", "nlpkit")
    assert written_for(point) == 7
    assert "good_deep" not in sys.modules


@pytest.mark.parametrize("value", ["no_such_module", "math", "json.no_such", "!", "broken_syntax"])
def test_a_module_that_cannot_be_read_is_for_loading_to_refuse(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken_syntax.py").write_text("NLPKIT_PLUGIN_API = 2\ndef half(:\n", encoding="utf-8")
    assert written_for(EntryPoint("x", value, "nlpkit")) == 1
