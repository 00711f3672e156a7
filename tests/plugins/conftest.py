from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugin, Plugins

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
    "asks": "from nlpkit.plugins import loading\nloading.load([])\n",
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
    "defaults": GOOD.replace("    def build", "    size: int = 'many'\n\n    def build"),
}

HARMFUL = {  # each works by itself, and is felt by others
    "thread": "import threading\nthreading.Thread(target=threading.Event().wait).start()\n",
    "daemon_thread": "import _thread, time\n_thread.start_new_thread(time.sleep, (60,))\n",
    "holds": "import ctypes\nctypes.PyDLL(None).sleep(60)\n",
    "expression": "import re\nre.match('(a+)+$', 'a' * 40 + 'b')\n",
    "sleeps": "import time\ntime.sleep(60)\n",
    "catches": "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass\n",
    "exit_hangs": "import atexit, time\natexit.register(time.sleep, 60)\n",
    "exit_code": "import atexit, os\natexit.register(os._exit, 7)\n",
    "exit_prints": "import atexit\natexit.register(print, 'bye')\n",
    "thread_exit": "import os, threading\nthreading.Thread(target=os._exit, args=(3,)).start()\ninput()\n",
    "c_exit": "import ctypes\nctypes.CDLL(None).exit(5)\n",
    "crashes": "import ctypes\nctypes.string_at(0)\n",
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "forks": "import os\nos.fork()\n",
    "process": "import subprocess\nsubprocess.Popen(['sleep', '60'])\n",
    "orphan": "import subprocess\nsubprocess.run(['sh', '-c', 'sleep 60 &'])\n",
    "builtins": "import builtins\nbuiltins.len = builtins.isinstance = None\n",
    "functions": "import json, pathlib\njson.dumps = pathlib.Path.exists = None\n",
    "ours": "import nlpkit\nnlpkit.Lstm.build = nlpkit.Lstm.kind = nlpkit.Vocab = 1\n",
    "folder": "import os\nos.chdir(os.sep)\n",
    "environment": "import os\nos.environ['PATH'] = os.environ['NLPKIT_OFFLINE'] = '1'\n",
    "signals": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n",
    "stdout": "import sys\nsys.stdout = None\n",
    "descriptors": "import os\nos.closerange(0, 256)\n",
    "mask": "import os\nos.umask(0o123)\n",
    "filters": "import warnings\nwarnings.simplefilter('error')\n",
    "logging": "import logging\nlogging.disable()\n",
    "path": "import sys\nsys.path.insert(0, '/nowhere')\n",
    "recursion": "import sys\nsys.setrecursionlimit(100_000)\n",
    "garbage": "import gc\ngc.disable()\n",
    "daemon": "import subprocess\nsubprocess.run(['sh', '-c', 'setsid setsid sleep 59 >/dev/null 2>&1 &'])\n",
    "at_fork": "import os\nos.register_at_fork(after_in_child=lambda: os._exit(3))\n",
    "alarm": "import signal\nsignal.alarm(2)\n",
    "blocked": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n",
    "new_variable": "import os\nos.environ['PYTHONHOME'] = '/nowhere'\n",
    "variables": "import os\nos.environ = dict(os.environ)\n",
    "encoding": "import sys\nsys.stdout.reconfigure(encoding='ascii', errors='strict')\n",
    "method": "import sys\nsys.stderr.write = len\n",
    "codecs": "import codecs\ncodecs.register_error('backslashreplace', codecs.ignore_errors)\n",
    "fields": "import csv, decimal\ncsv.field_size_limit(3)\ndecimal.getcontext().prec = 1\n",
    "starting": "import multiprocessing, socket\n"
    "multiprocessing.set_start_method('spawn')\nsocket.setdefaulttimeout(1)\n",
    "executable": "import os, sys\nsys.executable, os.sep = '/nowhere', '?'\n",
    "click": "import click\nclick.echo = print\n",
    "unimported": "import wave\nwave.open = lambda file: None\n",
    "modules": "import sys\nsys.modules['wave'], sys.modules['sklearn'] = type(sys)('wave'), None\n",
    "numbers": "import numpy\nnumpy.seterr(all='raise')\n",
    "asks_you": "input('your name? ')\n",
}


Install = Callable[..., None]


def put(root: Path, name: str, code: str | None, *, module: str = "", metadata: bool = True) -> None:
    """Write a distribution with one plugin into a folder."""
    module = module or f"good_{name}"
    folder = root / f"dist_{name}-1.2.dist-info"
    folder.mkdir()
    (folder / "entry_points.txt").write_text(f"[nlpkit]\n{name} = {module}\n", encoding="utf-8")
    if metadata:
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: dist-{name}\nVersion: 1.2\n", encoding="utf-8"
        )
    if code is not None:
        (root / f"{module.partition(':')[0]}.py").write_text(code, encoding="utf-8")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution with one plugin where Python finds it: a module and the metadata of an installer."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    yield partial(put, tmp_path)
    for module in set(sys.modules) - before:
        if module.startswith(("good_", "broken_")):
            del sys.modules[module]


@pytest.fixture(name="GOOD")
def good() -> str:
    return GOOD


@pytest.fixture(name="HARMFUL")
def harmful() -> dict[str, str]:
    return {name: code + GOOD.replace('"shout"', f'"{name}"') for name, code in HARMFUL.items()}


@pytest.fixture(name="BROKEN")
def broken() -> dict[str, str]:
    return BROKEN


@pytest.fixture(scope="module")
def all_broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Plugin]]]:
    """A folder with every broken and every harmful plugin, beside a good one, and what became of each."""
    root = tmp_path_factory.mktemp("all")
    put(root, "loud", GOOD)
    for name, code in BROKEN.items():
        put(root, name, code, module=f"broken_{name}")
    for name, code in HARMFUL.items():
        put(root, name, code + GOOD.replace('"shout"', f'"{name}"'), module=f"broken_{name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        patch.setenv("NLPKIT_PLUGIN_SECONDS", "3")
        found = plugins._installed.__wrapped__()
        sys.modules.pop("good_loud", None)
    yield root, {plugin.name: plugin for plugin in (*found.loaded, *found.broken)}


@pytest.fixture
def loaded() -> Callable[[], Plugins]:
    """What a new process would load."""
    load: Callable[[], Plugins] = plugins._installed.__wrapped__
    return load
