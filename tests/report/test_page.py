from __future__ import annotations

import re
from dataclasses import replace

import pytest

from nlpkit.report.board import Board, Row
from nlpkit.report.cells import without_folders
from nlpkit.report.page import html
from nlpkit.report.tables import RunTables
from tests.report import full

ANCHORS = (
    *("notes", "members", "seeds", "learning", "confusion", "classes", "slices", "calibration", "decision"),
    *("mistakes", "words", "audit", "cost", "origin"),
)
EMPTY = {"texts": 0, "scores": {"accuracy": None}, "leaked_test_rows": 0}


def sections(page: str) -> list[str]:
    return re.findall(r'<section id="([^"]*)"', page)


def test_a_page_has_a_section_for_all_there_is_and_a_way_to_each() -> None:
    page = html(full.tables())
    assert sections(page) == ["summary", *ANCHORS]
    assert re.findall(r'<a href="#([^"]*)"', page) == ["summary", *ANCHORS]


@pytest.mark.parametrize("key", ["members", "seeds", "slices", "calibration", "decision"])
def test_what_a_run_does_not_have_is_no_section(key: str) -> None:
    told = full.tables()
    without = {name: value for name, value in told.scored.items() if name != key}
    page = html(replace(told, scored=without))
    assert sections(page) == ["summary", *(each for each in ANCHORS if each != key)]


def test_a_run_of_an_older_version_has_a_page() -> None:
    described = {**full.described("plain"), "warnings": []}
    del described["cost"], described["git"]
    page = html(RunTables(EMPTY, described))
    assert sections(page) == ["summary", "cost", "origin"]
    assert "not defined" in page


def test_several_labels_have_thresholds_and_no_matrix() -> None:
    told = full.tables("plain", task="multi_label", confusion_matrix=[], confusions=[])
    classes = [{**row, "threshold": 0.25} for row in told.scored["classes"]]
    page = html(replace(told, scored={**told.scored, "classes": classes}))
    assert "confusion" not in sections(page)
    assert '<th scope="col">threshold</th>' in page
    assert "<td>0.2500</td>" in page
    assert "always the same labels" in page
    assert "farthest on the wrong side of its threshold" in page


def test_the_main_score_stands_beside_what_it_is_held_against() -> None:
    page = html(full.tables())
    assert '<div class="big">0.9000</div>' in page
    table = page.split('<table class="board">')[1].split("</table>")[0]
    names = re.findall(r'<th scope="row">([^<]*)', table)
    assert [name.strip() for name in names] == [
        "this run",
        "mean of 2 seeds",
        "linear baseline",
        "always one class",
    ]
    assert re.findall(r"<td>([\d.]+)</td>", table) == ["0.9000", "0.8800", "0.8500", "0.5000"]


def test_places_on_a_scale_are_shares_of_it() -> None:
    scale = Board.of([Row("a", 0.72, [0.7, 0.8]), Row("b", 0.1, drawn=False)])
    assert (scale.low, scale.high) == (0.7, 0.8)
    assert (scale.place(0.72), scale.length([0.7, 0.75])) == ("20.00%", "50.00%")
    assert Board.of([]).place(0.5) == "50.00%"


def test_words_of_a_mistake_are_marked_by_how_much_they_count() -> None:
    row = full.row("a b c", pieces=[["a", 1.5], [" ", None], ["b", -0.4], [" ", None], ["c", 0.1]])
    page = html(replace(full.tables(), shown={**full.shown("plain"), "sure": [row]}))
    assert '<mark class="for-3">a</mark> <mark class="against-1">b</mark> c …</p>' in page


def test_the_first_rows_of_the_audit_are_there_and_all_are_counted() -> None:
    page = html(full.tables())
    assert "near duplicates: 30 rows</summary>" in page
    assert page.count('<td dir="auto">0.97</td>') == 20
    assert "conflicts" not in page


def test_slices_tell_which_are_worse() -> None:
    table = html(full.tables()).split("By length (tokens)")[1].split("</table>")[0]
    assert table.count('<td class="worse">worse</td>') == 1
    assert "[0.6000, 0.9000]" in table


def test_the_cost_is_told_in_units() -> None:
    page = html(full.tables())
    assert re.findall(r"<b>(1\.5 s|3\.0 MiB|12 J|99|4\.0 KiB|9)</b>", page) == [
        "1.5 s",
        "3.0 MiB",
        "12 J",
        "99",
        "4.0 KiB",
        "9",
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ('train = "/home/ada/a b.csv"', 'train = "…/a b.csv"'),
        (r'train = "C:\\Users\\ada\\a.csv"', 'train = "…/a.csv"'),
        (r'files = ["\\\\host\\ada\\a.csv", "b/c.csv"]', 'files = ["…/a.csv", "b/c.csv"]'),
        (r'pattern = "\\w+ a/b"', r'pattern = "\\w+ a/b"'),
        ('delimiter = "\\"" # /home', 'delimiter = "\\"" # /home'),
    ],
)
def test_settings_name_files_without_their_folders(given: str, shown: str) -> None:
    assert without_folders(given) == shown
    assert shown.replace('"', "&#34;") in html(replace(full.tables(), settings=given))
