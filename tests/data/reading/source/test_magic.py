from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from nlpkit.data.reading.source.magic import marked_encoding, other_kind, packing
from nlpkit.errors import DataError
from tests.data.one_file import read_texts


@pytest.mark.parametrize("content", [b"", b"text,label\n", bytes(range(256))])
def test_a_packed_file_is_known_by_its_head(content: bytes) -> None:
    packed = {"gzip": gzip.compress(content), "bzip2": bz2.compress(content), "xz": lzma.compress(content)}

    assert {name: packing(each[:16]) for name, each in packed.items()} == {name: name for name in packed}
    assert packing(content[:16]) == ""


def zipped(*names: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name in names:
            opened.writestr(name, "application/vnd.oasis.opendocument.spreadsheet")
    return archive.getvalue()


def saved_by(save: Callable[[io.BytesIO], None]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as opened:
        opened.addfile(tarfile.TarInfo("a.csv"))
    return file.getvalue()


def database(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / "a.db")) as opened:
        opened.execute("create table texts (text)")
        opened.commit()
    return (folder / "a.db").read_bytes()


KINDS: dict[str, Callable[[Path], bytes]] = {
    "a zip archive": lambda _: zipped("a.csv", "b.csv"),
    "an Excel workbook": lambda _: zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"),
    "a Word document": lambda _: zipped("[Content_Types].xml", "word/document.xml"),
    "a PowerPoint document": lambda _: zipped("[Content_Types].xml", "ppt/presentation.xml"),
    "a spreadsheet": lambda _: zipped("mimetype", "content.xml"),
    "a numpy archive": lambda _: saved_by(lambda file: np.savez(file, a=np.zeros(3))),
    "a numpy array": lambda _: saved_by(lambda file: np.save(file, np.zeros(3))),
    "a PyTorch file": lambda _: saved_by(lambda file: torch.save({"a": torch.zeros(3)}, file)),
    "a tar archive": lambda _: tarred(),
    "an SQLite database": database,
    "a zstandard file": lambda _: b"\x28\xb5\x2f\xfd\x04\x00",
    "a 7z archive": lambda _: b"7z\xbc\xaf\x27\x1c\x00\x04",
    "a rar archive": lambda _: b"Rar!\x1a\x07\x01\x00",
    "an HDF5 file": lambda _: b"\x89HDF\r\n\x1a\n\x00",
    "a Parquet file": lambda _: b"PAR1\x15\x04",
    "an Arrow file": lambda _: b"ARROW1\x00\x00\xff\xff",
    "an old Excel or Word file": lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00",
    "a PDF": lambda _: b"%PDF-1.7\n%\xe2\xe3",
    "an RTF document": lambda _: b"{\\rtf1\\ansi oil}",
    "an image": lambda _: b"\x89PNG\r\n\x1a\n\x00\x00",
    "a media file": lambda _: b"RIFF\x24\x08\x00\x00WAVEfmt ",
    "a program": lambda _: b"\x7fELF\x02\x01\x01\x00",
    "a pointer of Git LFS": lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
}


@pytest.mark.parametrize("what", KINDS)
def test_what_is_saved_by_other_programs_is_known_by_its_content(what: str, tmp_path: Path) -> None:
    kind = other_kind(KINDS[what](tmp_path))

    assert kind is not None
    assert kind.what == what


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_known_in_every_protocol(protocol: int) -> None:
    kind = other_kind(pickle.dumps({"a": 1}, protocol))

    assert kind is not None
    assert kind.what == "a pickle"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped("xl/workbook.xml"), "this is an Excel workbook, not text\n  save it as csv or jsonl"),
        (zipped("a.csv"), "this is a zip archive, not text\n  unpack it and name the file in it"),
        (
            gzip.compress(tarred(), mtime=0),
            "this is a tar archive, not text\n  unpack it and name the file in it",
        ),
        (b"%PDF-1.7", "this is a PDF, not text\n  take the text out of it; save it as csv or jsonl"),
        (
            b"SQLite format 3\0",
            "this is an SQLite database, not text\n  export the table: save it as csv or jsonl",
        ),
        (
            b"PAR1\x15",
            'this is a Parquet file, not text\n  set type = "parquet"',
        ),
        (
            b"version https://git-lfs.github.com/spec/v1",
            "this is a pointer of Git LFS, not text\n  run git lfs pull first",
        ),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.ft", "a.label"])
def test_a_refusal_says_what_the_file_is_and_what_to_do(
    written: Callable[[str, bytes], Path], name: str, content: bytes, message: str
) -> None:
    path = written(name, content)
    with pytest.raises(DataError) as refusal:
        read_texts(path)

    assert str(refusal.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    "text",
    [
        "BZh9 is a name",
        "PK is no archive",
        "\u20ac 5 and \u201cNUMBERS\u201d",
        "",
        "PAR1,text",
        "GIF and PDF",
        "MZ is a code",
        "ORC",
        "{rtf}",
        "ID3 is a tag",
        "ustar " * 90,
    ],
)
def test_text_is_none_of_these_in_any_encoding(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        head = text.encode(encoding)
        assert (packing(head), other_kind(head)) == ("", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_an_encoding_is_known_by_its_mark_in_either_order_of_bytes(encoding: str) -> None:
    marks = {
        "utf-8": [codecs.BOM_UTF8],
        "utf-16": [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE],
        "utf-32": [codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE],
    }

    assert [marked_encoding(mark + b"o") for mark in marks[encoding]] == [encoding] * len(marks[encoding])
    assert marked_encoding(b"oil") == ""
