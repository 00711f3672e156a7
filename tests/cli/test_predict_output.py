from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Model

TEXTS = ["the coach praises the goalkeeper", " \u200b", "a chip, a laser"]
ENDINGS = ".csv .tsv .jsonl .ndjson .parquet .arrow"


@pytest.fixture
def news() -> Path:
    """Three rows, the second of which is blank."""
    file = Path("news.jsonl")
    rows = [{"text": text, "id": f"n{row}", "more": row} for row, text in enumerate(TEXTS)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


BLANK_NOTE = "note: 1 text is blank, so its class means nothing (row 2)\n"


@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("tsv", "\t"), ("CSV", ",")])
def test_the_ending_says_which_table_is_written(
    ending: str, delimiter: str, trained: Path, model: Model, nlpkit: Callable[..., Any], news: Path
) -> None:
    line = ("--input", news, "--output", f"new.{ending}", "--id", "id", "--keep", "more")
    said = f"{BLANK_NOTE}written to new.{ending}: 3 rows\n"
    assert nlpkit("predict", trained, *line) == (0, "", said)

    with Path(f"new.{ending}").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))
    labels = model.predict(TEXTS)
    assert rows == [
        ["row", "id", "more", "label", "note"],
        ["1", "n0", "0", labels[0], ""],
        ["2", "n1", "1", labels[1], "blank"],
        ["3", "n2", "2", labels[2], ""],
    ]


@pytest.mark.parametrize("ending", ["jsonl", "ndjson"])
@pytest.mark.parametrize("options", [[], ["--json"], ["--probabilities"]])
def test_a_file_of_json_lines_has_what_json_prints(
    ending: str, options: list[str], trained: Path, nlpkit: Callable[..., Any], news: Path
) -> None:
    line = ("predict", trained, "--input", news, "--id", "id")
    said = f"{BLANK_NOTE}written to new.{ending}: 3 rows\n"
    assert nlpkit(*line, "--output", f"new.{ending}", *options) == (0, "", said)
    written = Path(f"new.{ending}").read_text(encoding="utf-8")
    assert nlpkit(*line, "--json") == (0, written, BLANK_NOTE)
    found = [json.loads(each) for each in written.splitlines()]
    assert [(each["row"], each["id"], each.get("note")) for each in found] == [
        (1, "n0", None),
        (2, "n1", "blank"),
        (3, "n2", None),
    ]


def test_parquet_has_typed_columns(
    trained: Path, model: Model, nlpkit: Callable[..., Any], news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("nlpkit.predicting.parquet.GROUP_ROWS", 2)
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", 1)
    line = ("--input", news, "--id", "id", "--keep", "more", "--workers", "1")
    assert nlpkit("predict", trained, *line, "--probabilities", "--output", "new.parquet").code == 0

    file = parquet.ParquetFile("new.parquet")
    found = file.read().to_pydict()
    chances = [found.pop(f"probability:{name}") for name in model.labels.names]
    assert found == {
        "row": [1, 2, 3],
        "id": ["n0", "n1", "n2"],
        "more": ["0", "1", "2"],
        "label": model.predict(TEXTS),
        "note": [None, "blank", None],
    }
    assert list(map(list, zip(*chances, strict=True))) == model.probabilities(TEXTS).tolist()
    assert file.num_row_groups == 2
    assert str(file.schema_arrow.field("row").type) == "int64"


def test_parquet_without_pyarrow_is_exit_code_4_before_anything_is_read(
    nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert nlpkit("predict", "no-run", "a", "--output", "new.parquet") == (
        4,
        "",
        "error: a .parquet file needs pyarrow\n  install it with: pip install 'nlpkit-toolkit[arrow]'\n",
    )


def test_a_bad_row_leaves_no_parquet_file(
    trained: Path, nlpkit: Callable[..., Any], tree_of: Callable[[Path], Any]
) -> None:
    pytest.importorskip("pyarrow")
    Path("a.csv").write_text("text,id\nx,1\ny\n", encoding="utf-8")
    before = tree_of(Path())
    assert nlpkit("predict", trained, "--input", "a.csv", "--output", "deep/new.parquet").code == 3
    assert tree_of(Path()) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            ["--output", "a.xlsx"],
            f"a.xlsx: the ending '.xlsx' says no format to write\n  end the name in one of {ENDINGS}",
        ),
        (["--output", "a"], f"a: the name has no ending\n  end the name in one of {ENDINGS}"),
        (
            ["--output", "a.csv.gz"],
            "a.csv.gz: predictions are not written packed, as .gz says\n"
            f"  write one of {ENDINGS}, and pack it afterwards",
        ),
        (
            ["--json", "--output", "a.csv"],
            "a.csv: --json contradicts --output, which says csv\n"
            "  leave out --json, or end the name in .jsonl",
        ),
        (
            ["--id", "id"],
            "--id has no place in an output of one class name per line\n"
            "  write to a file with --output, or print JSON with --json",
        ),
        (
            ["--keep", "id", "--probabilities"],
            "--keep has no place in an output of one class name per line\n",
        ),
        (
            ["--keep", "label", "--json"],
            "the output has a 'label' of its own, so the column cannot be kept under that name\n"
            "  rename the column in the input",
        ),
        (["--keep", "note", "--output", "a.tsv"], "the output has a 'note' of its own"),
        (["--id", "row", "--output", "a.parquet"], "the output has a 'row' of its own"),
        (["--id", "probabilities", "--json"], "the output has a 'probabilities' of its own"),
        (
            ["--id", "probability:Sports", "--probabilities", "--output", "a.csv"],
            "the output has a 'probability:Sports' of its own",
        ),
        (["--id", "id", "--keep", "id", "--json"], "the column 'id' is kept twice\n  name it once"),
        (
            ["--id", "id", "--json", "--format", "txt"],
            "txt has no columns to keep\n  --id and --keep are for csv, tsv, jsonl, json, parquet and arrow",
        ),
    ],
)
def test_outputs_that_cannot_be_are_refused_and_nothing_is_written(
    line: list[str], said: str, trained: Path, nlpkit: Callable[..., Any], tree_of: Callable[[Path], Any]
) -> None:
    Path("a.tsv.in").write_text("id\ttext\n1\toil\n", encoding="utf-8")
    before = tree_of(Path())
    code, out, err = nlpkit("predict", trained, "--input", "a.tsv.in", "--format", "tsv", *line)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {said}")
    assert tree_of(Path()) == before


def test_columns_of_arguments_are_refused(trained: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("predict", trained, "a text", "--id", "id", "--json") == (
        2,
        "",
        "error: --id is for files, and no file is read\n  give a file with --input\n",
    )


def test_a_column_is_kept_by_its_number_under_that_number(trained: Path, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("7,oil\n8,art\n", encoding="utf-8")
    line = ("--no-header", "--text", "1", "--id", "0", "--json")
    out = nlpkit("predict", trained, "--input", "a.csv", *line).out
    assert [json.loads(each)["0"] for each in out.splitlines()] == ["7", "8"]


def test_a_kept_column_that_is_not_there_is_refused_by_line(
    trained: Path, nlpkit: Callable[..., Any], news: Path
) -> None:
    assert nlpkit("predict", trained, "--input", news, "--keep", "mroe", "--json") == (
        3,
        "",
        "error: news.jsonl:1: there is no key 'mroe'\n  did you mean more?\n",
    )


def test_kept_columns_stay_beside_their_texts_for_any_number_of_workers(
    trained: Path, model: Model, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{TEXTS[row % 3]} {'the ' * (row % 7)}" if row % 5 else "" for row in range(200)]
    rows = "".join(f'{row},"{text}"\n' for row, text in enumerate(texts))
    Path("a.csv").write_text(f"id,text\n{rows}", encoding="utf-8")
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", 16)
    monkeypatch.setattr("nlpkit.data.reading.tables.table.PIECE_ROWS", 11)
    for workers in ("1", "3"):
        output = f"{workers}.csv"
        line = ("--input", "a.csv", "--id", "id", "--workers", workers, "--output", output)
        said = nlpkit("predict", trained, *line)
        assert said.err == (
            "note: 48 texts are blank, so their classes mean nothing (rows 1, 6, 8 and 45 more)\n"
            f"written to {workers}.csv: 200 rows\n"
        )
        with Path(output).open(encoding="utf-8", newline="") as file:
            found = [(row["row"], row["id"], row["label"], row["note"]) for row in csv.DictReader(file)]
        labels = model.predict(texts)
        notes = ["blank" if not text.strip(" \u200b") else "" for text in texts]
        assert notes.count("blank") == 48
        assert found == [
            (str(row + 1), str(row), label, mark)
            for row, (label, mark) in enumerate(zip(labels, notes, strict=True))
        ]
