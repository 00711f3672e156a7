from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.reading.columns import PIECE_ROWS, Asked
from nlpkit.data.reading.formats import format_of, layout_of
from nlpkit.data.reading.readers import Reading
from nlpkit.errors import ConfigError, NlpkitError
from tests.data.one_file import read_texts

Written = Callable[[str, bytes], Path]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"text,label\noil up,a\n"),
        ("a.tsv", b"text\tlabel\noil up\ta\n"),
        ("a.jsonl", b'{"text": "oil up", "label": "a"}\n'),
        ("a.json", b'[{"text": "oil up", "label": "a"}]'),
        ("a.fasttext", b"__label__a oil up\n"),
        ("a.label", b"a oil up\n"),
    ],
)
def test_every_format_gives_the_same_texts(written: Written, name: str, content: bytes) -> None:
    found = read_texts(written(name, content))

    assert list(found.texts.texts) == ["oil up"]
    assert list(found.texts.labels) == ["a"]
    assert list(found.texts.rows) == [1]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"text\noil up\n"),
        ("a.tsv", b"text\tmore\noil up\tx\n"),
        ("a.jsonl", b'{"text": "oil up"}\n'),
        ("a.json", b'{"all": {"rows": [{"text": "oil up"}]}}'),
        ("a.ft", b"oil up\n"),
        ("a.label", b"a oil up\n"),
        ("a.txt", b"oil up\n"),
    ],
)
def test_every_format_is_read_without_labels(written: Written, name: str, content: bytes) -> None:
    texts = read_texts(written(name, content), labelled=False).texts

    assert (list(texts.texts), list(texts.labels)) == (["oil up"], [""])


def test_a_format_that_is_named_goes_before_the_ending(written: Written) -> None:
    path = written("a.dat", b"text\tlabel\noil\ta\n")

    assert list(read_texts(path, format="tsv").texts.texts) == ["oil"]


def test_plain_text_has_no_labels(written: Written) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_texts(written("a.txt", b"oil\n"))

    assert str(refusal.value).endswith(
        "a.txt: a txt file has no labels\n"
        '  name the file that has them, line by line: train_labels = "FILE"; or use another format'
    )


def test_an_encoding_that_does_not_exist_is_refused(written: Written) -> None:
    with pytest.raises(ConfigError, match="'utf-9' is not the name of a text encoding"):
        read_texts(written("a.csv", b"text,label\noil,a\n"), encoding="utf-9")


@pytest.mark.parametrize("delimiter", ["\\t", " ", '"', ",,", ""])
def test_a_delimiter_that_cannot_be_one_is_refused(written: Written, delimiter: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_texts(written("a.csv", b"text,label\noil,a\n"), delimiter=delimiter)

    assert str(refusal.value) == (
        f"delimiter: {delimiter!r} is not one character that can stand between cells"
    )


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.tab", "tsv"),
        ("a.CSV", "csv"),
        ("a.ndjson.gz", "jsonl"),
        ("a.ft.bz2", "fasttext"),
        ("a.txt.XZ", "txt"),
    ],
)
def test_the_ending_says_the_format(name: str, format: str) -> None:
    assert format_of(Path(name)) == format


def test_rows_are_records_and_not_lines(written: Written) -> None:
    texts = read_texts(written("a.csv", b'text,label\n"a\nb",x\n\nc,y\n')).texts

    assert list(texts.rows) == [1, 2]


def test_a_text_of_a_million_characters_is_read(written: Written) -> None:
    texts = read_texts(written("a.csv", b"text,label\n" + b"x" * 1_000_000 + b",a\n")).texts

    assert len(texts.texts[0]) == 1_000_000


def test_the_real_sample_is_read(sample_dir: Path) -> None:
    train = read_texts(sample_dir / "ag_news" / "train.csv", text=(1, 2), label=0)

    assert len(train.texts) == 16_105
    assert set(train.texts.labels) == {"1", "2", "3", "4"}
    assert train.notes == ()


@pytest.mark.parametrize("cause", ["flip", "cut", "repeat"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'text,label\n"oil, ""up""",a\nart é,b\n'.encode()),
        ("a.jsonl", '{"text": "oil é", "label": "a"}\n{"text": "\\u0041", "label": "b"}\n'.encode()),
        ("a.json", '{"rows": [{"text": "oil é", "label": "a"}, {"text": "", "label": "b"}]}\n'.encode()),
        ("a.ft", "__label__a oil é\n__label__b art\n".encode()),
        ("a.label", "a oil é\nb art\n".encode()),
    ],
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    written: Written, name: str, content: bytes, cause: str
) -> None:
    for place in range(len(content)):
        head, byte, tail = content[:place], content[place : place + 1], content[place + 1 :]
        damaged = {
            "flip": head + bytes([byte[0] ^ 0x90]) + tail,
            "cut": head + tail[3:],
            "repeat": head + byte * 3 + tail,
        }[cause]
        try:
            read_texts(written(name, damaged))
        except NlpkitError as refusal:
            assert name in refusal.location
            assert refusal.hint


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("a.csv", "text\n", "oil {}\n"),
        ("a.jsonl", "", '{{"text": "oil {}"}}\n'),
        ("a.fasttext", "", "oil {}\n"),
        ("a.txt", "", "oil {}\n"),
    ],
)
def test_a_file_is_read_piece_by_piece(written: Written, name: str, head: str, row: str) -> None:
    count = 2 * PIECE_ROWS + 3
    path = written(name, (head + "".join(row.format(number) for number in range(count))).encode())
    reading = Reading(path, layout_of(path, {}), Asked(label=False))
    pieces = list(reading)

    assert max(len(piece.texts) for piece in pieces) == PIECE_ROWS
    assert [text for piece in pieces for text in piece.texts] == [f"oil {number}" for number in range(count)]
    assert [line for piece in pieces for line in piece.lines] == list(
        range(1 + bool(head), 1 + bool(head) + count)
    )
    assert (reading.fraction, [source.size for source in reading.sources]) == (1.0, [path.stat().st_size])
    assert read_texts(path, labelled=False).texts.texts == [f"oil {number}" for number in range(count)]


@pytest.mark.parametrize(
    ("rows", "texts", "said"),
    [
        (
            "remark,score\nfine,5\nbad,1\nso so,3\n",
            3,
            "took the first row for a header, because no other has its label (else set header = false)",
        ),
        (
            "remark,verdict\nfine,a\nbad,b\nodd,c\ngood,a\nawful,b\n",
            6,
            "read the first row as a text with the label 'verdict', which no other has "
            "(set header = true if it is a header)",
        ),
    ],
)
def test_a_first_row_that_may_be_a_header_is_noted(
    written: Written, rows: str, texts: int, said: str
) -> None:
    path = written("a.csv", rows.encode())

    found = read_texts(path, text=(0,), label=1)

    assert len(found.texts) == texts
    assert [note.text for note in found.notes] == [f"{path}: {said}, once (line 1)"]
