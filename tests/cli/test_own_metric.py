"""The metric of a plugin on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import load_plugins
from tests.scoring.test_own_metric import plugins as plugins

SMALL = """
data = {type = "headlines", train_size = 60, valid_size = 8, test_size = 8}
encoder = "embedding_mean"
trainer = {type = "standard", epochs = 1}
"""


@pytest.mark.usefixtures("plugins")
def test_it_is_a_bar_and_is_asked_for_by_name(nlpkit: Callable[..., Any]) -> None:
    Path("x.toml").write_text(SMALL, encoding="utf-8")
    assert nlpkit("run", "x.toml", "--min", "top-two=0", "--folder", "one").code == 0
    refused = {
        "top-two=1.1": "no top_two is above 1\n  for example: --min accuracy=0.9",
        "mean_cost=1": "lower values of mean_cost are better",
        "top_to=1": "'top_to' is not a metric; did you mean top-two?",
    }
    for bar, said in refused.items():
        code, _, err = nlpkit("run", "x.toml", "--min", bar, "--folder", "two")
        assert (code, err) == (2, f"error: --min {bar}: {said}\n")
    Path("new.csv").write_text("text,label\noil fell,Business\nthey won,Sports\n", encoding="utf-8")
    code, out, err = nlpkit("evaluate", "one", "new.csv", "--metric", "mean_cost", "--min", "top_two=0")
    assert code == 0, err
    assert "mean_cost" in out
    assert "top_two" in out
    code, _, err = nlpkit("evaluate", "one", "new.csv", "--metric", "meancost")
    assert (code, err) == (2, "error: --metric 'meancost' is not a metric; did you mean mean_cost?\n")


def test_those_of_the_box_are_listed_with_all_others(nlpkit: Callable[..., Any]) -> None:
    code, out, _ = nlpkit("components", "metric")
    assert code == 0
    assert "f1_macro" in out
    assert len(load_plugins().names("metric")) >= 35
