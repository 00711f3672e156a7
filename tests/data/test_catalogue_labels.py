"""Labels that are padded, mixed, missing, many or hostile: what each gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

READ = [
    pytest.param(
        "a.csv",
        b"text,label\noil, a\nart,a\nfun,b \n",
        {},
        ["oil", "art", "fun"],
        ["a", "a", "b"],
        ["a.csv: removed spaces or invisible characters around a label, 2 times (lines 2, 4)"],
        id="B27-spaces-around",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,1\nart,other\nfun,1.5\n",
        {},
        ["oil", "art", "fun"],
        ["1", "other", "1.5"],
        [],
        id="B27-numbers-and-words",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": 1}\n{"text": "art", "label": 2}\n',
        {},
        ["oil", "art"],
        ["1", "2"],
        [],
        id="B27-json-numbers",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": true}\n{"text": "art", "label": false}\n',
        {},
        ["oil", "art"],
        ["true", "false"],
        [],
        id="B27-json-truths",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,none\nart,a\n",
        {},
        ["oil", "art"],
        ["none", "a"],
        ["a.csv: read 'none' as a class; remove them if it means that there is no label, once (line 2)"],
        id="B28-none-as-a-word",
    ),
    pytest.param(
        "a.csv",
        b'text,label\noil,[]\nart,a\nfun,""""""\n',
        {},
        ["oil", "art", "fun"],
        ["[]", "a", '""'],
        [
            "a.csv: read '[]' as a class; remove them if it means that there is no label, once (line 2)",
            "a.csv: read '\"\"' as a class; remove them if it means that there is no label, once (line 4)",
        ],
        id="B28-empty-list-and-quotes",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,a\nart,a\x1a\n",
        {},
        ["oil", "art"],
        ["a", "a"],
        ["a.csv: removed spaces or invisible characters around a label, once (line 3)"],
        id="B27-control-character-at-the-end",
    ),
    pytest.param("a.csv", b"text,label\noil,a", {}, ["oil"], ["a"], [], id="B37-one-row"),
    pytest.param(
        "a.csv",
        b"text,label\noil,01\nart,1\nfun,2\n",
        {},
        ["oil", "art", "fun"],
        ["01", "1", "2"],
        ["a.csv: read '01' and '1' as codes: each is a class, 2 times (lines 2, 3)"],
        id="B27-zeros-in-front",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": ["a"]}\n{"text": "art", "label": "b"}\n',
        {},
        ["oil", "art"],
        ["a", "b"],
        [],
        id="B27-json-array-of-one",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": ["\\ud800a"]}\n',
        {},
        ["oil"],
        ["\ufffda"],
        [],
        id="B38-half-a-character-in-an-array",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "a", "label": 1}\n{"text": "b", "label": "1.0"}\n{"text": "c", "label": true}\n'
        b'{"text": "d", "label": 1.0}\n{"text": "e", "label": "NULL"}\n',
        {"label_type": "string"},
        ["a", "b", "c", "d", "e"],
        ["1", "1.0", "true", "1.0", "NULL"],
        [],
        id="B27-as-they-are-written",
    ),
    pytest.param(
        "a.csv",
        b"text,label\na,../../etc\nb,=cmd()\nc,<script>\nd,\x1b[31mred\ne,CON\n",
        {},
        ["a", "b", "c", "d", "e"],
        ["../../etc", "=cmd()", "<script>", "\x1b[31mred", "CON"],
        [],
        id="B38-hostile-names",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a\\u0000b"}\n',
        {},
        ["oil"],
        ["a\x00b"],
        [],
        id="B38-nul-in-a-name",
    ),
    pytest.param(
        "a.csv",
        b"text,label\n" + b"".join(b"oil,c%d\n" % n for n in range(10_000)),
        {},
        ["oil"] * 10_000,
        [f"c{n}" for n in range(10_000)],
        [],
        id="B34-ten-thousand-classes",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil," + b"n" * 300 + b"\n",
        {},
        ["oil"],
        ["n" * 300],
        [],
        id="B38-name-of-300-characters",
    ),
]

REFUSED = [
    pytest.param(
        "a.ft",
        b"__label__ oil\n",
        {},
        "a.ft:1: the label is missing",
        "label them or remove them",
        id="B28-label-without-a-name",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,1\nart,2\nfun,1.0\n",
        {},
        "a.csv:4: the labels '1' (line 2) and '1.0' (line 4) are one value written in two ways",
        'write each class in one way, or set label_type = "string" to keep them apart',
        id="B27-whole-and-decimal",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,1\nart,True\n",
        {},
        "a.csv:3: the labels '1' (line 2) and 'True' (line 3) are one value written in two ways",
        'write each class in one way, or set label_type = "string" to keep them apart',
        id="B27-number-and-truth",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": 1}\n{"text": "art", "label": "1"}\n',
        {},
        "a.jsonl:2: the labels are of several types: whole numbers (line 1), strings (line 2)",
        'write them all as strings, or set label_type = "string" to read them so',
        id="B27-json-number-and-string",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": 1}\n{"text": "art", "label": true}\n',
        {},
        "a.jsonl:2: the labels are of several types: whole numbers (line 1), true or false (line 2)",
        'write them all as strings, or set label_type = "string" to read them so',
        id="B27-json-number-and-truth",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a"}\n{"text": "art", "label": ["a", "b"]}\n',
        {},
        "a.jsonl:2: several labels of one text",
        "set multi_label = true, or write one string as the label",
        id="B27-json-array",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": {}}\n',
        {},
        "a.jsonl:1: the label is an empty object, and a string or a number is expected",
        "write one string as the label",
        id="B27-json-object",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a"}\n{"text": "art", "label": {"name": "b", "id": 3}}\n',
        {},
        "a.jsonl:2: the label is an object, with 'name', 'id' in it, and a string or a number is expected",
        "write one string as the label, such as what 'name' has",
        id="B27-json-object-with-a-name",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": [[0, 3, "a"]]}\n',
        {},
        "a.jsonl:1: the label is a list, and a string or a number is expected",
        "write one string as the label",
        id="B27-json-spans",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": ["a"]}\n{"text": "art", "label": []}\n',
        {},
        "a.jsonl:2: the label is missing",
        "label them or remove them",
        id="B28-json-empty-array",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,\nart,a\n",
        {"label_type": "string"},
        "a.csv:2: the label is missing",
        "label them or remove them",
        id="B28-empty-as-it-is-written",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,\nart,a\nfun,  \n",
        {},
        "a.csv:2: 2 labels are missing (lines 2, 4)",
        "label them or remove them",
        id="B28-empty",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,a\nart,NaN\n",
        {},
        "a.csv:3: the label is missing",
        "label them or remove them; if 'NaN' should be a class, set label_type = \"string\"",
        id="B28-nan",
    ),
    pytest.param(
        "a.csv",
        b"text,label\noil,None\n",
        {},
        "a.csv:2: the label is missing",
        "label them or remove them; if 'None' should be a class, set label_type = \"string\"",
        id="B28-none-of-python",
    ),
    pytest.param(
        "a.jsonl",
        b'{"text": "oil", "label": "a"}\n{"text": "art", "label": null}\n',
        {},
        "a.jsonl:2: the label is missing",
        "label them or remove them",
        id="B28-null-of-json",
    ),
    pytest.param(
        "a.csv",
        b"text,label\n" + b"oil,null\n" * 5,
        {},
        "a.csv:2: 5 labels are missing (lines 2, 3, 4 and 2 more)",
        "label them or remove them; if 'null' should be a class, set label_type = \"string\"",
        id="B28-many",
    ),
]


@pytest.mark.parametrize(("name", "content", "options", "texts", "labels", "warnings"), READ)
def test_labels_are_read_as_they_are_but_for_spaces_around(
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
def test_a_refusal_of_labels_says_where_why_and_what_to_do(
    refuses: Callable[..., None], name: str, content: bytes, options: dict[str, Any], message: str, hint: str
) -> None:
    refuses(name, content, options, message, hint)
