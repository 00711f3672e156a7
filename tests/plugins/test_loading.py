from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from nlpkit.errors import ConfigError
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins
from nlpkit.plugins.finding import found

Install = Callable[..., None]


def test_a_plugin_adds_a_component_under_its_own_distribution(
    GOOD: str, loaded: Callable[[], Plugins], install: Install
) -> None:
    install("loud", GOOD)
    found = loaded()
    [plugin] = found.loaded
    assert (plugin.name, plugin.distribution, plugin.version) == ("loud", "dist-loud", "1.2")
    assert (plugin.components, plugin.notes) == (("tokenizer shout",), ())
    assert plugin.seconds > 0
    assert found.entry("tokenizer", "shout").distribution == "dist-loud"
    assert found.entry("tokenizer", "whitespace").distribution == "nlpkit"


def test_a_plugin_without_metadata_works_and_its_origin_is_unknown(
    GOOD: str, loaded: Callable[[], Plugins], install: Install
) -> None:
    install("bare", GOOD, metadata=False)
    [plugin] = loaded().loaded
    assert (plugin.name, plugin.distribution, plugin.version) == ("bare", "unknown", "unknown")


def test_an_object_with_the_hook_is_a_plugin_as_well(
    GOOD: str, loaded: Callable[[], Plugins], install: Install
) -> None:
    code = GOOD.split("@hookimpl")[0] + (
        "class Plugin:\n    @hookimpl\n    def nlpkit_register(self, registry):\n"
        "        registry.add('shout', Shout)\n\nplugin = Plugin()\n"
    )
    install("object", code, module="good_object:plugin")
    assert loaded().entry("tokenizer", "shout").distribution == "dist-object"


@pytest.mark.parametrize("seconds", ["x", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(
    loaded: Callable[[], Plugins], seconds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLPKIT_PLUGIN_SECONDS", seconds)
    with pytest.raises(ConfigError, match="must be a number of seconds, such as 30"):
        loaded()


def test_a_plugin_that_imports_torch_is_noted(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", sys.modules.get("torch", sys))
    install("heavy", "import sys\nsys.modules.setdefault('torch', sys)\n" + GOOD)
    [note] = loaded().loaded[0].notes
    assert note == "it imports torch, which makes every command slow: import it where build() needs it"


@pytest.mark.parametrize("value", [" loud, absent,", "LOUD,absent", "dist_loud,absent", "dist-loud,absent"])
def test_a_blocked_plugin_is_never_imported(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    install("loud", "import no_such_module_at_all\n")
    install("quiet", GOOD)
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", value)
    found = loaded()
    assert list(map(str, found.blocked)) == ["loud of dist-loud 1.2"]
    assert found.unmatched == ("absent",)
    assert found.broken == ()
    assert [plugin.name for plugin in found.loaded] == ["quiet"]
    assert "good_loud" not in sys.modules


def test_discovered_plugins_can_be_loaded_beside_what_ships(GOOD: str, install: Install) -> None:
    install("loud", GOOD)
    [only] = [each for each in found() if each.name == "loud"]
    assert [plugin.name for plugin in plugins.load([only]).loaded] == ["loud"]
    assert plugins.load([]).loaded == ()
