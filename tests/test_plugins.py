from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlpkit import plugins
from nlpkit.discovery import found
from nlpkit.errors import ConfigError, MissingError
from nlpkit.plugins import Plugins

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
    "interrupt": "raise KeyboardInterrupt\n",
    "os_exit": "import os\nos._exit(3)\n",
    "warns": "import warnings\nwarnings.simplefilter('error')\nwarnings.warn('old')\n",
    "circular": "from broken_circular import later\nlater = 1\n",
    "asks": "from nlpkit import plugins\nplugins.load([])\n",
    "says_nothing": "class Mute(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Mute\n",
    "no_hook": "x = 1\n",
    "unmarked": GOOD.replace("@hookimpl\n", ""),
    "misspelt": GOOD.replace("nlpkit_register", "nlpkit_regsiter"),
    "signature": GOOD.replace("(registry: ", "(registre: "),
    "half_way": GOOD + "    raise RuntimeError('no more')\n",
    "taken": GOOD.replace('"shout"', '"whitespace"'),
    "name": GOOD.replace('"shout"', '"Shout!"'),
    "swapped": GOOD.replace('"shout", Shout', 'Shout, "shout"'),
    "no_dataclass": GOOD.replace("@dataclass(frozen=True)\n", ""),
    "annotation": GOOD.replace("    def build", "    size: 1 / 0 = 1\n\n    def build").replace(
        "\nfrom coll", "\nfrom __future__ import annotations\nfrom coll"
    ),
}
PROBLEMS = {  # how each of them is told, from the start, and the line it is found in
    "import_error": ("ModuleNotFoundError: No module named 'no_such_module_at_all'", 1),
    "newer_api": ("ImportError: cannot import name 'Teleporter' from 'nlpkit'", 1),
    "syntax_error": ("SyntaxError: invalid syntax", 1),
    "system_exit": ("SystemExit: leaving", 1),
    "base_exception": ("Odd: odd", 2),
    "interrupt": ("KeyboardInterrupt", 1),
    "os_exit": ("ProcessExit: it calls os._exit(3)", 2),
    "warns": ("UserWarning: old", 3),
    "circular": ("ImportError: cannot import name 'later'", 1),
    "asks": ("RuntimeError: it asks for all plugins while it is one of those that are being loaded", 2),
    "says_nothing": ("Mute", 4),
    "no_hook": (
        "ValueError: broken_no_hook implements no hook: define nlpkit_register, marked with @hookimpl",
        None,
    ),
    "unmarked": ("ValueError: broken_unmarked implements no hook: define nlpkit_register", 20),
    "misspelt": ("PluginValidationError: unknown hook 'nlpkit_regsiter'", 20),
    "signature": ("PluginValidationError: Plugin 'signature' for hook 'nlpkit_register'", 20),
    "half_way": ("RuntimeError: no more", 23),
    "taken": ("ValueError: tokenizer 'whitespace' of dist-taken is already taken by nlpkit", 20),
    "name": ("ValueError: 'Shout!' is not a name: lower-case letters, digits, and - or _ between them", 22),
    "swapped": ("ValueError: <class 'broken_swapped.Shout'> is not a name: lower-case letters", 22),
    "no_dataclass": ("ValueError: shout: Shout is not a dataclass: decorate it with @dataclass", 21),
    "annotation": ("ValueError: shout: the type of a setting of Shout cannot be found: division", 25),
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
    return plugins._installed.__wrapped__()


def test_a_plugin_adds_a_component_under_its_own_distribution(install: Install) -> None:
    install("loud", GOOD)
    found = loaded()
    [plugin] = found.loaded
    assert (plugin.name, plugin.distribution, plugin.version) == ("loud", "dist-loud", "1.2")
    assert (plugin.components, plugin.notes) == (("tokenizer shout",), ())
    assert plugin.seconds > 0
    assert found.entry("tokenizer", "shout").distribution == "dist-loud"
    assert found.entry("tokenizer", "whitespace").distribution == "nlpkit"


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_broken_plugin_says_why_and_where_and_leaves_nothing_behind(
    install: Install, tmp_path: Path, name: str
) -> None:
    problem, line = PROBLEMS[name]
    install(name, BROKEN[name], module=f"broken_{name}")
    install("loud", GOOD)
    found = loaded()
    [broken] = found.broken
    assert str(broken) == f"{name} of dist-{name} 1.2"
    assert broken.problem.startswith(problem)
    assert "\n" not in broken.problem
    assert len(broken.problem) <= 300
    assert broken.place == f"{tmp_path / f'broken_{name}.py'}" + (f":{line}" if line else "")
    assert type(broken.trace[-1]) is str
    assert [plugin.name for plugin in found.loaded] == ["loud"]
    assert found.entry("tokenizer", "shout").distribution == "dist-loud"
    assert found.entry("tokenizer", "whitespace").distribution == "nlpkit"


def test_every_kind_of_broken_plugin_is_tried() -> None:
    assert PROBLEMS.keys() == BROKEN.keys()


def test_a_plugin_for_another_nlpkit_is_told_which_one_this_is(install: Install) -> None:
    install("newer_api", BROKEN["newer_api"], module="broken_newer_api")
    assert loaded().broken[0].problem.endswith("; this is nlpkit 0.1.0")


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        ("broken_absent", "ModuleNotFoundError: No module named 'broken_absent'"),
        ("json:no_such_thing", "AttributeError: module 'json' has no attribute 'no_such_thing'"),
        ("json:dumps", "ValueError: json:dumps implements no hook"),
        ("json:dumps.__doc__", "ValueError: json:dumps.__doc__ implements no hook"),
        ("builtins:None", "ValueError: builtins:None implements no hook"),
        ("a b", "ValueError: the entry point 'a b' is neither module nor module:object"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_a_broken_plugin(
    install: Install, module: str, problem: str
) -> None:
    install("lost", None, module=module)
    [broken] = loaded().broken
    assert broken.problem.startswith(problem)


def test_entry_points_that_cannot_be_read_are_a_broken_plugin(install: Install, tmp_path: Path) -> None:
    install("loud", GOOD)
    install("cut", None)
    (tmp_path / "dist_cut-1.2.dist-info" / "entry_points.txt").write_text("[nlpkit]\ncut\n", encoding="utf-8")
    found = loaded()
    assert [plugin.name for plugin in found.loaded] == ["loud"]
    assert [(str(plugin), plugin.seconds) for plugin in found.broken] == [("dist-cut of dist-cut 1.2", 0)]


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


@pytest.mark.parametrize("hook", ["nlpkit_run_started", "nlpkit_epoch_ended", "nlpkit_run_ended"])
def test_a_hook_that_only_trackers_have_is_refused_in_a_plugin(install: Install, hook: str) -> None:
    install("tracking", GOOD + f"\n\n@hookimpl\ndef {hook}():\n    pass\n")
    [broken] = loaded().broken
    assert broken.problem == (
        f"ValueError: {hook} is never called here: it belongs to what a tracker's build() gives"
    )


def test_an_unknown_name_leads_to_the_broken_plugin_that_had_it(install: Install) -> None:
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    install("import_error", BROKEN["import_error"], module="broken_import_error")
    with pytest.raises(ConfigError) as caught:
        loaded().entry("tokenizer", "shout")
    assert str(caught.value) == (
        "tokenizer 'shout' is not known; known: basic_english, character, ngrams, regex, unicode, whitespace"
        "\n  the plugin half_way of dist-half_way 1.2 has it and is broken; nlpkit plugins says why"
    )


def test_an_unknown_name_leads_to_the_likeliest_plugin_first(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("abacus", "kiwi", "textcnn", "zebra"):
        install(name, "raise ValueError\n", module=f"broken_{name}")
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "kiwi")
    with pytest.raises(ConfigError) as caught:
        loaded().entry("encoder", "text_cnn")
    assert caught.value.hint.startswith(
        "a plugin that is not loaded may have it: textcnn of dist-textcnn 1.2 (broken), "
    )
    assert caught.value.hint.endswith(" and 1 more; see nlpkit plugins")
    with pytest.raises(ConfigError) as caught:
        loaded().entry("encoder", "kiwi_max")
    assert ": kiwi of dist-kiwi 1.2 (blocked), " in caught.value.hint


def test_what_a_plugin_prints_while_it_loads_goes_to_stderr(
    install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    install("chatty", "print('hello from afar')\n" + GOOD + "    print('registered')\n")
    assert len(loaded().loaded) == 1
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "hello from afar\nregistered\n")


def test_an_interruption_is_no_broken_plugin(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    install("interrupted", "import signal\nsignal.raise_signal(signal.SIGINT)\n", module="broken_interrupted")
    try:
        with pytest.raises(KeyboardInterrupt):
            loaded()
    finally:
        signal.signal(signal.SIGINT, before)
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "interrupted")
    assert loaded().broken == ()  # and the next try begins anew


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="there is no alarm here")
def test_a_plugin_that_hangs_is_cut_off(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("hangs", "import time\ntime.sleep(30)\n", module="broken_hangs")
    install("hangs_later", GOOD + "    while True: pass\n", module="broken_hangs_later")
    monkeypatch.setenv("NLPKIT_PLUGIN_SECONDS", "1")  # a busy machine gets to the endless line in it
    hangs, later = loaded().broken
    assert hangs.problem.startswith("CutOff: not done after 1.0 s")
    assert (hangs.place, later.place) == (
        f"{tmp_path / 'broken_hangs.py'}:2",
        f"{tmp_path / 'broken_hangs_later.py'}:23",
    )
    assert later.components == ("tokenizer shout",)
    assert "broken_hangs" not in sys.modules


@pytest.mark.parametrize("seconds", ["x", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(
    seconds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLPKIT_PLUGIN_SECONDS", seconds)
    with pytest.raises(ConfigError, match="a number of seconds is expected, such as 10"):
        loaded()


def test_plugins_are_loaded_in_other_threads_as_well(install: Install) -> None:
    install("loud", GOOD)
    install("system_exit", BROKEN["system_exit"], module="broken_system_exit")
    found: list[Plugins] = []
    thread = threading.Thread(target=lambda: found.append(loaded()))
    thread.start()
    thread.join()
    assert ([plugin.name for plugin in found[0].loaded], len(found[0].broken)) == (["loud"], 1)


def test_what_an_author_should_mend_is_noted(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("loud", "import random\nrandom.seed(1)\nimport sys\nsys.path.insert(0, 'mine')\n" + GOOD)
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.0)
    slow, changed = loaded().loaded[0].notes
    assert slow.startswith("it makes every command ")
    assert changed == "it changes the import path, the random state: put back"


def test_a_plugin_that_imports_torch_is_noted(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("heavy", "import sys\nsys.modules.setdefault('torch', sys)\n" + GOOD)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    [note] = loaded().loaded[0].notes
    assert note == "it imports torch, which makes every command slow: import it where build() needs it"


@pytest.mark.parametrize("value", [" loud, absent,", "LOUD,absent", "dist_loud,absent", "dist-loud,absent"])
def test_a_blocked_plugin_is_never_imported(
    install: Install, monkeypatch: pytest.MonkeyPatch, value: str
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


def test_what_is_broken_is_logged_once(
    install: Install, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install("half_way", BROKEN["half_way"].replace("no more", "no\\x1bmore"), module="broken_half_way")
    found = loaded()
    monkeypatch.setattr(plugins, "installed_plugins", lambda: found)
    assert plugins._told.__wrapped__() is found
    assert caplog.record_tuples == [
        (
            "nlpkit.plugins",
            logging.WARNING,
            "plugin half_way of dist-half_way 1.2 is broken and left out: RuntimeError: no\\x1bmore\n"
            "  NLPKIT_DISABLE_PLUGINS=half_way switches it off",
        )
    ]


def test_authors_get_the_place_and_the_traceback(
    install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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
    assert "the plugin system_exit of dist-system_exit 1.2 is broken as well: SystemExit: leaving\n" in said
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "all")
    assert loaded().broken == ()


def test_discovered_plugins_can_be_loaded_beside_what_ships(install: Install) -> None:
    install("loud", GOOD)
    [only] = [each for each in found() if each.name == "loud"]
    assert [plugin.name for plugin in plugins.load([only]).loaded] == ["loud"]
    assert plugins.load([]).loaded == ()


NOISY = {  # they work, and want something of the process
    "prints": """
import os, sys
print('printed')
print('told', file=sys.stderr)
os.write(1, b'written\\n')
""",
    "changes": """
import os, random, signal, sys, warnings
os.chdir(os.sep)
signal.signal(signal.SIGINT, signal.SIG_IGN)
random.seed(1)
os.environ["NLPKIT_OFFLINE"] = "1"
os.environ["HOME"] = "elsewhere"
sys.path.insert(0, os.path.dirname(__file__) + "/shadows")
sys.stdout = None
warnings.simplefilter("error")
""",
    "torch_on_top": "import torch\n",
}
MORE_BROKEN = {
    "hangs": "import time\ntime.sleep(30)\n",
    "thread_exit": (
        "import os, threading\nthread = threading.Thread(target=os._exit, args=(3,))\n"
        "thread.start()\nthread.join()\n"
    ),
    "prints_and_fails": "print('printed')\nraise ValueError('failed')\n",
}


def command(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command line of nlpkit, in a process that finds the plugins in `tmp_path`."""
    return process(tmp_path, "-m", "nlpkit", *arguments, **environment)


def process(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = [str(tmp_path), str(Path(plugins.__file__).parents[1])]
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


EXPERIMENT = """
encoder = "embedding_mean"

[tokenizer]
type = "ngrams"
tokenizer = "shout"

[data]
type = "headlines"
train_size = 200
valid_size = 20
test_size = 20

[trainer]
type = "standard"
epochs = 1
"""


def test_beside_every_broken_plugin_all_commands_work(install: Install, tmp_path: Path) -> None:
    install("loud", GOOD)
    for name, code in NOISY.items():
        install(name, code + GOOD.replace('"shout"', f'"{name}"'))
    broken = {**BROKEN, **MORE_BROKEN}
    for name, code in broken.items():
        install(name, code, module=f"broken_{name}")
    (tmp_path / "shout.toml").write_text(EXPERIMENT, encoding="utf-8")
    some = {"NLPKIT_PLUGIN_SECONDS": "1"}

    assert command(tmp_path, "--help", **some).stderr == ""
    listed = command(tmp_path, "plugins", "--json", **some)
    assert listed.returncode == 0, listed.stderr
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert {name for name, row in rows.items() if row["state"] == "broken"} == set(broken)
    assert {name for name, row in rows.items() if row["state"] == "loaded"} == {"loud", *NOISY}
    assert "is broken" not in listed.stderr
    assert rows["torch_on_top"]["notes"][0].startswith("it imports torch, which makes every command slow")
    assert rows["changes"]["notes"] == [
        "it changes the working directory, the environment, the import path, the random state, "
        "signal handlers, the standard streams: put back"
    ]

    for arguments in (["components", "tokenizer"], ["check", "shout.toml"], ["run", "shout.toml", "--json"]):
        slow = "" if "run" in arguments else "torch_on_top"
        ran = command(tmp_path, *arguments, NLPKIT_DISABLE_PLUGINS=slow, **some)
        assert ran.returncode == 0, ran.stderr
        for name in broken:
            assert ran.stderr.count(f"plugin {name} of dist-{name} 1.2 is broken") == 1, ran.stderr
            assert ran.stderr.count(f"NLPKIT_DISABLE_PLUGINS={name} switches it off\n") == 1, ran.stderr
            assert rows[name]["problem"].split(" after ")[0] in ran.stderr
        assert {"printed", "told", "written"} <= set(ran.stderr.split("\n"))
        assert not {"printed", "told", "written"} & set(ran.stdout.split("\n"))
    assert json.loads(ran.stdout)["scores"]["accuracy"] > 0.2

    recorded = {"name": "shout", "distribution": "dist-loud", "version": "1.2"}
    for file in ("manifest.json", "model/bundle.json"):
        described = json.loads((tmp_path / "runs" / "shout" / file).read_text(encoding="utf-8"))
        assert described["components"]["tokenizer.tokenizer"] == recorded
    (tmp_path / "elsewhere").mkdir()
    missing = command(tmp_path / "elsewhere", "predict", "../runs/shout", "goal")
    assert (missing.returncode, missing.stdout) == (4, "")
    assert missing.stderr == (
        "error: the model needs the plugin dist-loud, which is not installed\n"
        "  install it with: pip install dist-loud==1.2\n"
    )


def test_nothing_of_a_blocked_plugin_is_imported_or_opened(install: Install, tmp_path: Path) -> None:
    install("loud", GOOD)
    install("quiet", GOOD)
    code = (
        "import sys\nseen = []\n"
        "sys.addaudithook(lambda event, arguments: seen.append(f'{event} {arguments}'))\n"
        "from nlpkit.cli.main import outcome\nassert outcome(['components']) == 0\n"
        "print([each for each in seen if 'good_' in each], file=sys.stderr)\n"
    )
    for value, some in (("all", False), ("*", False), ("quiet", True)):
        ran = process(tmp_path, "-c", code, NLPKIT_DISABLE_PLUGINS=value)
        assert ran.returncode == 0, ran.stderr
        assert ("good_loud" in ran.stderr, "good_quiet" in ran.stderr) == (some, False)
        assert ("shout" in ran.stdout) == some


def test_authors_get_an_error_for_a_broken_plugin(install: Install, tmp_path: Path) -> None:
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    for verb in ("components", "plugins"):
        ran = command(tmp_path, verb, NLPKIT_STRICT_PLUGINS="1")
        assert (ran.returncode, ran.stdout) == (4, "")
        assert ran.stderr.startswith(f"error: {tmp_path / 'broken_half_way.py'}:23: the plugin half_way of ")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["plugins", "--help"]])
def test_help_imports_no_plugin(install: Install, tmp_path: Path, arguments: list[str]) -> None:
    install("loud", "from pathlib import Path\nPath('was_here').touch()\n" + GOOD)
    assert command(tmp_path, *arguments).returncode == 0
    assert not (tmp_path / "was_here").exists()
