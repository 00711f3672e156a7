"""`nlpkit audit` on files with planted faults."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said

LONG = "the price of crude oil went up on friday after the meeting in the capital of the north was called off"


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment whose test part has a train text, and a twin with another label."""
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"w{n} v{n} u{n},{'ab'[n % 2]}\n" for n in range(40))
    Path("train.csv").write_text(f'text,label\n{rows}"{LONG}",a\n"{LONG.upper()}",b\n', encoding="utf-8")
    Path("test.csv").write_text(f'text,label\n"{LONG}!",a\nnew words only,b\n', encoding="utf-8")
    Path("ours.toml").write_text(
        '[data]\ntype = "csv"\ntrain = "train.csv"\ntest = "test.csv"\n', encoding="utf-8"
    )
    return tmp_path


def test_it_prints_what_it_finds(nlpkit: Callable[..., Said], parts: Path) -> None:
    code, out, _ = nlpkit("audit", "ours.toml")
    assert code == 0
    assert "nearly the same as one before" in out
    assert "nothing found of: give aways, class shift, encoding" in " ".join(out.split())


def test_the_same_as_json(nlpkit: Callable[..., Said], parts: Path) -> None:
    document = json.loads(nlpkit("audit", "ours.toml", "--json").out)
    assert document["file"] == "ours.toml"
    assert document["facts"]["alike_test_rows"] == 1
    assert {row["part"] for row in document["near_duplicates"]} >= {"test"}


def test_rows_are_written_for_whoever_mends_them(nlpkit: Callable[..., Said], parts: Path) -> None:
    code, _, err = nlpkit("audit", "ours.toml", "--output", "wrong.csv")
    assert (code, err.splitlines()[-1]) == (0, "written to wrong.csv")
    with Path("wrong.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["problem"] for row in rows} >= {"near_duplicates", "conflicts"}
    assert next(row for row in rows if row["part"] == "test")["near_part"] in ("train", "valid")
    assert nlpkit("audit", "ours.toml", "--output", "wrong.csv").code == 2


@pytest.mark.parametrize("kinds", [["--fail-on", "leakage"], ["--fail-on", "class-shift,leakage"]])
def test_a_pipeline_fails_on_what_it_names(
    nlpkit: Callable[..., Said], parts: Path, kinds: list[str]
) -> None:
    code, out, err = nlpkit("audit", "ours.toml", *kinds)
    assert code == 6
    assert err.splitlines()[-1] == "error: 1 test or validation text is in train (--fail-on leakage)"
    assert out


def test_a_pipeline_goes_on_where_that_is_not_found(nlpkit: Callable[..., Said], parts: Path) -> None:
    assert nlpkit("audit", "ours.toml", "--fail-on", "encoding", "--fail-on", "give_aways").code == 0


def test_an_unknown_kind_is_refused_with_the_nearest(nlpkit: Callable[..., Said], parts: Path) -> None:
    code, _, err = nlpkit("audit", "ours.toml", "--fail-on", "leak")
    assert (code, err) == (2, "error: --fail-on 'leak' is not known\n  did you mean leakage?\n")


def test_files_that_cannot_be_read_are_refused_as_run_refuses_them(
    nlpkit: Callable[..., Said], parts: Path
) -> None:
    assert nlpkit("audit", "none.csv") == nlpkit("check", "none.csv")
    Path("empty.csv").write_text("text,label\n", encoding="utf-8")
    code, _, err = nlpkit("audit", "empty.csv")
    assert code == 3
    assert "error: empty.csv: there is a header and no row below it" in err
