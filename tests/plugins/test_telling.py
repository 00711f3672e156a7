from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.errors import ConfigError, MissingError
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins

Install = Callable[..., None]


def test_an_unknown_name_leads_to_the_broken_plugin_that_had_it(
    BROKEN: dict[str, str], loaded: Callable[[], Plugins], install: Install
) -> None:
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    install("import_error", BROKEN["import_error"], module="broken_import_error")
    with pytest.raises(ConfigError) as caught:
        loaded().entry("tokenizer", "shout")
    assert str(caught.value) == (
        "tokenizer 'shout' is not known; known: basic_english, character, ngrams, regex, unicode, whitespace"
        "\n  it belongs to the plugin half_way of dist-half_way 1.2, which is broken; "
        "to see why, run: nlpkit plugins"
    )


def test_an_unknown_name_leads_to_the_likeliest_plugin_first(
    loaded: Callable[[], Plugins], install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("abacus", "kiwi", "textcnn", "zebra"):
        install(name, "raise ValueError\n", module=f"broken_{name}")
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "kiwi")
    with pytest.raises(ConfigError) as caught:
        loaded().entry("encoder", "text_cnn")
    assert caught.value.hint.startswith(
        "it may belong to a plugin that is not loaded: textcnn of dist-textcnn 1.2 (broken), "
    )
    assert caught.value.hint.endswith(" and 1 more; see nlpkit plugins")
    with pytest.raises(ConfigError) as caught:
        loaded().entry("encoder", "kiwi_max")
    assert ": kiwi of dist-kiwi 1.2 (blocked), " in caught.value.hint


def test_what_is_broken_is_logged_once(
    BROKEN: dict[str, str],
    loaded: Callable[[], Plugins],
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    install("half_way", BROKEN["half_way"].replace("no more", "no\\x1bmore"), module="broken_half_way")
    found = loaded()
    monkeypatch.setattr(plugins, "installed_plugins", lambda: found)
    assert plugins._told.__wrapped__() is found
    assert caplog.record_tuples == [
        (
            "nlpkit.plugins.loading",
            logging.WARNING,
            "plugin half_way of dist-half_way 1.2 is broken and left out: RuntimeError: no\\x1bmore\n"
            "  set NLPKIT_DISABLE_PLUGINS=half_way to switch it off, or run: nlpkit plugins --again",
        )
    ]


def test_authors_get_the_place_and_the_traceback(
    BROKEN: dict[str, str],
    loaded: Callable[[], Plugins],
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    install("system_exit", BROKEN["system_exit"], module="broken_system_exit")
    monkeypatch.setenv("NLPKIT_STRICT_PLUGINS", "1")
    with pytest.raises(MissingError) as caught:
        loaded()
    file = tmp_path / "broken_half_way.py"
    said = str(caught.value)
    assert said.startswith(
        f"{file}:23: the plugin half_way of dist-half_way 1.2 is broken: RuntimeError: no more\n"
    )
    assert f'File "{file}", line 23, in nlpkit_register\n' in said
    assert "the plugin system_exit of dist-system_exit 1.2 is broken too: SystemExit: leaving\n" in said
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "all")
    assert loaded().broken == ()
