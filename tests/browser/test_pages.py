from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import pytest

from nlpkit.report.explained import explained_html
from nlpkit.report.page import compared_html, html
from tests.report import full
from tests.report.payloads import PAYLOADS
from tests.report.test_compared import COMPARED
from tests.report.test_explained import explained

if TYPE_CHECKING:
    from playwright.sync_api import Page

Opened = Callable[..., "Page"]
PAGES: dict[str, Callable[[], str]] = {
    "report": lambda: html(full.tables("Sci/Tech")),
    "several labels": lambda: html(
        full.tables("a|b", task="multi_label", confusion_matrix=[], confusions=[])
    ),
    "compared": lambda: compared_html(COMPARED),
    "explained": lambda: explained_html([explained("oil"), explained("W" * 300)], "runs/tickets"),
}
each_page = pytest.mark.parametrize("name", PAGES)
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
ELEMENTS = "[...document.querySelectorAll('*')].map(each => each.tagName)"
PHONE = {"width": 390, "height": 844}


@cache
def written(name: str) -> str:
    """The HTML of a page."""
    return PAGES[name]()


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_breaks_no_rule_of_accessibility(
    name: str, scheme: Literal["light", "dark"], opened: Opened, axe: str
) -> None:
    page = opened(written(name), color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 15
    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found["violations"]] == []


@each_page
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_a_page_never_scrolls_sideways(name: str, width: int, opened: Opened) -> None:
    page = opened(written(name), viewport={"width": width, "height": 800})
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("text", ["W" * 3000, "<" * 500, "عربي " * 50, "a\u0300" * 500], ids=ascii)
def test_no_text_is_too_long_for_a_phone(text: str, opened: Opened) -> None:
    page = opened(html(full.tables(text)), viewport=PHONE)
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_light_and_dark_are_not_the_same(opened: Opened) -> None:
    colours = {
        opened(written("report"), color_scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    }
    assert colours == {"rgb(255, 255, 255)", "rgb(17, 21, 27)"}


def test_a_chart_has_the_colours_of_the_page(opened: Opened) -> None:
    asked = "getComputedStyle(document.querySelector('svg text')).fill"
    found = [opened(written("report"), color_scheme=scheme).evaluate(asked) for scheme in ("light", "dark")]
    assert found == ["rgb(85, 97, 111)", "rgb(160, 172, 186)"]


def test_no_payload_is_more_than_text(opened: Opened) -> None:
    plain = {"calibration": {"ece": 0.1, "bins": []}}
    page = opened(html(replace(full.tables("plain", **plain), epochs=())))
    expected = page.evaluate(ELEMENTS)
    for payload in PAYLOADS:
        opened(html(replace(full.tables(payload, **plain), epochs=())), page)
        assert page.evaluate(ELEMENTS) == expected, ascii(payload)


def test_a_printed_page_has_no_links_to_sections_and_all_details(opened: Opened) -> None:
    page = opened(written("report"))
    hidden = page.locator("details pre").first
    assert page.locator("nav").is_visible()
    assert not hidden.is_visible()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert hidden.bounding_box()["height"] > 20  # type: ignore[index]


def test_a_page_can_be_used_with_the_keyboard_alone(opened: Opened) -> None:
    page = opened(written("report"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#summary"
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.evaluate("each => each.open")
    outline = summary.evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline == "solid"


def test_every_link_leads_to_a_section(opened: Opened) -> None:
    page: Any = opened(written("report"))
    links = page.eval_on_selector_all("nav a", "all => all.map(each => each.getAttribute('href'))")
    assert len(links) == 15
    assert all(page.locator(link).count() == 1 for link in links)
