"""The plugins that the pages of docs/training write, as code that can be imported."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import nlpkit
from nlpkit.plugins.catalogue import Plugins

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "training"
_FILE = re.compile(r'^```python title="(?P<name>[^"]+)"\n(?P<code>.*?)^```', re.MULTILINE | re.DOTALL)


def files_of(page: str) -> dict[str, str]:
    """The files of a page by their names, in its order."""
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    return {match["name"]: match["code"] for match in _FILE.finditer(text)}


def module_of(page: str) -> str:
    """The name of the module that a page writes."""
    return re.split(r"[/.]", next(iter(files_of(page))))[0]


def write_files(page: str, folder: Path) -> None:
    """Write the files of a page into a folder."""
    for name, code in files_of(page).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(code, encoding="utf-8")


@contextmanager
def installed(page: str) -> Iterator[Plugins]:
    """Inside, the plugin of a page can be imported: all that is installed, and what it registers."""
    module, known = module_of(page), nlpkit.load_plugins()
    registry = nlpkit.Registry(module.replace("_", "-"))
    registry.merge(known.registry)
    with TemporaryDirectory() as folder:
        write_files(page, Path(folder))
        sys.path.insert(0, folder)
        try:
            importlib.import_module(module).nlpkit_register(registry)
            yield replace(known, registry=registry)
        finally:
            sys.path.remove(folder)
            for name in [name for name in sys.modules if name.split(".")[0] == module]:
                del sys.modules[name]
