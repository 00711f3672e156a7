"""The plugins that the pages of docs/training write, as code that can be imported."""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

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


def with_page(page: str) -> Plugins:
    """All that is installed, and the plugin of a page, as if it were installed as well."""
    folder = mkdtemp()
    write_files(page, Path(folder))
    sys.path.insert(0, folder)
    known = nlpkit.load_plugins()
    registry = nlpkit.Registry(module_of(page).replace("_", "-"))
    registry.merge(known.registry)
    importlib.import_module(module_of(page)).nlpkit_register(registry)
    return replace(known, registry=registry)
