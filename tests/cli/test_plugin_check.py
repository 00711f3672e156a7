from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import pytest

from nlpkit.cli.plugin_check import told_on_terminal
from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizers import Whitespace
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.registry import Registry


@dataclass(frozen=True)
class Good(Whitespace):
    """White space."""


@dataclass(frozen=True)
class Lists(Tokenizer):
    """One with a fault, and an example without.

    faulty: whether it has it
    """

    faulty: bool = True

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(faulty=False)]

    def build(self) -> Callable[[str], list[str]]:
        return self.tokens

    def tokens(self, text: str) -> Any:
        return text if self.faulty else text.split()


@dataclass(frozen=True)
class Asks(Whitespace):
    """White space, of a size.

    size: any number
    """

    size: int = 0

    def __post_init__(self) -> None:
        if not self.size:
            raise ValueError("size: give one")


NOTHING_TRIED = (
    "error: nothing of nlpkit-demo was tried\n"
    "  register a component that its defaults build, or define a classmethod `examples()` on it\n"
)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Plugins nlpkit-demo with the given components, nlpkit-bad, broken, and nlpkit-off, blocked."""

    def put(**components: type[Tokenizer]) -> None:
        registry, mine = Registry("nlpkit"), Registry("nlpkit-demo")
        registry.merge(load_plugins().registry)
        for name, settings in components.items():
            mine.add(name, settings)
        registry.merge(mine)
        found = Plugins(
            registry,
            (Plugin("demo", "nlpkit-demo", "1.2"),),
            (Plugin("bad", "nlpkit-bad", "2.0", "ImportError: no module named 'x'"),),
            (Plugin("off", "nlpkit-off", "3.0"),),
        )
        monkeypatch.setattr(plugins, "installed_plugins", lambda: found)

    return put


def test_a_plugin_that_keeps_all_is_told_promise_by_promise(
    install: Callable[..., None], nlpkit: Callable[..., Any]
) -> None:
    install(good=Good)
    code, out, err = nlpkit("plugin", "check", "nlpkit-demo")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "tokenizer good  kept  its settings survive a TOML file"
    assert lines[-1].startswith("nlpkit-demo 1.2: ")
    assert "broken" not in lines[-1]
    assert nlpkit("plugin", "check", "Demo").out == out


def test_a_broken_promise_is_told_in_its_row_and_is_exit_code_6(
    install: Callable[..., None], nlpkit: Callable[..., Any]
) -> None:
    install(good=Good, lists=Lists)
    code, out, err = nlpkit("plugin", "check", "nlpkit_demo")
    assert code == 6
    words = " ".join(out.split())
    assert "tokenizer lists broken Lists promises that any text gives a list of strings, but the" in words
    assert "kept any text gives a list of strings [Lists(faulty=False)]" in words
    assert err.startswith("error: ") and err.endswith(" broken by nlpkit-demo\n")


def test_the_same_as_json(install: Callable[..., None], nlpkit: Callable[..., Any]) -> None:
    install(lists=Lists)
    code, out, err = nlpkit("plugin", "check", "nlpkit-demo", "--json")
    found = json.loads(out)
    assert (code, found["ok"], found["distribution"], found["version"]) == (6, False, "nlpkit-demo", "1.2")
    states = {(row["settings"], row["promise"]): row["state"] for row in found["promises"]}
    assert states["Lists", "any text gives a list of strings"] == "broken"
    assert states["Lists(faulty=False)", "any text gives a list of strings"] == "kept"
    assert f"error: {list(states.values()).count('broken')} promises are broken by nlpkit-demo\n" == err


def test_a_component_that_its_defaults_do_not_build_says_what_to_do(
    install: Callable[..., None], nlpkit: Callable[..., Any]
) -> None:
    install(asks=Asks)
    code, out, err = nlpkit("plugin", "check", "nlpkit-demo")
    assert (code, err) == (6, NOTHING_TRIED)
    assert (
        "tokenizer asks skipped it can be built: there is nothing to check (SettingsError: size: give one): "
        "define a classmethod `examples()` on Asks that returns instances"
    ) in " ".join(out.split())
    assert out.endswith("nlpkit-demo 1.2: 1 skipped\n")


def test_a_plugin_without_components_says_so(
    install: Callable[..., None], nlpkit: Callable[..., Any]
) -> None:
    install()
    code, out, err = nlpkit("plugin", "check", "nlpkit-demo")
    assert (code, out, err) == (6, "nlpkit-demo 1.2: it registers no component\n", NOTHING_TRIED)


def test_one_component_that_can_be_tried_is_enough(
    install: Callable[..., None], nlpkit: Callable[..., Any]
) -> None:
    install(asks=Asks, good=Good)
    code, _, err = nlpkit("plugin", "check", "nlpkit-demo")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        (
            "nlpkit-bad",
            4,
            "error: plugin bad of nlpkit-bad 2.0 is broken: ImportError: no module named 'x'\n",
        ),
        (
            "off",
            2,
            "error: plugin off of nlpkit-off 3.0 is blocked\n  take it out of NLPKIT_DISABLE_PLUGINS\n",
        ),
        ("nlpkit-dmo", 2, "error: plugin 'nlpkit-dmo' is not installed; did you mean nlpkit-demo?\n"),
    ],
)
def test_a_plugin_that_cannot_be_checked_says_why(
    install: Callable[..., None], nlpkit: Callable[..., Any], name: str, code: int, said: str
) -> None:
    install(good=Good)
    assert nlpkit("plugin", "check", name) == (code, "", said)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_is_being_tried_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with told_on_terminal() as tell:
        tell("tokenizer good: 1 of 2, it is\x1b[31m red")
        tell("tokenizer")
    shown = sys.stderr.getvalue().split("\r\x1b[K")  # type: ignore[attr-defined]
    assert shown == ["", "tokenizer good: 1 of 2, it is\\x1b[31m red", "tokenizer", ""]
