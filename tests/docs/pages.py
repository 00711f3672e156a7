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


_DECIMAL = re.compile(r"\d+\.\d+")
_SPEED = re.compile(r"[\d,]+ texts/s|(?<=\.\d{4}) +\d+\.\d(?= +[\d,]+$)")  # and the seconds of a table


def assert_shown(shown: str, said: str, *, within: float = 0.05) -> None:
    """What a page shows was said: line by line, where a line `...` stands for any lines.

    Decimals may differ by `within`, and seconds and texts a second by any amount.
    """
    left, any_lines = said.splitlines(), False
    for line in shown.splitlines():
        if line == "...":
            any_lines = True
            continue
        there = (number for number, each in enumerate(left) if _alike(line, each, within))
        number = next(there, None)
        found = number is not None and (any_lines or number == 0)
        assert found, f"the page shows {line!r}, and what is said goes on:\n" + "\n".join(left)
        left, any_lines = left[(number or 0) + 1 :], False
    assert any_lines or not left, "the page does not show:\n" + "\n".join(left)


def _alike(shown: str, said: str, within: float) -> bool:
    shown, said = _SPEED.sub("", shown), _SPEED.sub("", said)
    numbers = zip(_DECIMAL.findall(shown), _DECIMAL.findall(said), strict=False)
    same_words = _DECIMAL.sub("", shown).split() == _DECIMAL.sub("", said).split()
    return same_words and all(abs(float(one) - float(other)) <= within for one, other in numbers)
