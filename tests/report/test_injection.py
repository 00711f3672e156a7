"""Texts, labels, names and settings are data: whatever is in them, the page has the same elements."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from nlpkit.report.page import html
from tests.report import full
from tests.report.payloads import PAYLOADS
from tests.report.test_report import Elements

# drawn once for all: no text gets into a chart
UNDRAWN = {"calibration": {"ece": 0.1, "bins": []}}
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
EXPECTED = Elements(html(replace(full.tables("plain", **UNDRAWN), epochs=()))).found


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_changes_no_element_and_brings_no_control_character(payload: str) -> None:
    page = html(replace(full.tables(payload, **UNDRAWN), epochs=()))
    assert Elements(page).found == EXPECTED
    assert not CONTROLS.search(page)


def test_there_are_more_than_two_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) > 200


def test_no_text_gets_into_a_chart() -> None:
    page = html(full.tables("p<q>&r"))
    charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(charts) == 3
    assert not any("p&lt;q" in chart or "p<q" in chart for chart in charts)
    assert Elements(page).found == Elements(html(full.tables("plain"))).found


def test_what_a_reader_sees_of_a_payload_is_the_payload() -> None:
    payload = '<b>{{ 7919 * 7 }}</b> &amp; "quoted"'
    said = "".join(Elements(html(full.tables(payload))).texts)
    assert said.count(payload) > 20
    assert "55433" not in said
