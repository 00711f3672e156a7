from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Model, load
from nlpkit.data.reading.layout import CsvLayout, JsonlLayout, Layout

TEXTS = ["the coach praises the goalkeeper", "the minister meets the senate", "a chip, a laser", ""]


FILES = {
    "csv": 'label,text\nx,{0}\nx,{1}\nx,"{2}"\n',
    "tsv": "label\ttext\nx\t{0}\nx\t{1}\nx\t{2}\n",
    "jsonl": '{{"text": "{0}"}}\n{{"text": "{1}"}}\n{{"text": "{2}"}}\n',
    "fasttext": "__label__x {0}\n__label__x {1}\n__label__x {2}\n",
    "txt": "{0}\n{1}\n{2}\n",
}


@pytest.mark.parametrize("ending", FILES)
def test_a_file_of_any_format_is_answered_row_by_row(
    ending: str, trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    file = Path(f"texts.{ending}")
    file.write_text(FILES[ending].format(*TEXTS), encoding="utf-8")
    code, out, _ = nlpkit("predict", trained, "--input", file, "--format", ending)
    assert (code, out.splitlines()) == (0, model.predict(TEXTS[:3]))


def test_columns_are_named_or_numbered(trained: Path, model: Model, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("title;story\nthe coach;praises\n", encoding="utf-8")
    options = ("--input", "a.csv", "--delimiter", ";", "--header")
    for columns in (["title", "story"], ["0", "1"]):
        line = [part for column in columns for part in ("--text", column)]
        assert nlpkit("predict", trained, *options, *line).out.splitlines() == model.predict(
            ["the coach praises"]
        )
    code, _, err = nlpkit("predict", trained, *options, "--text", "titel")
    assert code == 3
    assert "the header has no column 'titel'\n  did you mean title?" in err
    Path("b.csv").write_text("title\ttext\na\tthe coach\n", encoding="utf-8")
    assert nlpkit("predict", trained, "--input", "b.csv", "--delimiter", "\\t").code == 0


@pytest.mark.parametrize(
    ("layout", "line", "hint"),
    [
        (
            CsvLayout(text=("title", "body")),
            [],
            "the model was trained on the columns 'title', 'body': name what this file has instead",
        ),
        (
            JsonlLayout(text="title"),
            [],
            "the model was trained on the column 'title': name ",
        ),
        (None, [], "name the column with --text; known: headline, id; where there is no header, "),
        (CsvLayout(text="title"), ["--text", "titel"], "known: headline, id; where there is no header, "),
        (
            CsvLayout(text="id"),
            ["--id", "title", "--json"],
            "known: headline, id; where there is no header, ",
        ),
        (
            CsvLayout(text=(0, 5), header=False),
            [],
            "the model was trained on the columns '0', '5': name what ",
        ),
    ],
)
def test_a_column_that_is_not_there_is_told_with_where_its_name_comes_from(
    layout: Layout | None,
    line: list[str],
    hint: str,
    trained: Path,
    nlpkit: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = replace(load(trained), layout=layout)
    monkeypatch.setattr("nlpkit.models.saved.load", lambda folder: model)
    Path("a.csv").write_text("id,headline\n1,oil\n", encoding="utf-8")
    refusals = [
        nlpkit("predict", trained, *source, *line, stdin=b"id,headline\n1,oil\n")
        for source in (["--input", "a.csv"], ["--input", "-", "--format", "csv"])
    ]
    for (code, out, err), name in zip(refusals, ("a.csv", "standard input"), strict=True):
        assert (code, out) == (3, "")
        assert err.startswith(f"error: {name}:1: the")
        assert err.splitlines()[1].strip().startswith(hint.strip())


def rows_file(rows: int, tail: str = "") -> Path:
    path = Path("rows.csv")
    texts = "".join(f'{row},"{TEXTS[row % len(TEXTS)]}"\n' for row in range(rows))
    path.write_text(f"id,text\n{texts}{tail}", encoding="utf-8")
    return path


@pytest.mark.parametrize("options", [[], ["--probabilities"], ["--json"]])
def test_a_file_is_answered_the_same_by_any_number_of_workers(
    options: list[str], trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ["predict", trained, "--input", rows_file(50), "--header", "--delimiter", ",", *options]
    whole = nlpkit(*line)
    assert (whole.code, whole.out.count("\n")) == (0, 50)
    head = "label\tBusiness\tSci/Tech\tSports\tWorld\n" if "--probabilities" in options else ""
    assert whole.err.startswith(f"{head}note: 12 texts are blank")
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", 8)
    found = [nlpkit(*line, "--workers", workers) for workers in ("1", "2", "5")]
    assert found[0] == found[1] == found[2] == whole
    ending = "jsonl" if options == ["--json"] else "csv"
    for workers in ("1", "3"):
        assert nlpkit(*line, "--workers", workers, "--output", f"{workers}.{ending}").code == 0
    assert Path(f"1.{ending}").read_bytes() == Path(f"3.{ending}").read_bytes()
    assert nlpkit(*line, "--workers", "0").code == 2


def test_a_bad_row_far_below_leaves_no_file(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tree_of: Callable[..., Any]
) -> None:
    file = rows_file(3000, tail="one,two,three\n")
    before = tree_of(Path())
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", 100)
    line = ["predict", trained, "--input", file, "--workers", "2"]
    code, out, err = nlpkit(*line, "--output", "new.csv")
    assert (code, out) == (3, "")
    assert err.startswith("error: rows.csv:3002: this row has 3 columns, not 2 like the first one\n")
    assert tree_of(Path()) == before
    code, out, _ = nlpkit(*line)
    assert (code, out.count("\n") % 100) == (3, 0)  # rows that were read are answered, as those of a stream


def gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_signal_in_the_middle_of_a_file_leaves_no_process(
    trained: Path, program: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = rows_file(60_000)
    process = program("predict", trained, "--input", file, "--workers", "3", start_new_session=True)
    assert process.stdout.readline()  # the rest is more than a pipe holds
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (130, b"interrupted: nothing unfinished was kept\n")
    assert gone(process.pid)


def test_who_has_read_enough_of_a_file_ends_it_without_a_word(
    trained: Path, program: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = ("predict", trained, "--input", rows_file(60_000), "--workers", "3")
    with program(*line, start_new_session=True) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert (process.wait(timeout=120), process.stderr.read()) == (0, b"")
    assert gone(process.pid)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--text", "9" * 5000), 3, "error: a.csv:1: the header has no column '999"),
        (("--delimiter", ""), 2, "error: delimiter: '' is not one character that can stand between cells\n"),
    ],
)
def test_options_that_no_file_can_have_are_refused_briefly(
    options: tuple[str, str], code: int, said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("a.csv").write_text("text,label\na,b\n", encoding="utf-8")
    refused = nlpkit("predict", trained, "--input", "a.csv", *options)
    assert (refused.code, refused.out) == (code, "")
    assert refused.err.startswith(said)
    assert len(refused.err) < 1000
