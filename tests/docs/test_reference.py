"""The reference and the navigation leave nothing out."""

from __future__ import annotations

import doctest
import importlib
import re

import pytest

from tests.docs.pages import DOCS, REPOSITORY, navigation, public_names, script

ENTRIES = {
    path.relative_to(DOCS).as_posix(): re.findall(r"^::: (\S+)$", path.read_text("utf-8"), flags=re.MULTILINE)
    for path in sorted(DOCS.glob("reference/*.md"))
}
ALL = [entry for entries in ENTRIES.values() for entry in entries]


def test_every_page_is_in_the_navigation_once() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    beside = set(script("_site/pages.py").outside().values())
    assert {"index.md", "CHANGELOG.md", "plugins/nlpkit-cnn/README.md", "benchmarks/RESULTS.md"} <= beside
    assert sorted(navigation()) == sorted(pages | beside)


@pytest.mark.parametrize(("face", "name"), public_names())
def test_every_public_name_has_an_entry_or_leads_to_it(face: str, name: str) -> None:
    if name in ALL:
        return
    page = (DOCS / "reference" / f"{face.rpartition('.')[2]}.md").read_text(encoding="utf-8")
    short = name.rpartition(".")[2]
    assert f"[`{short}`][nlpkit.{short}]" in page
    assert f"nlpkit.{short}" in ALL
    assert getattr(importlib.import_module(face), short) is getattr(importlib.import_module("nlpkit"), short)


def test_every_entry_is_a_public_name_and_has_one_place() -> None:
    assert sorted(ALL) == sorted(set(ALL))
    assert set(ALL) <= {name for _, name in public_names()}


def test_the_links_and_the_navigation_are_made_as_their_examples_say() -> None:
    assert doctest.testmod(script("_site/pages.py")).attempted >= 3
    assert doctest.testmod(script("_site/pages.py")).failed == 0


def test_a_pattern_in_the_navigation_is_all_pages_of_it_in_order() -> None:
    listed = script("_site/pages.py").listed
    pages = ["b/2.md", "b/1.md", "b/c/3.md", "a.md"]
    assert listed([{"A": "a.md"}, {"B": "b/*.md"}], pages) == [{"A": "a.md"}, {"B": ["b/1.md", "b/2.md"]}]
    assert listed(["a.md", "b/*/3.md"], pages) == ["a.md", "b/c/3.md"]


def test_photographs_of_pages_are_shown_and_small() -> None:
    names = {f"{each.name}.png" for each in script("pictures/pages.py").PICTURES}
    assert {path.name for path in DOCS.glob("pictures/*.png")} == names
    shown = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    for name in names:
        assert (DOCS / "pictures" / name).stat().st_size < 150_000
        assert f"(pictures/{name})" in shown


def test_pictures_are_what_the_script_draws_and_are_shown() -> None:
    drawn = script("pictures/draw.py").PICTURES
    assert {path.stem for path in DOCS.glob("pictures/*.svg")} == set(drawn)
    shown = "".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))
    for name, draw in drawn.items():
        assert (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8") == draw()
        assert f"pictures/{name}.svg)" in shown


def test_what_ships_in_files_beside_the_site_is_not_a_page_of_it() -> None:
    config = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    assert "_site/*.py" in config
    assert "pictures/*.py" in config
