from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlpkit.cli.guard import guarded
from nlpkit.plugins import isolation
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugins

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


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the command line, which has one thread; what runs the tests may have more."""
    monkeypatch.setattr("threading.active_count", lambda: 1)
    monkeypatch.setattr(isolation, "_guard", guarded)


@pytest.fixture(name="GOOD")
def good() -> str:
    return GOOD


@pytest.fixture(name="BROKEN")
def broken() -> dict[str, str]:
    return BROKEN


@pytest.fixture
def loaded() -> Callable[[], Plugins]:
    """What a new process would load."""
    load: Callable[[], Plugins] = plugins._installed.__wrapped__
    return load
