from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import run
from tests.runs.quick import EXPERIMENT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run(EXPERIMENT, tmp_path / "run")
    return tmp_path / "run"


def test_the_command_writes_it_and_says_where(
    folder: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert nlpkit("report", "run") == (0, "written to run/report.html\n", "")
    code, out, _ = nlpkit("report", "run", "--output", "page.html", "--json")
    assert (code, json.loads(out)) == (0, {"run": "run", "report": "page.html"})
    code, _, err = nlpkit("report", "run", "--output", "page.html")
    assert (code, "this file exists, and nothing is ever overwritten" in err) == (2, True)
    code, _, err = nlpkit("report", "nowhere")
    assert (code, err) == (
        3,
        "error: nowhere: there is no such folder: a run folder is expected, which nlpkit run writes\n",
    )
