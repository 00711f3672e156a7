from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins

Install = Callable[..., None]


pytestmark = pytest.mark.usefixtures("guard")


@pytest.mark.parametrize(
    ("name", "problem", "line"),
    [("os_exit", "it calls os._exit(3)", 2), ("interrupt", "it raises KeyboardInterrupt", 1)],
)
def test_a_plugin_cannot_end_the_process(
    BROKEN: dict[str, str],
    loaded: Callable[[], Plugins],
    install: Install,
    tmp_path: Path,
    name: str,
    problem: str,
    line: int,
) -> None:
    install(name, BROKEN[name], module=f"broken_{name}")
    [broken] = loaded().broken
    assert broken.problem == f"ProcessExit: {problem}"
    assert broken.place == f"{tmp_path / f'broken_{name}.py'}:{line}"


def test_what_a_plugin_prints_while_it_loads_goes_to_stderr(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    install("chatty", "print('hello from afar')\n" + GOOD + "    print('registered')\n")
    assert len(loaded().loaded) == 1
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "hello from afar\nregistered\n")


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="there is no alarm here")
def test_a_plugin_that_hangs_is_cut_off(
    GOOD: str,
    loaded: Callable[[], Plugins],
    install: Install,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install("hangs", "import time\ntime.sleep(30)\n", module="broken_hangs")
    install("hangs_later", GOOD + "    while True: pass\n", module="broken_hangs_later")
    monkeypatch.setenv("NLPKIT_PLUGIN_SECONDS", "0.1")
    hangs, later = loaded().broken
    assert hangs.problem.startswith("CutOff: not done after 0.1 s")
    assert (hangs.place, later.place) == (
        f"{tmp_path / 'broken_hangs.py'}:2",
        f"{tmp_path / 'broken_hangs_later.py'}:23",
    )
    assert later.components == ("tokenizer shout",)
    assert "broken_hangs" not in sys.modules


def test_what_an_author_should_mend_is_noted(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("loud", "import os\nos.chdir(os.sep)\nos.environ['HOME'] = 'mine'\n" + GOOD)
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.0)
    slow, changed = loaded().loaded[0].notes
    assert slow.startswith("it makes every command ")
    assert changed == "it changes the working directory, the environment, which is put back"
