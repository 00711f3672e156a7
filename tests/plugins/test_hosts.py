from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.plugins import hooks as host
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins
from nlpkit.plugins.finding import found

Install = Callable[..., None]


def test_another_thread_does_as_it_likes_while_plugins_load(
    GOOD: str,
    loaded: Callable[[], Plugins],
    install: Install,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    loading, done = threading.Event(), threading.Event()
    monkeypatch.setattr(host, "meet", lambda: (loading.set(), done.wait(60)), raising=False)
    install("slow", "from nlpkit.plugins import hooks\ngetattr(hooks, 'meet', int)()\n" + GOOD)
    monkeypatch.chdir(Path.cwd())
    monkeypatch.delenv("OF_THE_HOST", raising=False)
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    filters, leave, stdout = warnings.filters, os._exit, sys.stdout
    thread = threading.Thread(target=loaded)
    thread.start()
    try:
        assert loading.wait(60)
        assert {number: signal.getsignal(number) for number in signal.valid_signals()} == handlers
        assert (warnings.filters is filters, os._exit, sys.stdout) == (True, leave, stdout)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        print("printed")
        os.write(1, b"written\n")
        os.chdir(tmp_path)
        monkeypatch.setenv("OF_THE_HOST", "set")
    finally:
        done.set()
        thread.join()
    assert (Path.cwd(), os.environ["OF_THE_HOST"]) == (tmp_path, "set")
    captured = capfd.readouterr()
    assert (sorted(captured.out.split()), captured.err) == (["printed", "written"], "")


def test_two_threads_load_at_once(install: Install, GOOD: str) -> None:
    install("loud", GOOD)
    [each] = [each for each in found() if each.name == "loud"]
    all_loaded: list[Plugins] = []
    threads = [threading.Thread(target=lambda: all_loaded.append(plugins.load([each]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(one.loaded) for one in all_loaded] == [1] * 8


def test_plugins_are_loaded_in_other_threads_as_well(
    BROKEN: dict[str, str], GOOD: str, loaded: Callable[[], Plugins], install: Install
) -> None:
    install("loud", GOOD)
    install("system_exit", BROKEN["system_exit"], module="broken_system_exit")
    found: list[Plugins] = []
    thread = threading.Thread(target=lambda: found.append(loaded()))
    thread.start()
    thread.join()
    assert ([plugin.name for plugin in found[0].loaded], len(found[0].broken)) == (["loud"], 1)
