"""A module of nlpkit as one file that needs no nlpkit: its source, and that of all of nlpkit that it uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

Definition = ast.stmt
_MADE = "# Made of the source of nlpkit for the model beside it, whose export.json has its hash."
_FUTURE = "from __future__ import annotations"


def one_file(module: str) -> str:
    """The source; ValueError where two modules define one name."""
    found = _Gathered()
    source = _Source(module)
    for name in source.definitions:
        found.add(source, name)
    doc = ast.get_docstring(source.tree, clean=False) or ""
    head = f'"""{doc}"""\n\n{_MADE}\n{_FUTURE}'
    imports = "\n".join(sorted(found.imports))
    return "\n\n\n".join([f"{head}\n\n{imports}", *found.written.values()]) + "\n"


class _Source:
    """A module, as statements that define names and those that import some."""

    def __init__(self, module: str) -> None:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise ValueError(f"there is no module {module}")
        self.module = module
        self.text = Path(spec.origin).read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        for node in self.tree.body:
            found |= dict.fromkeys(_defined(node), node)
        return found

    @cached_property
    def imports(self) -> dict[str, tuple[str, str | None]]:
        """Each name that is imported at the top: its module, and its name there, None for a whole module."""
        found: dict[str, tuple[str, str | None]] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                found |= {each.asname or each.name: (each.name, None) for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
                found |= {each.asname or each.name: (str(node.module), each.name) for each in node.names}
        return found

    def text_of(self, node: Definition) -> str:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        return "\n".join(self.text.split("\n")[first - 1 : node.end_lineno])


@dataclass
class _Gathered:
    """What goes into the file: each definition behind those that it needs when it is made."""

    written: dict[tuple[str, int], str] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    _owners: dict[str, str] = field(default_factory=dict)
    _sources: dict[str, _Source] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def add(self, source: _Source, name: str) -> None:
        """A definition of a module, and all that it uses."""
        node = source.definitions[name]
        key = (source.module, node.lineno)
        if key in self._begun:
            return
        self._begun.add(key)
        if self._owners.setdefault(name, source.module) != source.module:
            raise ValueError(f"{name} is defined in {self._owners[name]} and in {source.module}")
        for used in _names(node):
            if used in source.definitions:
                self.add(source, used)
            elif used in source.imports:
                self._import(source, used)
        self.written[key] = source.text_of(node)

    def _import(self, source: _Source, used: str) -> None:
        module, name = source.imports[used]
        if module.startswith("nlpkit.") and name is not None:
            other = self._sources.setdefault(module, _Source(module))
            self.add(other, name)
        elif name is None:
            self.imports.add(f"import {module}" if used == module else f"import {module} as {used}")
        else:
            self.imports.add(f"from {module} import {name}" + (f" as {used}" if used != name else ""))


def _defined(node: Definition) -> list[str]:
    """The names that a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _names(node: Definition) -> Iterator[str]:
    """All names that a definition reads, in the order of the text."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            yield each.id
