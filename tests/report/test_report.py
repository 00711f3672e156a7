from __future__ import annotations

import copy
import re
import sys
import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sklearn.metrics

from nlpkit.report import text as report
from nlpkit.report.page import html
from nlpkit.report.tables import RunTables
from nlpkit.scoring.tables import score_table
from nlpkit.system.terminal import one_line, plain, short_names
from nlpkit.vocab import Labels

HOSTILE = [
    "<script>alert(1)</script>",
    "</pre></td><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% for x in y %}",
    "&lt;b&gt;&#x3c;b&#x3e;",
    "javascript:alert(1)",
    "]]><!--",
    "a\x1b[31m\x00\x07\x9b1m\u202eb",
    "two\nlines\tand\rmore",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "CON",
    "x" * 300,
    'style="background:url(http://x)"',
]


RATES = {"precision": 0.75, "recall": 1.0, "f1": 6 / 7}


def scored(names: list[str], **values: Any) -> dict[str, Any]:
    size = len(names)
    return {
        "texts": 10 * size,
        "scores": {"accuracy": 0.5, "log_loss": None},
        "accuracy": 0.5,
        "majority_accuracy": 1 / size,
        "unseen_labels": 0,
        "classes": [{"name": name, **RATES, "support": 10, "predicted": 10} for name in names],
        "averages": {"macro": RATES, "weighted": RATES},
        "macro_classes": size,
        "confusion_matrix": [[9 if i == j else int(i + 1 == j) for j in range(size)] for i in range(size)],
        "confusions": [{"gold": gold, "predicted": found, "texts": 1} for gold, found in pairwise(names)],
        "leaked_test_rows": 0,
        **values,
    }


DESCRIBED: dict[str, Any] = {
    "written": "2030-01-01T00:00:00+00:00",
    "seed": 13,
    "data": {
        "source": "csv",
        "substitute": "",
        "files": [{"name": "a.csv", "size": 10, "sha256": "ab" * 32}],
        "facts": {"train_texts": 100},
    },
    "model": {"encoder": "lstm", "classes": 2, "vocab_size": 9, "parameters": 99},
    "components": {"encoder": {"name": "lstm", "distribution": "nlpkit-toolkit", "version": "1"}},
    "warnings": ["odd"],
    "wall_seconds": {"train": 1.0},
    "versions": {"nlpkit": "1"},
    "hardware": {"device": "cpu"},
}
EPOCHS = [
    {
        "epoch": number,
        "train_loss": 1.0,
        "train_accuracy": 0.5,
        "valid_accuracy": 0.25,
        "valid_log_loss": 1.2,
        "texts_per_second": 1000.0,
        "best": True,
    }
    for number in (1, 2, 3)
]


def page_of(
    scored: dict[str, Any], described: dict[str, Any], epochs: Sequence[dict[str, Any]] = (), **more: Any
) -> str:
    return html(RunTables(scored, described, epochs, **more))


class Elements(HTMLParser):
    """What a page is made of: each element with the names of its attributes; and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_scores_stand_beside_their_intervals() -> None:
    found = scored(
        ["a", "b"],
        intervals={"accuracy": [0.28123, 0.71877], "log_loss": None},
        interval_notes=["log_loss has no interval: " + "for a long reason " * 5],
    )
    text = report.text(found)
    assert text.startswith(
        "scores of 20 texts, with 95 % intervals\n  accuracy           0.5000  [0.2812, 0.7188]\n"
    )
    assert "(always the same class)\nlog_loss has no interval: for a long" in text
    assert max(map(len, text.splitlines())) <= 80
    page = page_of(found, DESCRIBED, EPOCHS)
    assert '<div class="big">0.5000</div>' in page
    assert "Scores of 20 test texts, with 95 % intervals." in page
    grouped = {**found, "groups": 7}
    assert report.text(grouped).startswith("scores of 20 texts, with 95 % intervals over 7 groups\n")
    assert "with 95 % intervals over 7 groups." in page_of(grouped, DESCRIBED, EPOCHS)
    assert "[0.2812, 0.7188]" in page
    assert "log_loss has no interval" in page


BASELINE = {"model": "linear, words and pairs", "accuracy": 0.4, "interval": [0.3, 0.5]}
ABOVE = {"accuracy": 0.1, "interval": [-0.02, 0.22]}


@pytest.mark.parametrize(
    ("found", "lines", "sentence"),
    [
        (
            {**BASELINE, "above": ABOVE},
            "  baseline_accuracy  0.4000  [0.3000, 0.5000]  (linear, words and pairs)\n"
            "  above_baseline     +0.1000 [-0.0200, +0.2200]  (no clear difference)\n",
            "is +0.1000 [-0.0200, +0.2200]:",
        ),
        (
            {**BASELINE, "above": {"accuracy": 0.1, "interval": [0.02, 0.18]}},
            "  above_baseline     +0.1000 [+0.0200, +0.1800]  (clearly better)\n",
            '<strong class="verdict">clearly better</strong>',
        ),
        (
            {**BASELINE, "above": {"accuracy": -0.1, "interval": [-0.18, -0.02]}},
            "  above_baseline     -0.1000 [-0.1800, -0.0200]  (clearly worse)\n",
            '<strong class="verdict">clearly worse</strong>',
        ),
        (
            {**BASELINE, "interval": None, "above": {"accuracy": 0.0, "interval": None}},
            "  baseline_accuracy  0.4000  (linear, words and pairs)\n"
            "  above_baseline     +0.0000  (no clear difference)\n",
            "is +0.0000:",
        ),
        (
            {**BASELINE, "model": "a linear model itself"},
            "  baseline_accuracy  0.4000  [0.3000, 0.5000]  (a linear model itself)\n",
            "The linear baseline is this run, <bdi>a linear model itself</bdi>.",
        ),
        (
            {"left_out": "there is 1 class"},
            "  baseline_accuracy  none: there is 1 class\n",
            "There is no linear baseline: there is 1 class.",
        ),
    ],
)
def test_a_baseline_stands_below_the_scores(found: dict[str, Any], lines: str, sentence: str) -> None:
    table = scored(["a", "b"], baseline=found)
    assert lines in report.text(table)
    assert sentence in page_of(table, DESCRIBED, EPOCHS)


def test_the_page_has_a_policy_against_scripts_and_nothing_from_elsewhere() -> None:
    page = page_of(scored(["a", "b"]), DESCRIBED, EPOCHS)
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in page
    assert "<script" not in page
    assert not re.search(r"(https?:|//|url\(|@import|<link|<img|<!--)", page)


@pytest.mark.parametrize("size", [2, 6, 7, 60, 100, 101, 300])
def test_a_page_is_readable_with_any_number_of_classes(size: int) -> None:
    page = page_of(scored([f"class {i}" for i in range(size)]), DESCRIBED, EPOCHS)
    assert ('<table class="matrix' in page) == (size <= 100)
    assert "Most frequent confusions" in page
    assert len(page) < 1_200_000


@pytest.mark.parametrize("names", [["0", "1", "2"], [f"class {i}" for i in range(60)]])
def test_every_column_of_the_matrix_of_a_page_is_headed_by_its_class(names: list[str]) -> None:
    page = page_of(scored(names), DESCRIBED, EPOCHS)
    heads = re.findall(r'<th scope="col" title="(.*)"><span><bdi>(.*)</bdi></span></th>', page)
    rows = re.findall(r'<th scope="row" title="(.*)"><bdi>(.*)</bdi></th>', page)
    assert heads == rows == [(name, name) for name in names]
    assert ('<table class="matrix upright">' in page) == (len(names) == 60)


def test_labels_that_training_never_saw_are_told_beside_the_matrix_and_the_table() -> None:
    names = ["a", "b", "chess", "go"]
    said = "the last 2 classes are labels that training never saw"
    assert report.text(scored(names, unseen_labels=2)).count(said) == 1
    page = page_of(scored(names, unseen_labels=2), DESCRIBED, EPOCHS)
    assert page.count(said.capitalize() + ".</p>") == 2
    one = report.text(scored(names, unseen_labels=1))
    assert "\n\nthe last class is a label that training never saw\n\nconfusion matrix" in one
    assert "never saw" not in report.text(scored(names)) + page_of(scored(names), DESCRIBED, EPOCHS)


def test_a_page_without_epochs_or_test_texts_or_validation_is_one_too() -> None:
    empty = {"texts": 0, "scores": {"accuracy": None}, "leaked_test_rows": 0}
    page = page_of(empty, DESCRIBED, [])
    assert "not defined" in page
    assert "<svg" not in page
    alone = [{name: value for name, value in EPOCHS[0].items() if not name.startswith("valid")}]
    page = page_of(empty, DESCRIBED, alone)
    assert 'aria-label="loss by epoch: train 1.0000; the model is from epoch 1"' in page
    assert "valid from" not in page
    assert "test_accuracy" not in report.text(empty)


def test_rows_that_leaked_are_told_beside_the_scores() -> None:
    page = page_of(scored(["a", "b"], leaked_test_rows=1234), DESCRIBED, EPOCHS)
    assert "1,234 of them are also among the training texts." in page


def test_the_text_has_scores_matrix_notes_and_a_loud_substitute() -> None:
    described = copy.deepcopy(DESCRIBED)
    described["data"]["substitute"] = "NOT AG NEWS"
    text = report.text(scored(["a", "b"]), described)
    assert text.startswith(f"{'!' * 78}\nNOT AG NEWS\n{'!' * 78}\n\nscores of 20 texts\n")
    assert "  accuracy           0.5000\n  log_loss           not defined\n" in text
    assert "\n   a  b\na  9  1\nb  0  9\n" in text
    assert text.endswith("\n\nnote: odd\n")


def test_the_table_by_class_looks_like_that_of_scikit_learn() -> None:
    random = np.random.default_rng(5)
    gold, found = random.integers(0, 3, 50).tolist(), random.integers(0, 3, 50)
    names = ["a", "Sci/Tech", "a very long name of a class"]
    table = sklearn.metrics.classification_report(
        gold, found, target_names=short_names(names), digits=3, zero_division=0
    )
    said = report.text(score_table({"accuracy": 0.5}, Labels(names), [names[each] for each in gold], found))
    assert table.rstrip().replace("f1-score", "      f1") in said
    assert "a very long name of a c…" in said


def test_of_very_many_classes_the_text_has_only_averages_and_the_page_the_first_thousand() -> None:
    many = scored([f"class {i}" for i in range(1200)], confusion_matrix=[])
    text = report.text(many, DESCRIBED)
    assert "... 1,200 classes, each in scores.json" in text
    assert "   macro avg      0.750     1.000     0.857     12000\n" in text
    assert len(text.splitlines()) < 40
    page = page_of(many, DESCRIBED, EPOCHS)
    assert re.search(r'<th scope="row"><bdi>class 999</bdi></th><td>0.7500</td>', page)
    assert "class 1000" not in page
    assert "200 more classes are in scores.json" in page
    assert '<th scope="row">macro average</th>' in page


def test_the_epoch_that_the_model_is_from_is_told_with_its_validation_scores() -> None:
    best = {"best_epoch": 2, "best_valid": {"accuracy": 0.25, "log_loss": None}}
    assert (
        "  majority_accuracy  0.5000  (always the same class)\n"
        "validation scores of epoch 2, which the model is from\n"
        "  accuracy           0.2500\n"
        "  log_loss           not defined\n"
    ) in report.text(scored(["a", "b"], **best))
    alone = {"best_epoch": 1, "best_valid": {}}
    assert "which the model is from" not in report.text(scored(["a", "b"], **alone))


@pytest.mark.parametrize("size", [2, 4, 12, 26, 60, 300])
def test_the_matrix_of_the_text_fits_80_columns_or_is_a_list_of_confusions(size: int) -> None:
    lines = report.text(scored([f"class number {i} of many" for i in range(size)])).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith(("confusion matrix", "most frequent confusions")) for line in lines)


def test_the_columns_of_the_matrix_are_headed_by_the_classes_also_where_these_are_numbers() -> None:
    text = report.text(scored(["0", "1", "10"]))
    assert "\n     0   1  10\n0    9   1   0\n1    0   9   1\n10   0   0   9\n" in text
    text = report.text(scored(["Business", "Sci/Tech", "Sports", "World"]))
    assert "\n          Business  Sci/Tech    Sports     World\nBusiness         9 " in text
    text = report.text(scored([f"topic {letter}" for letter in "abcdefghij"]))
    assert "\n         topi…  to…#2  to…#3 " in text
    assert "\ntopic a      9      1 " in text


def test_a_matrix_too_wide_for_a_terminal_is_said_to_be_elsewhere() -> None:
    said = "\nthe confusion matrix of {} classes is in {}\n".format
    sixty, many = scored([f"c{i}" for i in range(60)]), scored([f"c{i}" for i in range(150)])
    assert said(60, "report.html") in report.text(sixty, DESCRIBED)
    assert said(150, "scores.json") in report.text(many, DESCRIBED)
    assert said(60, "the output of --json") in report.text(sixty)
    assert "(gold -> predicted); more are in the output of --json\n" in report.text(sixty)
    assert "the confusion matrix of" not in report.text(scored(["a", "b"]), DESCRIBED)


def test_plain_keeps_newlines_and_tabs_and_escapes_what_else_a_terminal_obeys() -> None:
    assert plain("a\tb\n") == "a\tb\n"
    assert plain("\x1b[2J\r\x9b\x7f\u202e\u2066\u2028\ud800") == (
        "\\x1b[2J\\r\\x9b\\x7f\\u202e\\u2066\\u2028\\ud800"
    )
    assert one_line("a\tb\r\n") == "a\\tb\\r\\n"


def test_every_control_character_is_escaped_and_no_other() -> None:
    """Line ends, surrogates and what turns the direction of writing are controls as well."""
    marks = {"\u061c", "\u200e", "\u200f"}  # of Arabic letters, left to right, right to left
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    characters = list(map(chr, range(sys.maxunicode + 1)))
    controls = {
        each
        for each in characters
        if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(each) in turning
        or each in marks
    } - {"\t", "\n"}
    escapes = (each.encode("unicode_escape").decode() if each in controls else each for each in characters)
    assert plain("".join(characters)) == "".join(escapes)


def test_shown_names_are_short_distinct_and_in_order() -> None:
    names = ["x" * 300, "x" * 301, "a\n", "a\\n", "x" * 23 + "…", "World"]
    found = short_names(names)
    assert len(set(found)) == len(names)
    assert max(map(len, found)) <= 24
    assert found[5] == "World"
    assert short_names([]) == []
    assert short_names(["x" * 13, "x" * 11 + "…"], 12) == ["x" * 9 + "…#1", "x" * 11 + "…"]
    assert len(set(short_names([f"{'y' * 50}{i}" for i in range(1000)]))) == 1000


def test_one_text_is_told_in_the_singular() -> None:
    one = scored(["a", "b"], texts=1, leaked_test_rows=1)
    described = copy.deepcopy(DESCRIBED)
    described["data"]["facts"]["train_texts"] = 1
    assert report.text(one).startswith("scores of 1 text\n")
    page = " ".join(page_of(one, described, EPOCHS).split())
    assert "Scores of 1 test text. <strong>1 of them is also among the training texts.</strong>" in page
    assert "· 1 training text ·" in page
