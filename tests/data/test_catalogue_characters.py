"""Line breaks, and characters that are hard on programs: what each gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

READ = [
    pytest.param(
        "a.csv", b"text,label\r\noil,a\r\nart,b\r\n", {}, ["oil", "art"], ["a", "b"], [], id="B05-crlf"
    ),
    pytest.param(
        "a.csv", b"text,label\roil,a\rart,b\r", {}, ["oil", "art"], ["a", "b"], [], id="B05-lone-cr"
    ),
    pytest.param(
        "a.csv",
        b"text,label\roil,a\nart,b\r\nfun,c",
        {},
        ["oil", "art", "fun"],
        ["a", "b", "c"],
        [],
        id="B05-mixed",
    ),
    pytest.param(
        "a.txt",
        b"oil\rart\n\r\nfun",
        {"labelled": False},
        ["oil", "art", "", "fun"],
        ["", "", "", ""],
        [],
        id="B05-mixed-in-plain-text",
    ),
    pytest.param(
        "a.ft",
        b"__label__a oil\r\n__label__b art\r\n",
        {},
        ["oil", "art"],
        ["a", "b"],
        [],
        id="B05-crlf-in-fasttext",
    ),
    pytest.param(
        "a.csv",
        "text,label\na\u2028b\u2029c\x85d\x0be\x0cf,x\n".encode(),
        {},
        ["a\u2028b\u2029c\x85d\x0be\x0cf"],
        ["x"],
        [],
        id="B06-separators-in-csv",
    ),
    pytest.param(
        "a.jsonl",
        json.dumps({"text": "a\u2028b\x85c", "label": "x"}, ensure_ascii=False).encode(),
        {},
        ["a\u2028b\x85c"],
        ["x"],
        [],
        id="B06-separators-in-json",
    ),
    pytest.param(
        "a.ft",
        "__label__x a\u2028b\x0cc\x85d\n".encode(),
        {},
        ["a\u2028b\x0cc\x85d"],
        ["x"],
        [],
        id="B06-separators-in-fasttext",
    ),
    pytest.param(
        "a.txt",
        "a\u2028b\x0bc\x85d\n".encode(),
        {"labelled": False},
        ["a\u2028b\x0bc\x85d"],
        [""],
        [],
        id="B06-separators-in-plain-text",
    ),
    pytest.param(
        "a.csv",
        "text,label\nשלום\u202eabc\u202c,a\nZ\u0351\u036b\u0343a,b\n👩\u200d👩\u200d👧🇫🇷,c\n".encode(),
        {},
        [
            "\u05e9\u05dc\u05d5\u05dd\u202eabc\u202c",
            "Z\u0351\u036b\u0343a",
            "\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f1eb\U0001f1f7",
        ],
        ["a", "b", "c"],
        [],
        id="B22-scripts-and-controls",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil \\ud83d up", "label": "a\\udc00"}\n',
        {},
        ["oil \ufffd up"],
        ["a\ufffd"],
        [],
        id="B24-lone-surrogate-in-json",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil \\ud83d\\ude00", "label": "a"}\n',
        {},
        ["oil \U0001f600"],
        ["a"],
        [],
        id="B24-pair-of-surrogates-in-json",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil +2D0-,a\n",
        {"encoding": "utf-7"},
        ["oil \ufffd"],
        ["a"],
        [],
        id="B24-surrogate-in-utf7",
    ),
]

REFUSED = [
    pytest.param(
        "a.csv",
        b"text,label\n\xed\xa0\xbd,a\n",
        {},
        "a.csv:2: byte 0xed at offset 11 is not UTF-8",
        'set the encoding that the file has, or errors = "replace" to read such bytes as U+FFFD',
        id="B24-surrogate-as-utf8",
    ),
]


@pytest.mark.parametrize(("name", "content", "options", "texts", "labels", "warnings"), READ)
def test_a_text_keeps_every_character_but_half_ones(
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
def test_a_refusal_of_characters_says_where_why_and_what_to_do(
    refuses: Callable[..., None], name: str, content: bytes, options: dict[str, Any], message: str, hint: str
) -> None:
    refuses(name, content, options, message, hint)
