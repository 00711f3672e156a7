from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from nlpkit.report import text as report
from tests.report.test_report import DESCRIBED, EPOCHS, page_of, scored

MEMBERS = [
    {
        "name": "tfidf",
        "weight": 2.3721,
        "alone": {"accuracy": 0.73, "log_loss": 0.5831},
        "without": {"accuracy": 0.6, "log_loss": 0.6435},
    },
    {
        "name": "embedding_mean",
        "weight": 0.0,
        "alone": {"accuracy": 0.6, "log_loss": 0.6435},
        "without": {"accuracy": 0.73, "log_loss": 0.5831},
    },
]
TOGETHER = {"accuracy": 0.735, "log_loss": 0.5799}
POOL = scored(["a", "b"], members=MEMBERS, best_epoch=None, best_valid=TOGETHER)


def of_members(page: str) -> list[str]:
    """The cells of the table of members in a page."""
    table = page.split('<table class="members">')[1].split("</table>")[0]
    return re.findall(
        r"<t[dh](?: scope=\"row\")?>(?:<bdi>)?(.*?)(?:</bdi>)?</t[dh]>", table.split("<tbody>")[1]
    )


def test_the_members_are_told_one_by_one_and_all_together() -> None:
    assert (
        "members, on the validation texts\n"
        "                                  alone         the pool without it\n"
        "  member           weight   accuracy  log loss   accuracy  log loss\n"
        "  tfidf             2.372     0.7300    0.5831     0.6000    0.6435\n"
        "  embedding_mean left out     0.6000    0.6435     0.7300    0.5831\n"
        "  all together                0.7350    0.5799\n"
        "weighed for the least log loss; accuracy may be higher without one, by chance\n"
    ) in report.text(POOL)


def test_a_page_tells_of_the_members_what_the_text_does() -> None:
    page = page_of(POOL, DESCRIBED, [])
    together = ["all together", "", "0.7350", "0.5799", "", ""]
    assert of_members(page) == [
        *("tfidf", "2.372", "0.7300", "0.5831", "0.6000", "0.6435"),
        *("embedding_mean", "left out", "0.6000", "0.6435", "0.7300", "0.5831"),
        *together,
    ]
    assert "The members are weighed for the least log loss; accuracy may be higher" in page


def test_members_that_no_validation_text_has_weighed_are_not_said_to_be() -> None:
    unweighed = [{**each, "weight": 0.5, "alone": {}, "without": {}} for each in MEMBERS]
    pool = scored(["a", "b"], members=unweighed, best_epoch=None, best_valid={})
    text, page = report.text(pool), page_of(pool, DESCRIBED, [])
    assert "  tfidf             0.500  not defined not defined" in text
    assert of_members(page)[:4] == ["tfidf", "0.500", "not defined", "not defined"]
    assert "all together" not in text + page
    assert "least log loss" not in text + page


@pytest.mark.parametrize(("weight", "shown"), [(0.0, False), (0.4, True)])
def test_a_page_has_no_chart_of_a_member_that_is_left_out(weight: float, shown: bool) -> None:
    members = copy.deepcopy(MEMBERS)
    members[1]["weight"] = weight
    pool = {**POOL, "members": members}
    of_both = [{**each, "member": name} for name in ("embedding_mean", "lstm") for each in EPOCHS]
    page = page_of(pool, DESCRIBED, of_both)
    assert ("<h3><bdi>embedding_mean</bdi></h3>" in page) == shown
    assert "<h3><bdi>lstm</bdi></h3>" in page


def test_the_heading_counts_the_texts_of_those_that_were_trained_again() -> None:
    described: dict[str, Any] = copy.deepcopy(DESCRIBED)
    assert "trained again" not in page_of(POOL, described, [])
    described["data"]["facts"]["refit_texts"] = 1120
    assert "· 100 training texts (1,120 where trained again) ·" in " ".join(
        page_of(POOL, described, []).split()
    )
