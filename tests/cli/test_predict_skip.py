from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Model

GOOD = ["the coach praises the goalkeeper", "a chip, a laser"]


def test_a_line_that_is_no_json_is_left_out_and_told(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    lines = [json.dumps({"text": GOOD[0]}), "{broken", "[1]", '{"text": null}', json.dumps({"text": GOOD[1]})]
    Path("a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    line = ("predict", trained, "--input", "a.jsonl", "--text", "text")
    assert nlpkit(*line).code == 3
    code, out, err = nlpkit(*line, "--on-error", "skip")
    assert (code, out.splitlines()) == (0, model.predict(GOOD))
    assert err == "note: 3 records were left out, which cannot be read (lines 2, 3, 4)\n"
    assert nlpkit(*line, "--on-error", "skip", "--output", "new.jsonl").code == 0
    rows = [json.loads(each)["row"] for each in Path("new.jsonl").read_text("utf-8").splitlines()]
    assert rows == [1, 5]
    found = [json.loads(each) for each in Path("new.jsonl.errors.jsonl").read_text("utf-8").splitlines()]
    assert [each["record"] for each in found] == ["{broken", [1], {"text": None}]
    assert found[2]["reason"] == "'text' is null, not a string"


def test_a_null_in_parquet_is_left_out(trained: Path, nlpkit: Callable[..., Any]) -> None:
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(
        pa.table({"text": [GOOD[0], None, GOOD[1]]}), "a.parquet"
    )
    line = ("predict", trained, "--input", "a.parquet", "--text", "text", "--on-error", "skip")
    assert nlpkit(*line, "--output", "new.csv").code == 0
    assert [row.split(",")[0] for row in Path("new.csv").read_text("utf-8").splitlines()] == ["row", "1", "3"]
    [said] = map(json.loads, Path("new.csv.errors.jsonl").read_text("utf-8").splitlines())
    assert (said["row"], said["place"]) == (2, "a.parquet, row 2")


def test_where_nothing_is_wrong_there_is_no_side_file(trained: Path, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("text,id\nx,1\n", encoding="utf-8")
    line = ("predict", trained, "--input", "a.csv", "--header", "--text", "text", "--on-error", "skip")
    assert nlpkit(*line, "--output", "new.csv") == (0, "", "written to new.csv: 1 row\n")
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv", "new.csv"]


def test_where_everything_is_wrong_the_first_refusal_is_the_error(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("a.jsonl").write_text('{"title": "x"}\n{"title": "y"}\n', encoding="utf-8")
    line = ("predict", trained, "--input", "a.jsonl", "--text", "text", "--on-error", "skip")
    code, out, err = nlpkit(*line)
    assert (code, out) == (3, "")
    assert "error: a.jsonl:1: there is no key 'text'\n" in err
