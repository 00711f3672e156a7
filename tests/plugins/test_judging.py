from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nlpkit.cli.plugins import plugins_command
from nlpkit.plugins import judging
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins

Install = Callable[..., None]
Loaded = Callable[[], Plugins]
COUNTS = "import os\nwith open(os.environ['COUNTED'], 'a') as file:\n    file.write('x')\n"


@pytest.fixture(autouse=True)
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, and a file with an x for each import of a plugin that counts them."""
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COUNTED", str(tmp_path / "counted"))
    return tmp_path / "counted"


def imports(counted: Path) -> int:
    return len(counted.read_text(encoding="utf-8")) if counted.exists() else 0


def test_a_broken_plugin_is_tried_once_and_its_verdict_is_kept(
    install: Install, loaded: Loaded, counted: Path
) -> None:
    install("bad", COUNTS + "raise ValueError('bad')\n", module="broken_bad")
    first, second = loaded().broken, loaded().broken
    assert first == second
    assert (first[0].problem, imports(counted)) == ("ValueError: bad", 1)


def test_the_verdict_on_a_module_without_a_hook_holds_wherever_one_is(
    install: Install, loaded: Loaded, counted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("empty", COUNTS, module="broken_empty")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert [each.place for each in loaded().broken] == [str(tmp_path / "broken_empty.py")]
    assert imports(counted) == 1


def test_a_plugin_whose_file_changes_is_tried_again(
    install: Install, loaded: Loaded, counted: Path, tmp_path: Path, GOOD: str
) -> None:
    install("bad", COUNTS + "raise ValueError('bad')\n", module="broken_bad")
    assert loaded().broken[0].problem == "ValueError: bad"
    (tmp_path / "broken_bad.py").write_text(GOOD, encoding="utf-8")
    assert loaded().loaded[0].components == ("tokenizer shout",)
    sys.modules.pop("broken_bad")


def test_a_plugin_is_tried_again_when_another_distribution_is_installed(
    install: Install, loaded: Loaded, counted: Path
) -> None:
    install("bad", COUNTS + "import good_helper\n", module="broken_bad")
    assert loaded().broken[0].problem == "ModuleNotFoundError: No module named 'good_helper'"
    install("helper", "x = 1\n")
    assert {plugin.name: plugin.problem.partition(":")[0] for plugin in loaded().broken} == {
        "bad": "ValueError",  # it is found, and has no hook
        "helper": "ValueError",
    }
    assert imports(counted) == 2


def test_a_file_outside_the_package_belongs_to_the_plugin_that_reads_it(
    install: Install, loaded: Loaded, counted: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside" / "good_outside"
    outside.mkdir(parents=True)
    (outside / "__init__.py").write_text("raise ValueError('first')\n", encoding="utf-8")
    install("bad", f"import sys\nsys.path.append({str(outside.parent)!r})\nimport good_outside\n")
    assert loaded().broken[0].problem == "ValueError: first"
    (outside / "__init__.py").write_text("raise ValueError('the second')\n", encoding="utf-8")
    assert loaded().broken[0].problem == "ValueError: the second"


def test_another_limit_is_another_try(
    install: Install, loaded: Loaded, counted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("bad", COUNTS + "raise ValueError('bad')\n", module="broken_bad")
    for seconds in ("50", "60"):
        monkeypatch.setenv("NLPKIT_PLUGIN_SECONDS", seconds)
        loaded()
    assert imports(counted) == 2


@pytest.mark.parametrize("cache", ["a file", "none"])
def test_where_nothing_can_be_kept_a_plugin_is_tried_each_time(
    install: Install,
    loaded: Loaded,
    counted: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache: str,
    tmp_path: Path,
) -> None:
    install("bad", COUNTS + "raise ValueError('bad')\n", module="broken_bad")
    (tmp_path / "file").touch()
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path / "file") if cache == "a file" else "")
    if cache == "none":
        monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("~/x"))
    assert [loaded().broken[0].problem for _ in range(2)] == ["ValueError: bad"] * 2
    assert imports(counted) == 2


def test_where_no_process_can_be_started_plugins_are_loaded_here(
    install: Install, loaded: Loaded, monkeypatch: pytest.MonkeyPatch, GOOD: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no processes here")

    install("loud", GOOD)
    install("bad", "raise SystemExit('leaving')\n", module="broken_bad")
    monkeypatch.setattr(subprocess, "Popen", refuse)
    found = loaded()
    assert [plugin.name for plugin in found.loaded] == ["loud"]
    assert [plugin.problem for plugin in found.broken] == ["SystemExit: leaving"]


@pytest.mark.parametrize("change", [{"executable": ""}, {"frozen": True}])
def test_a_program_that_is_no_python_is_never_started_as_one(
    install: Install, loaded: Loaded, monkeypatch: pytest.MonkeyPatch, GOOD: str, change: dict[str, Any]
) -> None:
    install("loud", GOOD)
    for name, value in change.items():
        monkeypatch.setattr(sys, name, value, raising=False)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert [plugin.name for plugin in loaded().loaded] == ["loud"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"plugin": 1}', '{"plugin": {"name": 1}, "files": []}'])
def test_a_verdict_that_cannot_be_read_is_none(
    install: Install, loaded: Loaded, counted: Path, tmp_path: Path, damage: str
) -> None:
    install("bad", COUNTS + "raise ValueError('bad')\n", module="broken_bad")
    first = loaded().broken
    [kept] = (tmp_path / "cache" / "plugins").glob("*.json")
    kept.write_text(damage, encoding="utf-8")
    assert loaded().broken[0].problem == first[0].problem
    assert imports(counted) == 2
    assert json.loads(kept.read_text(encoding="utf-8"))["plugin"]["problem"] == "ValueError: bad"


@pytest.mark.parametrize(
    ("fine", "days", "tries"), [(False, 0.9, 1), (False, 1.1, 2), (True, 20, 1), (True, 31, 2)]
)
def test_a_broken_plugin_is_tried_again_after_a_day_and_a_good_one_after_a_month(
    install: Install,
    loaded: Loaded,
    counted: Path,
    tmp_path: Path,
    GOOD: str,
    fine: bool,
    days: float,
    tries: int,
) -> None:
    install("each", COUNTS + (GOOD if fine else "raise ValueError\n"), module="broken_each")
    loaded()
    [kept] = (tmp_path / "cache" / "plugins").glob("*.json")
    then = time.time() - days * 86_400
    os.utime(kept, (then, then))
    loaded()
    sys.modules.pop("broken_each", None)
    assert imports(counted) == tries + fine  # and once here


def test_a_new_try_is_asked_for(
    install: Install, counted: Path, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("bad", COUNTS + "raise ValueError('bad')\n", module="broken_bad")
    monkeypatch.setattr(plugins, "installed_plugins", loaded)
    for arguments, tries in (([], 1), ([], 1), (["--again"], 2)):
        assert CliRunner().invoke(plugins_command, arguments).exit_code == 0
        assert imports(counted) == tries


def test_an_interruption_ends_the_trials(
    install: Install, loaded: Loaded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ctrl-C is raised as soon as the plugin runs, whose process is gone afterwards."""
    install(
        "hangs",
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path)!r}, 'process').write_text(str(os.getpid()))\ntime.sleep(60)\n",
        module="broken_hangs",
    )
    process = tmp_path / "process"

    def interrupt() -> None:
        while not (process.exists() and process.read_text(encoding="utf-8")):
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            loaded()
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int(process.read_text(encoding="utf-8")), 0)


def test_all_that_are_new_are_tried_by_one_process(
    install: Install, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        install(name, "raise ValueError\n", module=f"broken_{name}")
    run, parts = judging._run, []

    def counting(given: Sequence[Sequence[dict[str, str]]], limit_seconds: float) -> None:
        parts.append([len(part) for part in given])
        run(given, limit_seconds)

    monkeypatch.setattr(judging, "_run", counting)
    assert len(loaded().broken) == len(loaded().broken) == 3
    assert parts == [[3]]


def test_who_waits_is_told_what_for(install: Install, HARMFUL: dict[str, str], tmp_path: Path) -> None:
    install("sleeps", HARMFUL["sleeps"], module="broken_sleeps")
    wait = [sys.executable, "-m", "nlpkit", "plugins", "--json"]
    paths = os.pathsep.join((str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])))
    around = {**os.environ, "PYTHONPATH": paths, "NLPKIT_PLUGIN_SECONDS": "3"}
    first, again = (
        subprocess.run(wait, env=around, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert first.stderr.startswith("trying ")
    assert "sleeps" in first.stderr.split("\n")[0]
    assert "trying" not in again.stderr
    assert json.loads(first.stdout)[-1]["name"] == "sleeps"
