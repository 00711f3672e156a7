"""Byte-order marks, other encodings, bytes that are no text and NUL: what each gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

READ = [
    pytest.param(
        "a.csv",
        b"\xef\xbb\xbftext,label\noil up,a\n",
        {},
        ["oil up"],
        ["a"],
        [],
        id="B01-utf8-mark-before-the-header",
    ),
    pytest.param(
        "a.jsonl",
        b"\xef\xbb\xbf" + b'{"text": "oil up", "label": "a"}\n',
        {},
        ["oil up"],
        ["a"],
        [],
        id="B01-utf8-mark-in-json",
    ),
    pytest.param(
        "a.ft", b"\xef\xbb\xbf__label__a oil up\n", {}, ["oil up"], ["a"], [], id="B01-utf8-mark-in-fasttext"
    ),
    pytest.param(
        "a.txt",
        b"\xef\xbb\xbfoil up\n",
        {"labelled": False},
        ["oil up"],
        [""],
        [],
        id="B01-utf8-mark-in-plain-text",
    ),
    pytest.param(
        "a.csv",
        "text,label\noil ↑,a\n".encode("utf-16"),
        {"encoding": "utf-16"},
        ["oil \u2191"],
        ["a"],
        [],
        id="B02-utf16-asked-for",
    ),
    pytest.param(
        "a.csv",
        b"text,label\ncaf\xe9,b\n",
        {"encoding": "latin-1"},
        ["caf\xe9"],
        ["b"],
        [],
        id="B03-byte-of-latin1-read-as-such",
    ),
    pytest.param(
        "a.csv",
        b"text,label\ncaf\xe9,b\nfine,a\n\xff\xff,b\n",
        {"errors": "replace"},
        ["caf\ufffd", "fine", "\ufffd\ufffd"],
        ["b", "a", "b"],
        ["a.csv: read bytes that are no text as U+FFFD, 3 times (lines 2, 4, 4)"],
        id="B03-replaced",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "caf\xe9", "label": "a"}\n',
        {"errors": "replace"},
        ["caf\ufffd"],
        ["a"],
        ["a.jsonl: read bytes that are no text as U+FFFD, once (line 1)"],
        id="B03-replaced-in-json",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine,a\no\0il,b\n",
        {"errors": "replace"},
        ["fine", "o\ufffdil"],
        ["a", "b"],
        ["a.csv: read a NUL character as U+FFFD, once (line 3)"],
        id="B04-nul-replaced",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "o\\u0000il", "label": "a"}\n',
        {"errors": "replace"},
        ["o\ufffdil"],
        ["a"],
        ["a.jsonl: read a NUL character as U+FFFD, once (line 1)"],
        id="B04-escaped-nul-in-json-replaced",
    ),
]

REFUSED = [
    pytest.param(
        "a.csv",
        "text,label\noil,a\n".encode("utf-16"),
        {},
        "a.csv:1: this is UTF-16 by its byte-order mark, not UTF-8",
        'set encoding = "utf-16", or save it as UTF-8',
        id="B02-utf16-little-endian",
    ),
    pytest.param(
        "a.csv",
        b"\xfe\xff" + "text,label\n".encode("utf-16-be"),
        {},
        "a.csv:1: this is UTF-16 by its byte-order mark, not UTF-8",
        'set encoding = "utf-16", or save it as UTF-8',
        id="B02-utf16-big-endian",
    ),
    pytest.param(
        "a.csv",
        "text,label\n".encode("utf-32"),
        {},
        "a.csv:1: this is UTF-32 by its byte-order mark, not UTF-8",
        'set encoding = "utf-32", or save it as UTF-8',
        id="B02-utf32",
    ),
    pytest.param(
        "a.csv",
        b"\xef\xbb\xbftext,label\n",
        {"encoding": "utf-16"},
        "a.csv:1: this is UTF-8 by its byte-order mark, not utf-16",
        'set encoding = "utf-8"',
        id="B02-utf16-asked-for-of-a-utf8-file",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine,a\ncaf\xe9,b\n",
        {},
        "a.csv:3: byte 0xe9 at offset 21 is not UTF-8",
        'set encoding = "cp1252", or errors = "replace" to read such bytes as U+FFFD',
        id="B03-byte-of-latin1",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine,a\n\xe2\x82",
        {},
        "a.csv:3: byte 0xe2 at offset 18 is not UTF-8",
        'set the encoding that the file has, or errors = "replace" to read such bytes as U+FFFD',
        id="B03-character-cut-off-at-the-end",
    ),
    pytest.param(
        "a.txt",
        b"one\rtwo\r\nthr\xffee\n",
        {"labelled": False},
        "a.txt:3: byte 0xff at offset 12 is not UTF-8",
        'set the encoding that the file has, or errors = "replace" to read such bytes as U+FFFD',
        id="B03-byte-after-a-lone-cr",
    ),
    pytest.param(
        "a.csv",
        "text,label\né,a\n".encode(),
        {"encoding": "ascii"},
        "a.csv:2: byte 0xc3 at offset 11 is not ascii",
        'set the encoding that the file has, or errors = "replace" to read such bytes as U+FFFD',
        id="B03-ascii-asked-for",
    ),
    pytest.param(
        "a.csv",
        b"text,label\nfine,a\no\0il,b\n",
        {},
        "a.csv:3: a NUL character, which no text has: this is a binary file, or text in another encoding",
        'remove it, or set errors = "replace" to read NUL as U+FFFD',
        id="B04-nul",
    ),
    pytest.param(
        "a.csv",
        "text,label\n".encode("utf-16-le"),
        {},
        "a.csv:1: a NUL character, which no text has: this is a binary file, or text in another encoding",
        'set encoding = "utf-16-le" if it is that, or set errors = "replace" to read NUL as U+FFFD',
        id="B04-nul-in-utf16-without-mark",
    ),
    pytest.param(
        "a.csv",
        "text,label\n".encode("utf-16-be"),
        {},
        "a.csv:1: a NUL character, which no text has: this is a binary file, or text in another encoding",
        'set encoding = "utf-16-be" if it is that, or set errors = "replace" to read NUL as U+FFFD',
        id="B04-nul-in-utf16-the-other-way-round",
    ),
    pytest.param(
        "a.ft",
        b"__label__a o\0il\n",
        {},
        "a.ft:1: a NUL character, which no text has: this is a binary file, or text in another encoding",
        'remove it, or set errors = "replace" to read NUL as U+FFFD',
        id="B04-nul-in-fasttext",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "o\\u0000il", "label": "a"}\n',
        {},
        "a.jsonl:1: an escaped NUL character in the text",
        'remove it, or set errors = "replace" to read NUL as U+FFFD',
        id="B04-escaped-nul-in-json",
    ),
]


@pytest.mark.parametrize(("name", "content", "options", "texts", "labels", "warnings"), READ)
def test_a_file_is_read_in_the_encoding_it_has(
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
def test_a_refusal_of_encodings_says_where_why_and_what_to_do(
    refuses: Callable[..., None], name: str, content: bytes, options: dict[str, Any], message: str, hint: str
) -> None:
    refuses(name, content, options, message, hint)
