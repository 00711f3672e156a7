"""JSON Lines and fastText, and texts that are read as they are: what each gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.errors import DataError
from tests.data.one_file import read_texts

Written = Callable[[str, bytes], Path]

READ = [
    pytest.param(
        "a.csv",
        b"text,label\nsecond\\team #39;s &lt;b&gt;,a\n",
        {},
        ["second\\team #39;s &lt;b&gt;"],
        ["a"],
        [],
        id="B14-breaks-and-entities",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a"}\n\n \t\n{"text": "art", "label": "b"}\n',
        {},
        ["oil", "art"],
        ["a", "b"],
        [],
        id="B15-blank-line",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": 12, "label": "a"}\n{"text": 1.5, "label": "a"}\n',
        {"coerce": True},
        ["12", "1.5"],
        ["a", "a"],
        [],
        id="B16-number-as-text-coerced",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": true, "label": "a"}\n',
        {"coerce": True},
        ["true"],
        ["a"],
        [],
        id="B16-truth-as-text-coerced",
    ),
    pytest.param(
        "a.ft", b"__label__a\n__label__b art\n", {}, ["", "art"], ["a", "b"], [], id="B17-label-only"
    ),
    pytest.param(
        "a.ft",
        b"__label__a\toil  up \n\n__label__b art\n",
        {},
        ["oil  up", "art"],
        ["a", "b"],
        [],
        id="B17-tabs-and-blank-lines",
    ),
    pytest.param("a.ft", b"#a oil\n", {"label_prefix": "#"}, ["oil"], ["a"], [], id="B17-other-prefix"),
    pytest.param(
        "a.ft",
        b"__label__a oil\nart\n",
        {"labelled": False},
        ["oil", "art"],
        ["", ""],
        [],
        id="B17-labels-not-asked-for",
    ),
    pytest.param(
        "a.csv",
        'text,label\n"",a\n   ,a\n\u200b,a\n...,a\n'.encode(),
        {},
        ["", "   ", "\u200b", "..."],
        ["a", "a", "a", "a"],
        [],
        id="B19-texts-without-words",
    ),
]

REFUSED = [
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a",}\n',
        {},
        "a.jsonl:1:30: this is not JSON",
        "use double quotes, and write no comma after the last value",
        id="B15-trailing-comma",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": NaN}\n',
        {},
        "a.jsonl:1: NaN is not JSON",
        "correct it, or remove it",
        id="B15-nan",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": -Infinity}\n',
        {},
        "a.jsonl:1: -Infinity is not JSON",
        "correct it, or remove it",
        id="B15-infinity",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a", "text": "art"}\n',
        {},
        "a.jsonl:1: the key 'text' more than once in one object",
        "correct it, or remove it",
        id="B15-duplicate-key",
    ),
    pytest.param(
        "a.jsonl",
        b'["oil", "a"]\n',
        {},
        "a.jsonl:1: an array instead of an object",
        'write an object: {"text": "...", "label": "..."}',
        id="B15-array",
    ),
    pytest.param(
        "a.jsonl",
        b'"oil"\n',
        {},
        "a.jsonl:1: a string instead of an object",
        'write an object: {"text": "...", "label": "..."}',
        id="B15-string",
    ),
    pytest.param(
        "a.jsonl",
        b"[" * 100_000 + b"]" * 100_000,
        {},
        "a.jsonl:1: nested too deep",
        "texts need no nesting",
        id="B15-nesting",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": ' + b"9" * 5000 + b"}",
        {},
        "a.jsonl:1",
        "write it as a string",
        id="B15-number-too-long",
    ),
    pytest.param(
        "a.jsonl",
        b'{"texts": "oil", "label": "a"}\n',
        {},
        "a.jsonl:1: there is no key 'text'",
        "did you mean texts?",
        id="B15-key-missing",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a"} x\n',
        {},
        "a.jsonl:1:31: this is not JSON",
        "use double quotes, and write no comma after the last value",
        id="B15-more-than-an-object-on-a-line",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": 12, "label": "a"}\n',
        {},
        "a.jsonl:1: 'text' is a number, not a string",
        "set coerce = true to read it as it is written",
        id="B16-number-as-text",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": true, "label": "a"}\n',
        {},
        "a.jsonl:1: 'text' is true or false, not a string",
        "set coerce = true to read it as it is written",
        id="B16-truth-as-text",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": null, "label": "a"}\n',
        {},
        "a.jsonl:1: 'text' is null, not a string",
        "write a string, or remove the line",
        id="B16-null-as-text",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": null, "label": "a"}\n',
        {"coerce": True},
        "a.jsonl:1: 'text' is null, not a string",
        "write a string, or remove the line",
        id="B16-null-as-text-coerced",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": ["oil"], "label": "a"}\n',
        {"coerce": True},
        "a.jsonl:1: 'text' is an array, not a string",
        "write a string, or remove the line",
        id="B16-array-as-text-coerced",
    ),
    pytest.param(
        "a.ft",
        b"__label__a oil\nart only\n",
        {},
        "a.ft:2: the line has no label: it does not begin with '__label__'",
        "begin it with __label__ and the label's name",
        id="B17-no-label",
    ),
    pytest.param(
        "a.ft",
        b"__label__a __label__b oil\n",
        {},
        "a.ft:1: the line has several labels",
        "set multi_label = true, or keep one label a line",
        id="B17-several-labels",
    ),
    pytest.param(
        "a.ft",
        b"__label__a oil __label__b up\n",
        {},
        "a.ft:1: the line has several labels",
        "set multi_label = true, or keep one label a line",
        id="B17-label-inside-the-text",
    ),
]


@pytest.mark.parametrize(("name", "content", "options", "texts", "labels", "warnings"), READ)
def test_a_line_is_read_as_one_record(
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
def test_a_refusal_of_lines_says_where_why_and_what_to_do(
    written: Written, name: str, content: bytes, options: dict[str, Any], message: str, hint: str
) -> None:
    path = written(name, content)

    with pytest.raises(DataError) as refusal:
        read_texts(path, **options)

    first_line, second_line = str(refusal.value).replace(str(path), name).split("\n  ")
    assert first_line.startswith(message)
    assert second_line == hint
    assert refusal.value.exit_code == 3
