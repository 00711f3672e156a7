"""The site as `make docs` has built it: complete, and readable without a network."""

from __future__ import annotations

import os
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import REPOSITORY, public_names

if "DOCS_SITE" not in os.environ:
    pytest.skip("make docs builds the site and runs these", allow_module_level=True)
SITE = REPOSITORY / os.environ["DOCS_SITE"]


class Page(HTMLParser):
    """What a page loads, where its links lead, its anchors and its words."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[key] for key in ("id", "name") if key in given}
        if tag in ("script", "img", "iframe", "source") and "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preconnect", "preload"):
            self.loaded.append(given["href"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@cache
def pages() -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(SITE.rglob("*.html")) if path.name != "404.html"}


def test_nothing_is_loaded_from_elsewhere() -> None:
    loaded = {address for page in pages().values() for address in page.loaded}
    assert any(address.endswith("iframe-worker.js") for address in loaded)
    assert [address for address in sorted(loaded) if urlsplit(address).netloc] == []
    for path in SITE.rglob("*.css"):
        css = path.read_text(encoding="utf-8")
        assert "url(http" not in css and "url(//" not in css and "@import" not in css, path


def test_every_link_within_the_site_leads_to_a_page_and_its_anchor() -> None:
    broken = []
    for path, page in pages().items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            anchors = pages()[target].anchors if target in pages() else set()
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                broken.append(f"{path.relative_to(SITE)}: {link}")
    assert broken == []


@pytest.mark.parametrize("name", sorted({name for _, name in public_names()}))
def test_every_public_name_has_a_place(name: str) -> None:
    short = f"nlpkit.{name.rpartition('.')[2]}"
    reference = {
        anchor for path, page in pages().items() if path.parent.name == "reference" for anchor in page.anchors
    }
    assert {name, short} & reference


def test_every_public_name_has_a_docstring() -> None:
    import griffe

    package = griffe.load("nlpkit", search_paths=[REPOSITORY])
    names = [name for _, name in public_names()]
    assert [name for name in names if not package[name.removeprefix("nlpkit.")].docstring] == []


def test_a_table_of_settings_has_those_of_parents_with_types_defaults_and_the_name_in_a_file() -> None:
    words = " ".join(pages()[SITE / "reference" / "encoders.html"].words)
    lstm = words.split("Long short-term memory")[1].split("Source code")[0]
    assert "In an experiment file it is the encoder lstm ." in lstm
    assert "hidden_size int numbers in the hidden state of one direction 32" in lstm


def test_examples_in_docstrings_are_code() -> None:
    html = (SITE / "reference" / "batches.html").read_text(encoding="utf-8")
    assert "<blockquote>" not in html
    assert 'class="gp">&gt;&gt;&gt; </span>' in html
