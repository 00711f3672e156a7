from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_a_bar_that_is_not_met_is_exit_code_6_and_the_run_is_kept(
    tiny: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("run", tiny, "--min", "f1_macro=1", "--min", "accuracy=0", "--json")
    assert code == 6
    assert err.splitlines()[-1].startswith("error: f1_macro is 0.")
    assert err.endswith(", and --min asks for 1\n")
    assert "f1_macro" in json.loads(out)["scores"]
    assert Path("runs/tiny/report.html").is_file()


@pytest.mark.parametrize(
    ("bar", "said"),
    [
        ("acuracy=1", "error: --min acuracy=1: 'acuracy' is not a metric; did you mean accuracy?\n"),
        ("log_loss=1", "error: --min log_loss=1: lower values of log_loss are better; use neg_log_loss\n"),
        ("accuracy=", "error: --min accuracy=: '' is not a number\n  for example: --min accuracy=0.9\n"),
        ("0.9", "error: --min '0.9' is not METRIC=VALUE\n  for example: --min accuracy=0.9\n"),
        ("accuracy", "error: --min 'accuracy' is not METRIC=VALUE\n  for example: --min accuracy=0.9\n"),
        (
            "accuracy=nan",
            "error: --min accuracy=nan: 'nan' is not a number\n  for example: --min accuracy=0.9\n",
        ),
        ("f1=90", "error: --min f1=90: no f1 is above 1\n  for example: --min accuracy=0.9\n"),
        (
            "neg_log_loss=0.1",
            "error: --min neg_log_loss=0.1: no neg_log_loss is above 0\n  for example: --min accuracy=0.9\n",
        ),
    ],
)
def test_a_bar_that_makes_no_sense_is_refused(
    bar: str, said: str, tiny: Path, nlpkit: Callable[..., Any]
) -> None:
    assert nlpkit("run", tiny, "--min", bar) == (2, "", said)
