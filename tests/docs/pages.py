"""The pages of the docs, what the navigation calls them, and the public names they have to tell of."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
FACES = (
    "nlpkit",
    "nlpkit.nn",
    "nlpkit.training",
    "nlpkit.data",
    "nlpkit.text",
    "nlpkit.experiment",
    "nlpkit.testing",
)


def script(name: str) -> ModuleType:
    """A Python file of docs/, which is in no package."""
    spec = importlib.util.spec_from_file_location(Path(name).stem, DOCS / name)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def navigation() -> list[str]:
    """The pages that the navigation names, with those of its patterns."""
    config = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    nav = config.split("\nnav:\n")[1].split("\n\n")[0]
    inside = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    site = script("_site/pages.py")
    listed: list[str] = site.listed(re.findall(r"\S+\.md", nav), [*inside, *site.outside().values()])
    return listed


def public_names() -> list[tuple[str, str]]:
    """Each face and each of its names; a name that a module has as well is `nlpkit.data.audit.audit`."""
    found = []
    for face in FACES:
        folder = REPOSITORY / face.replace(".", "/")
        stub = ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8"))
        names = [each.name for node in stub.body if isinstance(node, ast.ImportFrom) for each in node.names]
        modules = {path.stem for path in folder.glob("*.py")}
        found += [(face, f"{face}.{name}.{name}" if name in modules else f"{face}.{name}") for name in names]
    return found
