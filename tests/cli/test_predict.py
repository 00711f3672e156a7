from __future__ import annotations

import csv
import json
import os
import signal
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


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    return load(trained)


def test_each_text_is_answered_with_its_label(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    assert nlpkit("predict", trained, *TEXTS) == (0, "\n".join(model.predict(TEXTS)) + "\n", "")


def test_probabilities_and_json_say_how_likely_each_class_is(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    found = model.probabilities(TEXTS)
    rows = [
        line.split("\t") for line in nlpkit("predict", trained, *TEXTS, "--probabilities").out.splitlines()
    ]
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


def test_stdin_is_a_text_a_line(trained: Path, model: Model, nlpkit: Callable[..., Any]) -> None:
    lines = "".join(f"{text}\r\n" for text in TEXTS).encode() + "un thé glacé".encode()
    expected = model.predict([*TEXTS, "un thé glacé"])
    for arguments in ([], ["--input", "-"]):
        assert nlpkit("predict", trained, *arguments, stdin=lines) == (0, "\n".join(expected) + "\n", "")
    latin = nlpkit("predict", trained, "--encoding", "latin-1", stdin="thé".encode("latin-1"))
    assert latin.out.splitlines() == model.predict(["thé"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "error: standard input: nothing came in\n"),
        (b"good\nb\xffd\n", "error: standard input:2: byte 0xff at offset 6 is not UTF-8\n"),
        (b"good\nfine\nb\0d\n", "error: standard input:3: a NUL character, which no text has"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "error: standard input:1: a NUL character"),
        (b"\xff\xfeh\0i\0", "error: standard input:1: this is UTF-16 by its byte-order mark"),
        (b"x" * 1_000_001, "error: standard input:1: more than 1,000,000 characters in one text\n"),
    ],
)
def test_a_stream_that_is_no_text_is_exit_code_3(
    content: bytes, said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("predict", trained, "--input", "-", stdin=content)
    assert (code, out) == (3, "")
    assert err.startswith(said)


def test_bytes_that_are_no_text_may_be_replaced(trained: Path, nlpkit: Callable[..., Any]) -> None:
    code, out, _ = nlpkit("predict", trained, "--errors", "replace", stdin=b"b\xffd\nn\0l\n")
    assert (code, out.count("\n")) == (0, 2)


@pytest.mark.parametrize(
    "text", ["", " ", "\udcff\udc80", "\u202etxet", "<pad> <unk>", "🗞" * 1000, "--", "a\nb"]
)
def test_any_text_has_an_answer(text: str, trained: Path, model: Model, nlpkit: Callable[..., Any]) -> None:
    code, out, _ = nlpkit("predict", trained, "--", text)
    assert code == 0
    assert out.strip() in model.labels.names


def test_a_text_of_a_million_characters_is_one_text(trained: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("predict", trained, stdin=b"x" * 1_000_000 + b"\n").out.count("\n") == 1


def test_output_is_a_new_file_with_a_row_for_each_text(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    assert nlpkit("predict", trained, *TEXTS, "--output", "deep/er/a.csv") == (0, "", "")
    with Path("deep/er/a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"row": str(row), "label": name} for row, name in enumerate(model.predict(TEXTS), 1)]
    assert nlpkit("predict", trained, *TEXTS, "--output", "b.csv", "--probabilities").code == 0
    head = Path("b.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head == ",".join(["row", "label", *(f"probability:{name}" for name in model.labels.names)])
    assert nlpkit("predict", trained, *TEXTS, "--output", "c.jsonl", "--json").code == 0
    lines = Path("c.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["label"] for line in lines] == model.predict(TEXTS)


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
        (["a text", "--input", "x.csv"], "error: texts and --input are given\n  give one of them\n"),
        (
            ["a text", "--text", "title"],
            "error: --text is for files, and none is read\n  give one with --input\n",
        ),
        (["--input", "-", "--no-header"], "error: --header is for files, and none is read\n"),
        (["--input", "-", "--encoding", "utf-99"], "error: 'utf-99' is not the name of a text encoding"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    line: list[str], said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("predict", trained, *line, stdin=b"a\n")
    assert (code, out) == (2, "")
    assert err.startswith(said)


def rows_file(rows: int, tail: str = "") -> Path:
    path = Path("rows.csv")
    texts = "".join(f'{row},"{TEXTS[row % len(TEXTS)]}"\n' for row in range(rows))
    path.write_text(f"id,text\n{texts}{tail}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("texts", "chars", "sizes"), [(99, 4, [2, 2, 1]), (99, 5, [2, 2, 1]), (99, 6, [3, 2]), (2, 99, [2, 2, 1])]
)
def test_lines_that_come_at_once_are_answered_in_bounded_memory(
    texts: int,
    chars: int,
    sizes: list[int],
    trained: Path,
    nlpkit: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nlpkit.cli.predict.STREAM_TEXTS", texts)
    monkeypatch.setattr("nlpkit.cli.predict.STREAM_CHARS", chars)
    answered: list[int] = []
    real = Model.probabilities

    def noted(model: Model, lines: list[str], **options: Any) -> Any:
        answered.append(len(lines))
        return real(model, lines, **options)

    monkeypatch.setattr(Model, "probabilities", noted)
    code, out, _ = nlpkit("predict", trained, stdin=b"cat\n" * 5)
    assert (code, out.count("\n"), answered) == (0, 5, sizes)


@pytest.mark.parametrize("options", [[], ["--probabilities"], ["--json"]])
def test_a_file_is_answered_the_same_by_any_number_of_workers(
    options: list[str], trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ["predict", trained, "--input", rows_file(50), "--header", "--delimiter", ",", *options]
    whole = nlpkit(*line)
    assert (whole.code, whole.out.count("\n"), whole.err) == (0, 50, "")
    monkeypatch.setattr("nlpkit.models.model.PIECE_TEXTS", 8)
    found = [nlpkit(*line, "--workers", workers) for workers in ("1", "2", "5")]
    assert found[0] == found[1] == found[2] == whole
    for workers in ("1", "3"):
        assert nlpkit(*line, "--workers", workers, "--output", f"{workers}.txt").code == 0
    assert Path("1.txt").read_bytes() == Path("3.txt").read_bytes()
    assert nlpkit(*line, "--workers", "0").code == 2


def test_a_bad_row_far_below_leaves_no_file(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tree_of: Callable[..., Any]
) -> None:
    file = rows_file(3000, tail="one,two,three\n")
    before = tree_of(Path())
    monkeypatch.setattr("nlpkit.models.model.PIECE_TEXTS", 100)
    line = ["predict", trained, "--input", file, "--workers", "2"]
    code, out, err = nlpkit(*line, "--output", "new.csv")
    assert (code, out) == (3, "")
    assert err.startswith("error: rows.csv:3002: this row has 3 columns, not 2 like the first one\n")
    assert tree_of(Path()) == before
    code, out, _ = nlpkit(*line)
    assert (code, out.count("\n") % 100) == (3, 0)  # rows that were read are answered, as those of a stream


def test_a_label_that_a_table_must_quote_is_quoted(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(trained)
    names = ['a "good", one', "two\nlines", *map(str, range(len(model.labels) - 2))]
    odd = replace(model, labels=Labels(names))
    monkeypatch.setattr("nlpkit.models.bundle.load", lambda folder: odd)
    assert nlpkit("predict", trained, *TEXTS, "--output", "odd.csv", "--probabilities").code == 0
    with Path("odd.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == odd.predict(TEXTS)
    assert list(rows[0]) == ["row", "label", *(f"probability:{name}" for name in names)]
    chances = [[float(row[f"probability:{name}"]) for name in names] for row in rows]
    assert chances == pytest.approx(odd.probabilities(TEXTS), rel=1e-5)


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
    assert (process.returncode, err) == (130, b"interrupted: nothing half-done was kept\n")
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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_an_answer_that_finds_no_room_is_exit_code_1(trained: Path, program: Callable[..., Any]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = program("predict", trained, "a text", stdout=full)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err == b"error: standard output cannot be written: No space left on device\n"


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
            *("sklearn", "scipy", "pandas", "rich", "jinja2", "pooch", "nlpkit.runs.run"),
            *("sympy", "torch._dynamo", "torch._inductor"),
        }


def test_a_terminal_is_not_waited_for(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    code, _, err = nlpkit("predict", trained)
    assert code == 2
    assert err == f'error: no text is given\n  for example: nlpkit predict {trained} "a text"\n'


def test_a_model_that_is_not_there_is_exit_code_3_with_the_nearest(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, _, err = nlpkit("predict", trained.with_name("headline"), "a")
    assert code == 3
    assert "there is no such run folder\n" in err
    assert "did you mean headlines?" in err


def test_a_stream_is_answered_as_it_comes_and_ends_with_a_signal(
    trained: Path, model: Model, program: Callable[..., Any]
) -> None:
    process = program("predict", trained, "--input", "-", bufsize=0)
    for lines in (["a lone line"], ["the coach"] * 64, ["another lone line"]):
        process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        answers = [process.stdout.readline().decode().strip() for _ in lines]
        assert answers == model.predict(lines)
    process.stdin.write(b"half a li")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, b"")
    assert err.splitlines()[-1] == b"interrupted: nothing half-done was kept"
