"""sweep.html: a page that is whole by itself, and shows no markup of anybody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from nlpkit_optuna import Sweep
from nlpkit_optuna.charts import Axis
from nlpkit_optuna.found import Row, bytes_text
from nlpkit_optuna.page import html

HOSTILE = "<script>alert(1)</script>&\"'"


class Outline(HTMLParser):
    """The elements of a page that are open, and each attribute."""

    VOID = ("meta", "path")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def found(search_in: Callable[..., Sweep]) -> Sweep:
    return search_in(3)


def made(found: Sweep, count: int, **changes: Any) -> Sweep:
    """A search with more trials than there were."""
    settings = {"encoder.embedding.size": 4, "trainer.learning_rate": 0.1}
    rows = tuple(
        Row(
            number=number,
            place=number,
            state="pruned" if number % 3 == 2 else "complete",
            settings={**settings, "trainer.learning_rate": 0.001 * (number + 1)},
            seed=number,
            score=None if number % 3 == 2 else 0.5 + number / 100,
            size=1000 * (count - number),
            latency=1.0 + number,
            epochs=((1, 0.4), (2, 0.5 + number / 100)),
        )
        for number in range(count)
    )
    return replace(found, trials=rows, **changes)


def test_it_is_whole_and_has_nothing_from_elsewhere(found: Sweep) -> None:
    page = html(made(found, 20, importances={"trainer.learning_rate": 0.75, "encoder.embedding.size": 0.25}))
    outline = Outline(page)
    assert outline.open == []
    assert not {"script", "link", "img", "iframe"} & set(outline.elements)
    assert not {"src", "href"} & {name for name, _ in outline.attributes}
    assert not re.search(r"https?://|url\(|@import", page)
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings == [
        *("History", "Importances", "Settings one by one", "Settings side by side", "Epochs", "Trials"),
        "Settings and origin",
    ]
    assert len(page) < 60_000
    assert all(value for name, value in outline.attributes if name == "aria-label")


def test_two_objectives_have_a_chart_of_their_own(found: Sweep) -> None:
    page = html(made(found, 12, search=replace(found.search, against="size")))
    assert "<h2>accuracy against size</h2>" in page
    assert page.count('class="front"') == 1  # the last one is the best, and the smallest


def test_what_others_wrote_is_no_markup(found: Sweep) -> None:
    search = replace(found.search, name=HOSTILE, storage=HOSTILE)
    broken = Row(9, 9, "failed", {"trainer.learning_rate": 0.1}, 0, error=HOSTILE)
    page = html(replace(found, search=search, trials=(*found.trials, broken)))
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#34;&#39;") == 4


def test_a_search_without_a_best_trial_has_a_page(found: Sweep) -> None:
    failed = tuple(replace(row, state="failed", score=None) for row in found.trials)
    assert "<p>No trial is complete.</p>" in html(replace(found, trials=failed))
    assert "<p>No trial is complete.</p>" in html(replace(found, trials=()))


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Axis([0.0, 0.6]), ["0", "0.2", "0.4", "0.6"]),
        (Axis([1e-4, 1e-1], log=True), ["0.0001", "0.001", "0.01", "0.1"]),
        (Axis([8, 64], log=True), ["10", "20", "50"]),
        (Axis([0.5, 0.5]), ["0", "0.5", "1"]),
        (Axis([True, False], choices=[True, False]), ["true", "false"]),
        (Axis([["max"]], choices=["last", ["max", "mean"]]), ["last", "max+mean"]),
    ],
)
def test_axes_have_round_marks(axis: Axis, ticks: list[str]) -> None:
    assert [text for _, text in axis.ticks] == ticks
    assert all(0 <= place <= 1 for place, _ in axis.ticks)


def test_sizes_are_for_people() -> None:
    assert [bytes_text(size) for size in (None, 999, 1000, 1_500_000, 2 * 10**9)] == [
        *("-", "999 B", "1 kB", "1.5 MB", "2 GB"),
    ]
