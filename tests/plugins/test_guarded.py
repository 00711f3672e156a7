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


def test_a_plugin_cannot_leave_the_process(
    BROKEN: dict[str, str], loaded: Callable[[], Plugins], install: Install, tmp_path: Path
) -> None:
    install("os_exit", BROKEN["os_exit"], module="broken_os_exit")
    [broken] = loaded().broken
    assert broken.problem == "ProcessExit: it calls os._exit(3)"
    assert broken.place == f"{tmp_path / 'broken_os_exit.py'}:2"


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
    install("loud", "import os, sys\nos.chdir(os.sep)\nsys.path.insert(0, 'mine')\n" + GOOD)
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.0)
    slow, changed = loaded().loaded[0].notes
    assert slow.startswith("it makes every command ")
    assert changed == "it changes the working directory, the import path: put back"
