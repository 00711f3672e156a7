from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import run
from tests.runs.quick import EXPERIMENT


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    run(EXPERIMENT, folder / "one")
    run(replace(EXPERIMENT, seed=7), folder / "two")
    return folder


@pytest.fixture
def runs(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(written, tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


def test_runs_are_compared_in_a_table(runs: Path, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("compare", "runs/one", "runs/two")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "2 runs on the same 20 test texts, sorted by validation accuracy"
    assert lines[2].split() == ["run", "validation", "accuracy", "test", "accuracy", "test", "f1_macro"]
    assert any(line.startswith("  seed: ") for line in lines)
    assert max(map(len, lines)) <= 80


def test_as_json_it_is_one_document(runs: Path, nlpkit: Callable[..., Any]) -> None:
    document = json.loads(nlpkit("compare", "runs/one", "runs/two", "--json").out)
    assert list(document) == ["texts", "runs", "pairs", "disagreements", "notes"]
    assert {each["folder"] for each in document["runs"]} == {"runs/one", "runs/two"}
    assert document["pairs"][0].keys() >= {"accuracy", "interval", "better", "worse", "p", "settings"}


def test_the_disagreements_are_written_to_a_file(runs: Path, nlpkit: Callable[..., Any]) -> None:
    code, _, err = nlpkit("compare", "runs/one", "runs/two", "--disagreements", "all.csv")
    assert (code, err) == (0, "written to all.csv\n")
    with Path("all.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert sorted(head[2:]) == ["one", "two"]
    document = json.loads(nlpkit("compare", "runs/one", "runs/two", "--json").out)
    assert len(rows) == document["disagreements"]["rows"] > 0
    assert all(row[2] != row[3] for row in rows)


def test_the_page_has_all_of_it_and_nothing_from_elsewhere(runs: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("compare", "runs/one", "runs/two", "--html", "page.html").err == "written to page.html\n"
    page = Path("page.html").read_text(encoding="utf-8")
    assert "<h1>2 runs compared</h1>" in page
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in page
    assert "http:" not in page.replace("http-equiv", "")
    assert "<script" not in page


def test_files_that_exist_are_not_written_over(runs: Path, nlpkit: Callable[..., Any]) -> None:
    Path("page.html").write_text("mine", encoding="utf-8")
    code, out, err = nlpkit("compare", "runs/one", "runs/two", "--html", "page.html")
    assert (code, out) == (2, "")
    assert "page.html" in err
    assert Path("page.html").read_text(encoding="utf-8") == "mine"


def test_one_run_is_too_few(runs: Path, nlpkit: Callable[..., Any]) -> None:
    code, _, err = nlpkit("compare", "runs/one")
    assert (code, err) == (
        2,
        "error: name two run folders or more\n  for example: nlpkit compare runs/lstm runs/bigrams\n",
    )


def test_what_is_no_run_folder_is_refused_in_a_line(runs: Path, nlpkit: Callable[..., Any]) -> None:
    Path("empty").mkdir()
    assert nlpkit("compare", "runs/one", "empty") == (
        3,
        "",
        "error: empty: there is no scores.json here: a run folder is expected, which nlpkit run writes\n",
    )
