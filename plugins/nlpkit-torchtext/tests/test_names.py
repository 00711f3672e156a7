"""The table of old and new names: complete, and the one in the docs."""

from __future__ import annotations

import json
import re
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import ModuleType

import pytest

from nlpkit import load_plugins
from nlpkit_torchtext import NAMES
from nlpkit_torchtext.loading import load_module

PUBLIC_NAMES: dict[str, list[str]] = json.loads((Path(__file__).parent / "public_names.json").read_text())
PAGE = Path(__file__).resolve().parents[3] / "docs" / "from-torchtext.md"
WHOLE_MODULES = {"models", "utils"}  # have one row


def rows() -> dict[str, str]:
    """Old name to new name, as the page has them."""
    text = PAGE.read_text(encoding="utf-8")
    cells = (re.split(r" *\| *", line.strip("| \n")) for line in text.split("\n") if line.startswith("| `"))
    return {old.strip("`"): new.replace("`", "") for old, new, *_ in cells}


def test_the_page_has_the_table_of_the_plugin() -> None:
    assert rows() == NAMES


def test_every_public_name_of_torchtext_has_a_row() -> None:
    public = {f"{module}.{name}" for module, names in PUBLIC_NAMES.items() for name in names}
    told = {name.split("(")[0] for name in NAMES}
    assert public == told - WHOLE_MODULES


def test_the_public_names_are_those_of_torchtext(torchtext: ModuleType) -> None:
    for module, names in PUBLIC_NAMES.items():
        old = load_module(module, wanted="models")
        assert set(names) <= set(dir(old))
        if module != "data.utils":  # repeats what data has
            assert set(getattr(old, "__all__", names)) <= set(names)
    for module in WHOLE_MODULES:
        assert load_module(module, wanted=module)


@pytest.mark.parametrize("new", sorted(set(NAMES.values())))
def test_a_part_that_is_named_is_registered(new: str) -> None:
    found = re.match(r"(dataset|tokenizer|collator|encoder) (?!of your own)(\w+)(?: of (nlpkit-\w+))?", new)
    if found:
        kind, name, plugin = found.groups()
        if plugin in (None, *(each.distribution for each in load_plugins().loaded)):
            assert load_plugins().entry(kind, name).distribution == (plugin or "nlpkit-toolkit")


@pytest.mark.parametrize("new", sorted(set(NAMES.values())))
def test_a_name_in_python_leads_to_something(new: str) -> None:
    kind, path = (new + " ").split(" ")[:2]
    if kind in ("function", "class", "method"):
        module = "nlpkit.text" if kind == "function" else "nlpkit"
        assert callable(attrgetter(path.removeprefix(f"{module}."))(import_module(module)))
