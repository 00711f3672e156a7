from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlpkit import plugins
from nlpkit.errors import ConfigError
from nlpkit.plugins import Plugins, load_plugins

GOOD = """
from collections.abc import Callable
from dataclasses import dataclass

from nlpkit import Registry, Tokenizer, hookimpl


@dataclass(frozen=True)
class Shout(Tokenizer):
    \"\"\"Every word in capitals.\"\"\"

    def build(self) -> Callable[[str], list[str]]:
        return shout


def shout(text: str) -> list[str]:
    return text.upper().split()


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("shout", Shout)
"""

BROKEN = {
    "import_error": "import no_such_module_at_all\n",
    "newer_api": "from nlpkit import Teleporter\n",
    "syntax_error": "def half(:\n",
    "system_exit": "raise SystemExit('leaving')\n",
    "base_exception": "class Odd(BaseException): ...\nraise Odd('odd')\n",
    "warns": "import warnings\nwarnings.warn('old')\n",
    "circular": "from broken_circular import later\nlater = 1\n",
    "no_hook": "x = 1\n",
    "unmarked": GOOD.replace("@hookimpl\n", ""),
    "misspelt": GOOD.replace("nlpkit_register", "nlpkit_regsiter"),
    "signature": GOOD.replace("(registry: ", "(registre: "),
    "half_way": GOOD + "    raise RuntimeError('no more')\n",
    "taken": GOOD.replace('"shout"', '"whitespace"'),
    "name": GOOD.replace('"shout"', '"Shout!"'),
    "no_dataclass": GOOD.replace("@dataclass(frozen=True)\n", ""),
}
PROBLEMS = {  # how each of them is told, from the start
    "import_error": "ModuleNotFoundError: No module named 'no_such_module_at_all'",
    "newer_api": "ImportError: cannot import name 'Teleporter' from 'nlpkit'",
    "syntax_error": "SyntaxError: invalid syntax",
    "system_exit": "SystemExit: leaving",
    "base_exception": "Odd: odd",
    "warns": "UserWarning: old",
    "circular": "ImportError: cannot import name 'later'",
    "no_hook": "ValueError: broken_no_hook implements no hook: define nlpkit_register, marked with @hookimpl",
    "unmarked": "ValueError: broken_unmarked implements no hook: define nlpkit_register",
    "misspelt": "PluginValidationError: unknown hook 'nlpkit_regsiter'",
    "signature": "PluginValidationError: Plugin 'signature' for hook 'nlpkit_register'",
    "half_way": "RuntimeError: no more",
    "taken": "ValueError: tokenizer 'whitespace' of dist-taken is already taken by nlpkit",
    "name": "ValueError: 'Shout!' is not a name: lower-case letters, digits, and - or _ between them",
    "no_dataclass": "ValueError: shout: Shout is not a dataclass: decorate it with @dataclass(frozen=True)",
}

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution with one plugin where Python finds it: a module and the metadata of an installer."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def put(name: str, code: str | None, *, module: str = "", metadata: bool = True) -> None:
        module = module or f"good_{name}"
        folder = tmp_path / f"dist_{name}-1.2.dist-info"
        folder.mkdir()
        (folder / "entry_points.txt").write_text(f"[nlpkit]\n{name} = {module}\n", encoding="utf-8")
        if metadata:
            (folder / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: dist-{name}\nVersion: 1.2\n", encoding="utf-8"
            )
        if code is not None:
            (tmp_path / f"{module.partition(':')[0]}.py").write_text(code, encoding="utf-8")

    yield put
    for module in set(sys.modules) - before:
        if module.startswith(("good_", "broken_")):
            del sys.modules[module]


def loaded() -> Plugins:
    """What a new process would load."""
    return load_plugins.__wrapped__()


def command(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command line of nlpkit, in a process that finds the plugins in `tmp_path`."""
    paths = [str(tmp_path), str(Path(plugins.__file__).parents[1])]
    return subprocess.run(
        [sys.executable, "-m", "nlpkit", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_a_plugin_adds_a_component_under_its_own_distribution(install: Install) -> None:
    install("loud", GOOD)
    found = loaded()
    assert [(p.name, p.distribution, p.version) for p in found.loaded] == [("loud", "dist-loud", "1.2")]
    assert found.entry("tokenizer", "shout").distribution == "dist-loud"
    assert found.entry("tokenizer", "whitespace").distribution == "nlpkit"


@pytest.mark.parametrize(("name", "problem"), PROBLEMS.items())
def test_a_broken_plugin_says_why_and_leaves_nothing_behind(
    install: Install, name: str, problem: str
) -> None:
    install(name, BROKEN[name], module=f"broken_{name}")
    install("loud", GOOD)
    found = loaded()
    [broken] = found.broken
    assert (broken.name, broken.distribution, broken.version) == (name, f"dist-{name}", "1.2")
    assert broken.problem.startswith(problem)
    assert "\n" not in broken.problem
    assert len(broken.problem) <= 200
    assert [plugin.name for plugin in found.loaded] == ["loud"]
    assert found.entry("tokenizer", "shout").distribution == "dist-loud"
    assert found.entry("tokenizer", "whitespace").distribution == "nlpkit"


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        ("broken_absent", "ModuleNotFoundError: No module named 'broken_absent'"),
        ("json:no_such_thing", "AttributeError: module 'json' has no attribute 'no_such_thing'"),
        ("json:dumps", "ValueError: json:dumps implements no hook"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_a_broken_plugin(
    install: Install, module: str, problem: str
) -> None:
    install("lost", None, module=module)
    [broken] = loaded().broken
    assert broken.problem.startswith(problem)


def test_of_two_plugins_with_one_name_the_second_is_broken_and_both_are_named(install: Install) -> None:
    install("a", GOOD)
    install("b", GOOD)
    found = loaded()
    assert [plugin.name for plugin in found.loaded] == ["a"]
    [broken] = found.broken
    assert broken.problem == "ValueError: tokenizer 'shout' of dist-b is already taken by dist-a"


def test_a_plugin_without_metadata_works_and_its_origin_is_unknown(install: Install) -> None:
    install("bare", GOOD, metadata=False)
    [plugin] = loaded().loaded
    assert (plugin.name, plugin.distribution, plugin.version) == ("bare", "unknown", "unknown")


def test_an_object_with_the_hook_is_a_plugin_as_well(install: Install) -> None:
    code = GOOD.split("@hookimpl")[0] + (
        "class Plugin:\n    @hookimpl\n    def nlpkit_register(self, registry):\n"
        "        registry.add('shout', Shout)\n\nplugin = Plugin()\n"
    )
    install("object", code, module="good_object:plugin")
    assert loaded().entry("tokenizer", "shout").distribution == "dist-object"


def test_an_unknown_name_mentions_the_plugin_that_may_have_had_it(install: Install) -> None:
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    with pytest.raises(ConfigError) as caught:
        loaded().entry("tokenizer", "shout")
    assert str(caught.value) == (
        "tokenizer 'shout' is not known; known: basic_english, character, ngrams, regex, unicode, whitespace"
        "\n  a broken plugin may have had it: half_way (RuntimeError: no more)"
    )


def test_what_a_plugin_prints_while_it_loads_goes_to_stderr(
    install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    install("chatty", "print('hello from afar')\n" + GOOD + "    print('registered')\n")
    assert len(loaded().loaded) == 1
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "hello from afar\nregistered\n")


def test_an_interruption_is_no_broken_plugin(install: Install) -> None:
    install("interrupted", "raise KeyboardInterrupt\n", module="broken_interrupted")
    with pytest.raises(KeyboardInterrupt):
        loaded()


def test_a_blocked_plugin_is_never_imported(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("loud", "import no_such_module_at_all\n")
    install("quiet", GOOD)
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", " loud, absent,")
    found = loaded()
    assert found.blocked == ("absent", "loud")
    assert found.broken == ()
    assert [plugin.name for plugin in found.loaded] == ["quiet"]
    assert "good_loud" not in sys.modules


EXPERIMENT = """
tokenizer = "shout"
encoder = "embedding_mean"

[data]
type = "headlines"
train_size = 200
valid_size = 20
test_size = 20

[trainer]
type = "standard"
epochs = 1
"""


def test_a_run_with_a_good_plugin_is_whole_beside_every_broken_one(install: Install, tmp_path: Path) -> None:
    install("loud", "print('hello')\n" + GOOD)
    for name, code in BROKEN.items():
        if name != "warns":
            install(name, code, module=f"broken_{name}")
    (tmp_path / "shout.toml").write_text(EXPERIMENT, encoding="utf-8")
    ran = command(tmp_path, "run", "shout.toml", "--json")
    assert (ran.returncode, "hello\n" in ran.stderr) == (0, True), ran.stderr
    assert json.loads(ran.stdout)["scores"]["accuracy"] > 0.2
    blocked = command(
        tmp_path, "predict", "runs/shout", "goal", NLPKIT_DISABLE_PLUGINS=",".join(["loud", *BROKEN])
    )
    assert (blocked.returncode, blocked.stdout) == (4, "")
    assert "the model needs the plugin dist-loud" in blocked.stderr


def test_plugins_are_listed_each_with_its_state(install: Install, tmp_path: Path) -> None:
    install("loud", "print('hello')\n" + GOOD)
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    install("shy", "raise SystemExit\n")
    listed = command(tmp_path, "plugins", "--json", NLPKIT_DISABLE_PLUGINS="shy")
    assert listed.returncode == 0
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert {name: row["state"] for name, row in rows.items()} == {
        "loud": "loaded",
        "half_way": "broken",
        "shy": "blocked",
    }
    assert rows["loud"]["components"] == ["tokenizer shout"]
    assert rows["half_way"]["problem"] == "RuntimeError: no more"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["plugins", "--help"]])
def test_help_imports_no_plugin(install: Install, tmp_path: Path, arguments: list[str]) -> None:
    install("loud", "from pathlib import Path\nPath('was_here').touch()\n" + GOOD)
    assert command(tmp_path, *arguments).returncode == 0
    assert not (tmp_path / "was_here").exists()
