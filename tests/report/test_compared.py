from __future__ import annotations

import copy
from typing import Any

import pytest

from nlpkit.report.compared import text
from nlpkit.report.page import compared_html
from tests.report.test_report import HOSTILE, Elements


def one(name: str, **values: Any) -> dict[str, Any]:
    return {
        "run": name,
        "folder": f"runs/{name}",
        "valid": {"accuracy": 0.75, "log_loss": 0.5},
        "scores": {"accuracy": 0.5, "log_loss": 0.7},
        "accuracy": 0.5,
        "intervals": {"accuracy": [0.4, 0.6], "log_loss": None},
        "encoder": "lstm",
        "parameters": 9000,
        "train_seconds": 2.5,
        **values,
    }


def pair(name: str, **values: Any) -> dict[str, Any]:
    return {
        "run": name,
        "against": "first",
        "accuracy": -0.05,
        "interval": [-0.08, -0.02],
        "better": 10,
        "worse": 15,
        "p": 0.0000123,
        "settings": {"seed": [13, 7], "collator.keep": [None, "both"]},
        "files": {"train.csv": ["ab" * 32, "cd" * 32]},
        "versions": {"torch": ["2.13.0", "2.12.0"]},
        **values,
    }


COMPARED: dict[str, Any] = {
    "texts": 1234,
    "runs": [one("first"), one("second", valid={})],
    "pairs": [pair("second")],
    "disagreements": {
        "rows": 25,
        "columns": ["row", "gold", "first", "second"],
        "first": [["7", "World", "World", "Sports"]],
    },
    "notes": ["1 run has no validation scores and comes last"],
}


def test_the_text_has_scores_differences_changes_and_disagreements() -> None:
    assert text(COMPARED) == (
        "2 runs on the same 1,234 test texts, sorted by validation accuracy\n"
        "\n"
        "run     validation accuracy  test accuracy            test log_loss\n"
        "first   0.7500               0.5000 [0.4000, 0.6000]  0.7000\n"
        "second  -                    0.5000 [0.4000, 0.6000]  0.7000\n"
        "\n"
        "test accuracy against first, text by text\n"
        "run     difference                  better  worse  p\n"
        "second  -0.0500 [-0.0800, -0.0200]  10      15     <0.0001  worse\n"
        "\n"
        "second, changed from first\n"
        "  seed: 13 -> 7\n"
        "  collator.keep: not set -> both\n"
        "  version of torch: 2.13.0 -> 2.12.0\n"
        "  train.csv: abababab -> cdcdcdcd\n"
        "\n"
        "they disagree on 25 test texts, of which the first is\n"
        "row  gold   first  second\n"
        "7    World  World  Sports\n"
        "--disagreements FILE.csv writes them all\n"
        "\n"
        "note: 1 run has no validation scores and comes last\n"
    )


def test_twenty_runs_with_long_names_fit_on_a_terminal() -> None:
    names = [f"a-very-long-name-of-a-run-{number}" for number in range(20)]
    scores = dict.fromkeys(("accuracy", "f1_macro", "neg_negative_likelihood_ratio"), 0.5)
    many = {
        **COMPARED,
        "runs": [one(name, scores=scores) for name in names],
        "pairs": [pair(name) for name in names[1:]],
        "disagreements": {
            **COMPARED["disagreements"],
            "columns": ["row", "gold", *names],
            "first": [["7", "World", *["World"] * 20]],
        },
    }
    shown = text(many)
    tables = shown.split(", changed from ")[0]
    assert max(map(len, tables.splitlines())) <= 80
    assert "they disagree on 25 test texts; --disagreements FILE.csv writes them\n" in shown


def test_many_changes_are_counted() -> None:
    changes = {f"setting_{number}": [number, None] for number in range(14)}
    shown = text({**COMPARED, "pairs": [pair("second", settings=changes, files={}, versions={})]})
    assert "  setting_11: 11 -> not set\n  and 2 more, which --json and --html have\n" in shown


def test_runs_with_the_same_settings_and_predictions_say_so() -> None:
    same = pair("second", interval=None, p=1.0, settings={}, files={}, versions={})
    shown = text({**COMPARED, "pairs": [same], "disagreements": {"rows": 0, "columns": [], "first": []}})
    assert "second, changed from first\n  nothing\n\nthey give every test text the same label\n" in shown


@pytest.mark.parametrize("payload", HOSTILE, ids=ascii)
def test_a_value_adds_no_element_to_the_page(payload: str) -> None:
    hostile = copy.deepcopy(COMPARED)
    hostile["runs"][0] |= {"run": payload, "encoder": payload}
    hostile["pairs"][0] |= {"settings": {payload: [payload, None], "b": [1, 2]}, "run": payload}
    hostile["disagreements"] |= {"columns": [payload] * 4, "first": [[payload] * 4]}
    hostile["notes"] = [payload]
    assert Elements(compared_html(hostile)).found == Elements(compared_html(COMPARED)).found
    assert "\x1b" not in compared_html(hostile)
