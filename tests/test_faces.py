"""What is outside nlpkit imports from its public faces alone: plugins, examples, new plugins and snippets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import nlpkit
from nlpkit.scaffold.files import KINDS, files_of
from nlpkit.scaffold.names import Names

PACKAGE = Path(nlpkit.__file__).parent
REPOSITORY = PACKAGE.parent
FACES = {".".join(stub.parent.relative_to(REPOSITORY).parts) for stub in PACKAGE.rglob("__init__.pyi")}
PAGES = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
SNIPPET = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
IMPORT = re.compile(r"^\s*(?:from|import) (nlpkit(?:\.\w+)*)\b", re.MULTILINE)


def sources() -> Iterator[tuple[str, str]]:
    """The name and the text of all Python that is outside the package."""
    plugins = REPOSITORY / "plugins"
    for path in (*plugins.rglob("*.py"), *(REPOSITORY / "examples").rglob("*.py")):
        yield path.relative_to(REPOSITORY).as_posix(), path.read_text(encoding="utf-8")
    for page in (*PAGES, *plugins.rglob("README.md")):
        for number, code in enumerate(SNIPPET.findall(page.read_text(encoding="utf-8")), 1):
            yield f"{page.relative_to(REPOSITORY).as_posix()} {number}", code
    for kind in KINDS:
        for name, text in files_of(Names.of("shout"), kind).items():
            if name.endswith(".py"):
                yield f"new {kind} {name}", text


def beside_the_faces(code: str) -> Iterator[str]:
    """What some code, or code in its strings, imports of nlpkit that no face names."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if is_deep(each.name))
        elif isinstance(node, ast.ImportFrom) and is_deep(module := node.module or ""):
            yield module
        elif isinstance(node, ast.ImportFrom) and module in FACES:
            named = import_module(module).__all__
            for alias in node.names:
                if alias.name not in named and f"{module}.{alias.name}" not in FACES:
                    yield f"{module}.{alias.name}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from filter(is_deep, IMPORT.findall(node.value))


def is_deep(module: str) -> bool:
    return module.startswith("nlpkit.") and module not in FACES


@pytest.mark.parametrize(("name", "code"), [pytest.param(*each, id=each[0]) for each in sources()])
def test_what_is_outside_the_package_imports_from_its_faces_alone(name: str, code: str) -> None:
    assert list(beside_the_faces(code)) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import nlpkit\nfrom nlpkit import Lstm, nn\nfrom nlpkit_x.own import thing", []),
        ("def build():\n    from nlpkit.nn.collate import padify", ["nlpkit.nn.collate"]),
        ("from nlpkit.nn import collate, padify", ["nlpkit.nn.collate"]),
        ("import nlpkit.runs.run as running", ["nlpkit.runs.run"]),
        ("CODE = 'import sys\\nfrom nlpkit.plugins.loading import load_plugins'", ["nlpkit.plugins.loading"]),
    ],
)
def test_an_import_from_behind_a_face_is_found(code: str, found: list[str]) -> None:
    assert list(beside_the_faces(code)) == found
