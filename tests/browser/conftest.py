"""A real browser: Chromium, asked over Playwright, and axe, which knows the rules of accessible pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = REPOSITORY / "build" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; the tests are skipped where it or Playwright is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="make test-browser installs Playwright")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium; apt-get install chromium, or the like, brings it")
    root = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=root)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        pytest.skip("there is no axe-core; make test-browser installs it")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page of HTML; at the end nothing may have been said, asked for or popped up."""
    odd: list[str] = []
    pages, path = [], tmp_path / "page.html"

    def open_page(html: str, again: Page | None = None, **settings: Any) -> Page:
        path.write_text(html, encoding="utf-8")
        if again is not None:
            again.goto(path.as_uri())
            return again
        page = browser.new_page(**settings)
        pages.append(page)
        page.on("console", lambda message: odd.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: odd.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (odd.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda popup: odd.append(f"popup: {popup.url}"))
        page.on("request", lambda asked: asked.url == path.as_uri() or odd.append(f"request: {asked.url}"))
        page.goto(path.as_uri())
        return page

    yield open_page
    for page in pages:
        page.close()
    assert odd == []
