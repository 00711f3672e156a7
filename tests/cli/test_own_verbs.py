"""A verb of a plugin: listed by metadata, imported when it is called."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STATS = re.findall(
    r"^```python\n(.*?)^```",
    (Path(__file__).parents[2] / "docs" / "plugins.md")
    .read_text(encoding="utf-8")
    .split("\n### `nlpkit_commands")[1]
    .split("\n### ")[0],
    re.MULTILINE | re.DOTALL,
)[0]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a distribution with one module and the verbs of it."""

    def install(distribution: str, code: str, *verbs: str, group: str = "nlpkit.commands") -> None:
        module = f"{distribution.replace('-', '_')}_{tmp_path.name[-1]}"
        monkeypatch.delitem(sys.modules, module, raising=False)
        (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        points = "".join(f"{verb} = {module}\n" for verb in verbs)
        (info / "entry_points.txt").write_text(f"[{group}]\n{points}", encoding="utf-8")

    monkeypatch.syspath_prepend(tmp_path)
    return install


def test_the_verb_of_the_docs_counts_the_tokens_of_texts(
    add: Callable[..., None], nlpkit: Callable[..., Any]
) -> None:
    assert STATS.count("\n") - STATS.count("\n\n") <= 25
    add("nlpkit-tokens", STATS, "tokens")
    assert nlpkit("tokens", "Oil fell. Oil rose.") == (0, "4 different tokens of 6\n", "")
    code, out, _ = nlpkit("tokens", "--help")
    assert code == 0
    assert "Count the tokens of TEXTS" in out


def test_help_lists_it_and_imports_nothing(add: Callable[..., None], nlpkit: Callable[..., Any]) -> None:
    add("nlpkit-loud", "raise RuntimeError('imported')\n", "shout")
    code, out, err = nlpkit("--help")
    assert (code, err) == (0, "")
    assert re.search(r"Commands of plugins:\n +shout +From nlpkit-loud\.", out)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('no')\n", "is broken: RuntimeError: no"),
        ("x = 1\n", "is broken: ValueError: it implements no nlpkit_commands, marked with @hookimpl"),
        (STATS.replace("def nlpkit_commands(group", "def nlpkit_commands(gruop"), "is broken: PluginVali"),
        (STATS, "is broken: its nlpkit_commands adds tokens, not shout"),
    ],
)
def test_one_that_is_broken_is_told_when_it_is_called(
    code: str,
    said: str,
    add: Callable[..., None],
    nlpkit: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add("nlpkit-loud", code, "shout")
    found, out, err = nlpkit("shout", "x")
    assert (found, out) == (4, "")
    assert err.startswith(f"error: the command shout of nlpkit-loud 1.0 {said}")
    assert err.endswith("\n  set NLPKIT_DISABLE_PLUGINS=nlpkit-loud to switch it off\n")
    assert nlpkit("components", "trainer").code == 0


def test_a_plugin_with_a_verb_alone_is_checked(add: Callable[..., None], nlpkit: Callable[..., Any]) -> None:
    add("nlpkit-tokens", STATS, "tokens")
    add("nlpkit-loud", "raise RuntimeError('no')\n", "shout")
    code, out, _ = nlpkit("plugin", "check", "nlpkit-tokens")
    assert code == 0
    assert out.split("\n")[0].split() == ["command", "tokens", "kept", "its", "help", "is", "shown"]
    assert out.endswith("nlpkit-tokens 1.0: 1 kept\n")
    code, out, err = nlpkit("plugin", "check", "shout")
    assert code == 6
    assert "the command shout of nlpkit-loud 1.0 is broken: RuntimeError: no" in " ".join(out.split())
    assert err == "error: 1 promise is broken by nlpkit-loud\n"


def test_what_it_raises_is_not_blamed_on_nlpkit(add: Callable[..., None], nlpkit: Callable[..., Any]) -> None:
    add("nlpkit-tokens", STATS.replace("click.echo(", "1 / 0; click.echo("), "tokens")
    code, _, err = nlpkit("tokens", "x")
    assert code == 4
    assert err.startswith("error: the command tokens is broken: ZeroDivisionError: division by zero\n  in ")
    assert re.search(r"nlpkit_tokens_\w\.py:\d+\n$", err)


def test_a_name_of_two_plugins_is_an_error_that_names_both(
    add: Callable[..., None], nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    add("nlpkit-one", STATS, "tokens")
    add("nlpkit-two", STATS, "tokens")
    code, _, err = nlpkit("tokens", "x")
    assert (code, err) == (
        2,
        "error: the command tokens is added by nlpkit-one and nlpkit-two\n"
        "  switch one off: NLPKIT_DISABLE_PLUGINS takes the names of distributions\n",
    )
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "nlpkit_two")
    assert nlpkit("tokens", "x").out == "1 different tokens of 1\n"
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "all")
    assert nlpkit("tokens", "x").code == 2


def test_plugins_and_the_shell_list_verbs_and_import_nothing(
    add: Callable[..., None], nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for distribution, *verbs in (
        ("nlpkit-loud", "shout", "run"),
        ("nlpkit-one", "same"),
        ("nlpkit-two", "same"),
    ):
        add(distribution, "raise RuntimeError('imported')\n", *verbs)

    def rows() -> list[tuple[str, str, str, str]]:
        found = json.loads(nlpkit("plugins", "--json").out)
        return [
            (each["distribution"], verb, each["state"], each["problem"])
            for each in found
            for verb in each["commands"]
        ]

    both = "the command same is added by nlpkit-one and nlpkit-two"
    own = "nlpkit has a command run of its own, so this one is never called"
    assert sorted(rows()) == [
        ("nlpkit-loud", "run", "broken", own),
        ("nlpkit-loud", "shout", "on call", ""),
        ("nlpkit-one", "same", "broken", both),
        ("nlpkit-two", "same", "broken", both),
    ]
    assert re.search(
        r"^shout +nlpkit-loud +1\.0 +on call +command shout$", nlpkit("plugins").out, re.MULTILINE
    )
    monkeypatch.setenv("_NLPKIT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "nlpkit s")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert nlpkit().out == "plain,shrink\nplain,same\nplain,shout\n"
    monkeypatch.delenv("_NLPKIT_COMPLETE")
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "nlpkit-one,nlpkit-loud")
    assert sorted((verb, state) for _, verb, state, _ in rows()) == [
        ("run", "blocked"),
        ("same", "blocked"),
        ("same", "on call"),
        ("shout", "blocked"),
    ]


def test_a_verb_of_the_box_is_never_another_one(add: Callable[..., None], nlpkit: Callable[..., Any]) -> None:
    add("nlpkit-loud", "raise RuntimeError('imported')\n", "plugins")
    assert nlpkit("plugins", "--help").code == 0
    assert "Commands of plugins" not in nlpkit("--help").out


def test_the_nearest_verb_may_be_that_of_a_plugin(
    add: Callable[..., None], nlpkit: Callable[..., Any]
) -> None:
    add("nlpkit-tokens", STATS, "tokens")
    code, _, err = nlpkit("token", "x")
    assert (code, err.split("\n")[0]) == (2, "error: no such command 'token'; did you mean tokens?")
