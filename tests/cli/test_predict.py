from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nlpkit as nlpkit_package
from nlpkit import Labels, Model, load

TEXTS = ["the coach praises the goalkeeper", "the minister meets the senate", "a chip, a laser", ""]
BLANK = "note: 1 text is blank, so its class means nothing (row 4)\n"


def test_each_text_is_answered_with_its_label(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    assert nlpkit("predict", trained, *TEXTS) == (0, "\n".join(model.predict(TEXTS)) + "\n", BLANK)
    assert nlpkit("predict", trained, *TEXTS[:3]).err == ""


def test_probabilities_and_json_say_how_likely_each_class_is(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    found = model.probabilities(TEXTS)
    _, out, err = nlpkit("predict", trained, *TEXTS, "--probabilities")
    rows = [line.split("\t") for line in out.splitlines()]
    assert err == "\t".join(["label", *model.labels.names]) + "\n" + BLANK
    assert [row[0] for row in rows] == model.predict(TEXTS)
    assert [row[1:] for row in rows] == [[f"{chance:.4f}" for chance in row] for row in found]
    documents = [json.loads(line) for line in nlpkit("predict", trained, *TEXTS, "--json").out.splitlines()]
    assert [document["label"] for document in documents] == model.predict(TEXTS)
    assert list(documents[0]["probabilities"]) == list(model.labels.names)
    assert list(documents[0]["probabilities"].values()) == pytest.approx(found[0], rel=1e-5)


def test_a_text_is_answered_the_same_alone_and_beside_others(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    together = nlpkit("predict", trained, *TEXTS, "word " * 700, "--probabilities").out.splitlines()
    alone = [nlpkit("predict", trained, text, "--probabilities").out.strip() for text in TEXTS]
    assert together[: len(TEXTS)] == alone


@pytest.mark.parametrize(
    "text", ["", " ", "\udcff\udc80", "\u202etxet", "<pad> <unk>", "🗞" * 1000, "--", "a\nb"]
)
def test_any_text_has_an_answer(text: str, trained: Path, model: Model, nlpkit: Callable[..., Any]) -> None:
    code, out, _ = nlpkit("predict", trained, "--", text)
    assert code == 0
    assert out.strip() in model.labels.names


def test_output_is_a_new_file_with_a_row_for_each_text(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    assert nlpkit("predict", trained, *TEXTS, "--output", "deep/er/a.csv") == (
        0,
        "",
        f"{BLANK}written to deep/er/a.csv: {len(TEXTS)} rows\n",
    )
    with Path("deep/er/a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"row": str(row), "label": name, "note": "" if TEXTS[row - 1] else "blank"}
        for row, name in enumerate(model.predict(TEXTS), 1)
    ]
    assert nlpkit("predict", trained, *TEXTS, "--output", "b.csv", "--probabilities").code == 0
    head = Path("b.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head == ",".join(["row", "label", *(f"probability:{name}" for name in model.labels.names), "note"])


def test_an_output_that_exists_or_cannot_be_is_refused(
    trained: Path, nlpkit: Callable[..., Any], tree_of: Callable[[Path], Any]
) -> None:
    Path("mine.csv").write_text("mine", encoding="utf-8")
    before = tree_of(Path())
    assert nlpkit("predict", trained, "a", "--output", "mine.csv") == (
        2,
        "",
        "error: mine.csv: this file exists, and nothing is ever overwritten\n  give another --output\n",
    )
    assert nlpkit("predict", trained, "a", "--output", "mine.csv/b.csv").code == 2
    assert nlpkit("predict", trained, "--output", "new/c.csv", stdin=b"good\nb\xff").code == 3
    assert tree_of(Path()) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            ["a text", "--input", "x.csv"],
            "error: both texts and --input are given\n  give one or the other\n",
        ),
        (
            ["a text", "--text", "title"],
            "error: --text is for files, and no file is read\n  give a file with --input\n",
        ),
        (
            ["--input", "-", "--no-header"],
            "error: --header is not for one text per line, which stdin has\n"
            "  say what else it has, for example with --format csv\n",
        ),
        (
            ["--input", "-", "--encoding", "utf-99"],
            "error: encoding: 'utf-99' is not the name of a text encoding",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    line: list[str], said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("predict", trained, *line, stdin=b"a\n")
    assert (code, out) == (2, "")
    assert err.startswith(said)


def test_a_label_that_a_table_must_quote_is_quoted(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(trained)
    names = ['a "good", one', "two\nlines", *map(str, range(len(model.labels) - 2))]
    odd = replace(model, labels=Labels(names))
    monkeypatch.setattr("nlpkit.models.saved.load", lambda folder: odd)
    assert nlpkit("predict", trained, *TEXTS, "--output", "odd.csv", "--probabilities").code == 0
    with Path("odd.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == odd.predict(TEXTS)
    assert list(rows[0]) == ["row", "label", *(f"probability:{name}" for name in names), "note"]
    chances = [[float(row[f"probability:{name}"]) for name in names] for row in rows]
    assert chances == pytest.approx(odd.probabilities(TEXTS), rel=1e-5)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_an_answer_that_finds_no_room_is_exit_code_1(trained: Path, program: Callable[..., Any]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = program("predict", trained, "a text", stdout=full)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err == b"error: cannot write to standard output: No space left on device\n"


LOADED = """
import sys
from nlpkit.cli.main import outcome
assert outcome(sys.argv[1:]) == 0
print(*sorted(set(sys.modules)), file=sys.stderr)
"""


def test_predicting_loads_what_it_needs(trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text\nthe coach\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(nlpkit_package.__file__).parents[1])}
    for line in (["a text"], ["--input", str(file), "--output", "new.csv"]):
        ran = subprocess.run(
            [sys.executable, "-c", LOADED, "predict", str(trained), *line],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert ran.returncode == 0, ran.stderr
        modules = set(ran.stderr.split())
        assert "torch" in modules
        # torch's compiler takes longer to import than torch
        assert not modules & {
            *("pyarrow", "sklearn", "scipy", "pandas", "rich", "jinja2", "pooch", "nlpkit.runs.run"),
            *("sympy", "torch._dynamo", "torch._inductor"),
        }


def test_a_model_that_is_not_there_is_exit_code_3_with_the_nearest(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, _, err = nlpkit("predict", trained.with_name("headline"), "a")
    assert code == 3
    assert "there is no such run folder\n" in err
    assert f"did you mean {trained}?" in err


@pytest.mark.parametrize("form", [(), ("--json",), ("--output", "new.csv")])
def test_probabilities_that_are_not_numbers_are_no_answer(
    form: tuple[str, ...], overflowing: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("predict", overflowing, "the coach", *form)
    assert (code, out) == (3, "")
    assert err.startswith(f"error: {overflowing}: the model gives probabilities that are not numbers\n")
    assert not Path("new.csv").exists()
