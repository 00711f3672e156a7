"""An SVG file of matplotlib as an element of a page: in the page's colours and font, with no name twice."""

from __future__ import annotations

import re
from typing import Final

# What is drawn in these becomes a colour of the page, which knows a light and a dark one of each
COLOURS: Final = {
    "ink": "#000001",
    "soft": "#000002",
    "line": "#000003",
    "quiet": "#000004",
    "mark": "#000005",
}

_BEFORE: Final = re.compile(r"\A.*?<svg[^>]*?viewBox=\"([\d. ]+)\"[^>]*>", re.DOTALL)
_LEFT_OUT: Final = (
    re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL),
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"<g id=\"patch_1\">.*?</g>", re.DOTALL),  # the paper
    re.compile(r"(?<=<g) id=\"[^\"]*\""),
    re.compile(r"font-family: [^;\"]*;? ?"),
    re.compile(r" clip-path=\"[^\"]*\""),  # nothing is drawn outside its axes
    re.compile(r"<clipPath.*?</clipPath>", re.DOTALL),
    re.compile(r"<!--.*?-->", re.DOTALL),
)


def inlined(svg: str) -> str:
    """The element alone; the page says what it shows, so it is hidden from who reads aloud."""
    found = _BEFORE.match(svg)
    if found is None:
        raise ValueError("not an SVG file of matplotlib")
    body = svg[found.end() :]
    for pattern in _LEFT_OUT:
        body = pattern.sub("", body)
    for name, colour in COLOURS.items():
        body = body.replace(colour, f"var(--{name})")
    body = re.sub(r"\s*\n\s*", " ", body)
    return f'<svg viewBox="{found[1]}" aria-hidden="true" focusable="false">{body.strip()}'
