from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Model, load
from nlpkit.data.reading.layout import CsvLayout

TEXTS = ["the coach praises the goalkeeper", "the minister meets the senate", "a chip, a laser", ""]


def test_stdin_is_a_text_a_line(trained: Path, model: Model, nlpkit: Callable[..., Any]) -> None:
    lines = "".join(f"{text}\r\n" for text in TEXTS).encode() + "un thé glacé".encode()
    expected = model.predict([*TEXTS, "un thé glacé"])
    for arguments in ([], ["--input", "-"]):
        found = nlpkit("predict", trained, *arguments, stdin=lines)
        assert found == (
            0,
            "\n".join(expected) + "\n",
            "note: 1 text is blank, so its class means nothing (row 4)\n",
        )
    latin = nlpkit("predict", trained, "--encoding", "latin-1", stdin="thé".encode("latin-1"))
    assert latin.out.splitlines() == model.predict(["thé"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "error: standard input: nothing came in\n"),
        (b"good\nb\xffd\n", "error: standard input:2: byte 0xff at offset 6 is not UTF-8\n"),
        (b"good\nfine\nb\0d\n", "error: standard input:3: a NUL character, which no text has"),
        (
            b"\x7fELF\x02\x01\x01\0\0\0",
            "error: standard input: this is a program, not text\n  pipe in text\n",
        ),
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


STREAMS = {
    "csv": 'id,text\n1,"{0}"\n2,"{1}"\n3,"{2}"\n',
    "tsv": "id\ttext\n1\t{0}\n2\t{1}\n3\t{2}\n",
    "jsonl": '{{"id": "1", "text": "{0}"}}\n{{"id": "2", "text": "{1}"}}\n{{"id": "3", "text": "{2}"}}\n',
}


@pytest.mark.parametrize("format", STREAMS)
def test_stdin_may_have_records_of_another_format(
    format: str, trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    content = STREAMS[format].format(*TEXTS).encode()
    line = ("predict", trained, "--input", "-", "--format", format)
    assert nlpkit(*line, stdin=content) == (0, "\n".join(model.predict(TEXTS[:3])) + "\n", "")
    rows = nlpkit(*line, "--id", "id", "--json", stdin=content).out.splitlines()
    assert [(each["row"], each["id"]) for each in map(json.loads, rows)] == [(1, "1"), (2, "2"), (3, "3")]
    assert nlpkit(*line, "--output", "new.csv", stdin=content).code == 0
    Path(f"same.{format}").write_bytes(content)
    assert nlpkit("predict", trained, "--input", f"same.{format}", "--output", "file.csv").code == 0
    assert Path("new.csv").read_bytes() == Path("file.csv").read_bytes()


def test_stdin_is_read_as_the_model_remembers_where_the_formats_agree(
    trained: Path, model: Model, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = CsvLayout(text=("title", "body"), delimiter=";", encoding="latin-1")
    remembering = replace(load(trained), layout=layout)
    monkeypatch.setattr("nlpkit.models.saved.load", lambda folder: remembering)
    line = ("predict", trained, "--input", "-")
    table = "title;body\nthé;coach\n".encode("latin-1")
    assert nlpkit(*line, "--format", "csv", stdin=table).out.split() == model.predict(["thé coach"])
    objects = '{"body": "coach", "title": "thé"}\n'.encode()
    assert nlpkit(*line, "--format", "jsonl", stdin=objects).out.split() == model.predict(["thé coach"])
    assert nlpkit(*line, stdin="thé coach\n".encode()).out.split() == model.predict(["thé coach"])


def test_rows_above_one_that_cannot_be_read_are_answered(
    trained: Path, model: Model, nlpkit: Callable[..., Any]
) -> None:
    content = b"text,by\nthe coach,x\na chip\n"
    code, out, err = nlpkit("predict", trained, "--input", "-", "--format", "csv", stdin=content)
    assert (code, out.split()) == (3, model.predict(["the coach"]))
    assert err.startswith("error: standard input:3: this row has 1 column, not 2 like the first one\n")


def test_notes_about_a_stream_are_told(trained: Path, nlpkit: Callable[..., Any]) -> None:
    line = ("predict", trained, "--input", "-", "--format", "csv", "--errors", "replace")
    assert nlpkit(*line, stdin=b"text\nb\xffd\n").err == (
        "note: standard input: read bytes that are no text as U+FFFD, once (line 2)\n"
    )


def test_bytes_that_are_no_text_may_be_replaced(trained: Path, nlpkit: Callable[..., Any]) -> None:
    code, out, _ = nlpkit("predict", trained, "--errors", "replace", stdin=b"b\xffd\nn\0l\n")
    assert (code, out.count("\n")) == (0, 2)


def test_a_text_of_a_million_characters_is_one_text(trained: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("predict", trained, stdin=b"x" * 1_000_000 + b"\n").out.count("\n") == 1


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
    monkeypatch.setattr("nlpkit.cli.predicting.STREAM_TEXTS", texts)
    monkeypatch.setattr("nlpkit.cli.predicting.STREAM_CHARS", chars)
    answered: list[int] = []
    real = Model.probabilities

    def noted(model: Model, lines: list[str], **options: Any) -> Any:
        answered.append(len(lines))
        return real(model, lines, **options)

    monkeypatch.setattr(Model, "probabilities", noted)
    code, out, _ = nlpkit("predict", trained, stdin=b"cat\n" * 5)
    assert (code, out.count("\n"), answered) == (0, 5, sizes)


def test_a_terminal_is_not_waited_for(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    code, _, err = nlpkit("predict", trained)
    assert code == 2
    assert err == f'error: no text given\n  for example: nlpkit predict {trained} "a text"\n'


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
    assert err.splitlines()[-1] == b"interrupted: nothing unfinished was kept"


def test_a_table_is_answered_as_it_comes(trained: Path, model: Model, program: Callable[..., Any]) -> None:
    process = program("predict", trained, "--input", "-", "--format", "csv", "--json", bufsize=0)
    writes = {
        'text\n"the coach"\n"two\n': ["the coach"],
        'lines"\na chip\n': ["two\nlines", "a chip"],
        "the senate\nunfin": ["the senate"],
        "ished": [],
    }
    for written, texts in writes.items():
        process.stdin.write(written.encode())
        answers = [json.loads(process.stdout.readline())["label"] for _ in texts]
        assert answers == model.predict(texts)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, json.loads(out)["row"], err) == (0, 5, b"")


def test_texts_that_the_model_cannot_tell_apart_are_noted_at_the_end(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    unknown = ("zi za zo ze zu " * 5).strip()
    said = (
        "note: 100 % of the tokens are not in the vocabulary, and all are one to the model; "
        'train on texts like these, or take shorter tokens, such as tokenizer = "character"\n'
    )
    Path("a.csv").write_text(f"text,label\n{unknown},Sports\n{unknown},World\n", encoding="utf-8")
    assert nlpkit("predict", trained, unknown).err == said
    assert nlpkit("predict", trained, "--input", "a.csv", "--text", "text").err == said
    assert nlpkit("predict", trained, "--input", "-", stdin=unknown.encode()).err == said
    assert nlpkit("predict", trained, "zi za zo ze zu").err == ""


def test_sentences_that_the_tokenizer_leaves_whole_are_noted(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    err = nlpkit("predict", trained, "--input", "-", stdin="我们昨天在新开的饭店里吃了面条".encode()).err
    assert err.splitlines()[1] == (
        "100 % of the texts are in a script without spaces between words, and the tokenizer makes whole "
        "sentences one token, so that hardly any is seen again; "
        'train with tokenizer = "character", or one that cuts this script'
    )
