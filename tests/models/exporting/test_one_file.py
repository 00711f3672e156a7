from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from nlpkit.models.exporting.one_file import one_file


def test_the_loader_is_python_that_imports_pythons_library_and_numpy_alone() -> None:
    tree = ast.parse(one_file("nlpkit.models.exporting.loader"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    assert found - {"numpy"} <= sys.stdlib_module_names


def test_it_has_what_is_used_and_nothing_else() -> None:
    source = one_file("nlpkit.models.exporting.loader")
    assert "def basic_english(" in source
    assert "class Labels" not in source


def test_two_definitions_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "from nlpkit.vocab import Vocab\n\n_Ids = 1\n\ndef make():\n    return Vocab, _Ids\n"
    (tmp_path / "clashing.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=r"_Ids is defined in clashing and in nlpkit\.vocab"):
        one_file("clashing")
