"""Files that are empty, unnamed, packed or damaged: what each gets."""

from __future__ import annotations

import bz2
import gzip
import lzma
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest

READ = [
    pytest.param("a.csv.gz", gzip.compress(b"text,label\noil,a\n"), {}, ["oil"], ["a"], [], id="B18-gzip"),
    pytest.param(
        "a.jsonl.bz2", bz2.compress(b'{"text": "oil", "label": "a"}'), {}, ["oil"], ["a"], [], id="B18-bzip2"
    ),
    pytest.param("a.ft.xz", lzma.compress(b"__label__a oil\n"), {}, ["oil"], ["a"], [], id="B18-xz"),
    pytest.param(
        "a.csv", gzip.compress(b"text,label\noil,a\n"), {}, ["oil"], ["a"], [], id="B18-gzip-as-csv"
    ),
    pytest.param(
        "a.csv.gz", bz2.compress(b"text,label\noil,a\n"), {}, ["oil"], ["a"], [], id="B18-bzip2-as-gz"
    ),
    pytest.param("a.csv", lzma.compress(b"text,label\noil,a\n"), {}, ["oil"], ["a"], [], id="B18-xz-as-csv"),
    pytest.param("a.csv.gz", b"text,label\noil,a\n", {}, ["oil"], ["a"], [], id="B18-plain-as-gz"),
    pytest.param("a.csv.xz", b"text,label\noil,a\n", {}, ["oil"], ["a"], [], id="B18-plain-as-xz"),
    pytest.param(
        "a.csv",
        gzip.compress("text,label\noil,a\n".encode("utf-16")),
        {"encoding": "utf-16"},
        ["oil"],
        ["a"],
        [],
        id="B18-utf-16-in-gzip",
    ),
    pytest.param(
        "a.txt",
        b"BZh is three letters\n",
        {"labelled": False},
        ["BZh is three letters"],
        [""],
        [],
        id="B18-text-that-begins-like-bzip2",
    ),
    pytest.param(
        "ärger und glück 你好.csv",
        b"text,label\noil,a\n",
        {},
        ["oil"],
        ["a"],
        [],
        id="B40-name-with-spaces-and-letters",
    ),
]

REFUSED = [
    pytest.param("a.csv", b"", {}, "a.csv: the file is empty", "name a file with text in it", id="B13-empty"),
    pytest.param(
        "a.csv",
        b"\n \r\n\t",
        {},
        "a.csv: the file has nothing but spaces and line breaks",
        "name a file with text in it",
        id="B13-line-breaks-only",
    ),
    pytest.param(
        "a.jsonl",
        b"   ",
        {},
        "a.jsonl: the file has nothing but spaces and line breaks",
        "name a file with text in it",
        id="B13-spaces-only-in-json",
    ),
    pytest.param(
        "a.csv",
        b"\xef\xbb\xbf",
        {},
        "a.csv: the file has no text",
        "name a file with text in it",
        id="B13-mark-only",
    ),
    pytest.param(
        "a.csv.gz",
        gzip.compress(b""),
        {},
        "a.csv.gz: the file has no text",
        "name a file with text in it",
        id="B13-empty-when-unpacked",
    ),
    pytest.param(
        "a.xlsx",
        b"x",
        {},
        "a.xlsx: the ending '.xlsx' does not say what format this is",
        'name the format: type = "FORMAT"; or end the name in one of '
        ".csv .tsv .tab .jsonl .ndjson .json .parquet .arrow "
        ".feather .fasttext .ft .label .txt",
        id="B13-ending-unknown",
    ),
    pytest.param(
        "corpus",
        b"x",
        {},
        "corpus: the name has no ending",
        'name the format: type = "FORMAT"; or end the name in one of '
        ".csv .tsv .tab .jsonl .ndjson .json .parquet .arrow "
        ".feather .fasttext .ft .label .txt",
        id="B13-ending-missing",
    ),
    pytest.param(
        "a.csv.gz",
        gzip.compress(bytes(range(65, 91)) * 9)[:-12],
        {},
        "a.csv.gz: the gzip file ends too early",
        "copy or download it again",
        id="B18-gzip-cut-off",
    ),
    pytest.param(
        "a.csv.bz2",
        bz2.compress(b"text,label\noil,a\n")[:-8],
        {},
        "a.csv.bz2: the bzip2 file ends too early",
        "copy or download it again",
        id="B18-bzip2-cut-off",
    ),
    pytest.param(
        "a.csv.xz",
        lzma.compress(b"text,label\noil,a\n")[:-20],
        {},
        "a.csv.xz: the xz file ends too early",
        "copy or download it again",
        id="B18-xz-cut-off",
    ),
    pytest.param(
        "a.csv.gz",
        gzip.compress(b"text,label\noil,a\n")[:-8] + b"damaged!",
        {},
        "a.csv.gz: this is no intact gzip file",
        "copy or download it again",
        id="B18-gzip-damaged",
    ),
    pytest.param(
        "a.csv",
        gzip.compress(bz2.compress(b"text,label\noil,a\n")),
        {},
        "a.csv: this is a bzip2 file that is packed again, not text",
        "unpack it once",
        id="B18-packed-twice",
    ),
    pytest.param(
        "a.csv.gz",
        gzip.compress(b"PK\x03\x04 and so on"),
        {},
        "a.csv.gz: this is a zip archive, not text",
        "unpack it and name the file in it",
        id="B18-zip-inside-gzip",
    ),
    pytest.param(
        "a.csv",
        pickle.dumps(["oil"]),
        {"errors": "replace"},
        "a.csv: this is a pickle, not text",
        "it is never loaded; save it as csv or jsonl",
        id="B18-pickle",
    ),
    pytest.param(
        "a.csv",
        b"\x93NUMPY\x01\x00",
        {"encoding": "latin-1"},
        "a.csv: this is a numpy array, not text",
        "it is never loaded; save it as csv or jsonl",
        id="B18-numpy",
    ),
    pytest.param(
        "a.csv",
        b"PK\x03\x04 and so on",
        {},
        "a.csv: this is a zip archive, not text",
        "unpack it and name the file in it",
        id="B18-zip",
    ),
    pytest.param(
        "a.txt.gz",
        gzip.compress(
            random.Random(0).randbytes(6 << 20).hex().encode(), 1, mtime=0
        ),  # to a half, as no bomb
        {"labelled": False},
        "a.txt.gz:1: more than 1,000,000 characters in one text",
        "raise max_chars if that is right, or look for a missing line break or quote",
        id="B18-packed-without-line-breaks",
    ),
]


@pytest.mark.parametrize(("name", "content", "options", "texts", "labels", "warnings"), READ)
def test_a_packed_or_oddly_named_file_is_read(
    reads: Callable[..., None],
    name: str,
    content: bytes,
    options: dict[str, Any],
    texts: list[str],
    labels: list[str],
    warnings: list[str],
) -> None:
    reads(name, content, options, texts, labels, warnings)


@pytest.mark.parametrize(("name", "content", "options", "message", "hint"), REFUSED)
def test_a_refusal_of_files_says_where_why_and_what_to_do(
    refuses: Callable[..., None], name: str, content: bytes, options: dict[str, Any], message: str, hint: str
) -> None:
    refuses(name, content, options, message, hint)
