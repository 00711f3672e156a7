from __future__ import annotations

import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins
from nlpkit.plugins.finding import found

Install = Callable[..., None]


@pytest.mark.parametrize(
    "change",
    [
        "import os\nos.chdir(os.sep)\n",
        "import os\nos.environ['NLPKIT_OFFLINE'] = 'by a plugin'\n",
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n",
        "import random\nrandom.seed(1)\n",
    ],
)
def test_what_a_plugin_changes_is_left_to_its_host(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    def state() -> list[object]:
        return [Path.cwd(), dict(os.environ), signal.getsignal(signal.SIGTERM), random.getstate()]

    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.chdir(Path.cwd())
    handler = signal.getsignal(signal.SIGTERM)
    install("loud", change + GOOD)
    before = state()
    try:
        [plugin] = loaded().loaded
        assert state() != before
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert not [note for note in plugin.notes if "put back" in note]


def test_another_thread_does_as_it_likes_while_plugins_load(
    GOOD: str,
    loaded: Callable[[], Plugins],
    install: Install,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import builtins

    loading, done = threading.Event(), threading.Event()
    monkeypatch.setattr(builtins, "meet", lambda: (loading.set(), done.wait(60)), raising=False)
    install("slow", "meet()\n" + GOOD)
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


def test_warning_filters_stay_where_a_plugin_is_loaded_by_the_only_thread(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("loud", "import warnings\nwarnings.simplefilter('ignore')\n" + GOOD)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    before = list(warnings.filters)
    assert len(loaded().loaded) == 1
    assert warnings.filters == before


def test_what_a_signal_raises_in_a_plugin_is_no_failure_of_it(
    loaded: Callable[[], Plugins], install: Install
) -> None:
    def leave(number: int, frame: object) -> None:
        raise SystemExit(number)

    before = signal.signal(signal.SIGTERM, leave)
    install("hit", "import signal\nsignal.raise_signal(signal.SIGTERM)\n", module="broken_hit")
    try:
        with pytest.raises(SystemExit):
            loaded()
    finally:
        signal.signal(signal.SIGTERM, before)


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


def test_an_interruption_is_no_broken_plugin(
    loaded: Callable[[], Plugins], install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    install("interrupted", "import signal\nsignal.raise_signal(signal.SIGINT)\n", module="broken_interrupted")
    try:
        with pytest.raises(KeyboardInterrupt):
            loaded()
    finally:
        signal.signal(signal.SIGINT, before)
    monkeypatch.setenv("NLPKIT_DISABLE_PLUGINS", "interrupted")
    assert loaded().broken == ()  # and the next try begins anew


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
