from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from nlpkit.plugins.requirements import versions_required


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    put(tmp_path, "datasets", "5.1")
    put(tmp_path, "beautiful-soup", "4.0", top_level="bs4\n")
    return tmp_path


def put(site: Path, name: str, version: str, *requires: str, top_level: str = "") -> None:
    """A distribution as an installer leaves it."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {each}" for each in requires]
    (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "top_level.txt").write_text(top_level, encoding="utf-8")


def test_what_a_plugin_requires_is_told_with_its_version(site: Path) -> None:
    put(
        site,
        "nlpkit-a",
        "1",
        "nlpkit-toolkit>=0.1.0,<0.2",
        "scikit-learn>=1.4",
        "no-such-thing",
        "datasets[x]<6",
    )
    put(site, "nlpkit-b", "1", "numpy (>=1.26)", "nlpkit-a")
    assert versions_required(["nlpkit-a"]) == {"scikit-learn": version("scikit-learn"), "datasets": "5.1"}
    assert versions_required(["nlpkit-b", "nlpkit-c"]) == {"numpy": version("numpy"), "nlpkit-a": "1"}


def test_what_only_an_extra_requires_is_told_where_it_is_in_use(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extras = ["datasets>=5; extra == 'datasets'", "beautiful-soup ; (python_version > '3' and extra=='html')"]
    put(site, "nlpkit-hf", "1", *extras, "nlpkit-hf[datasets]; extra == 'test'")
    assert versions_required(["nlpkit-hf"]) == {}
    monkeypatch.setitem(sys.modules, "datasets", ModuleType("datasets"))
    assert versions_required(["nlpkit-hf"]) == {"datasets": "5.1"}
    monkeypatch.setitem(sys.modules, "bs4", ModuleType("bs4"))
    assert versions_required(["nlpkit-hf"]) == {"datasets": "5.1", "beautiful-soup": "4.0"}


@pytest.mark.parametrize("name", ["unknown", "", "no-such-plugin"])
def test_a_plugin_whose_metadata_is_not_there_requires_nothing(name: str) -> None:
    assert versions_required([name]) == {}
