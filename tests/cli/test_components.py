from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nlpkit.components.kinds import KINDS


def test_every_kind_is_listed_in_lines_of_80_columns(nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("components")
    assert (code, err) == (0, "")
    listed = {line.split()[0] for line in out.splitlines() if line[0] != " "}
    assert listed | {"tracker"} == set(KINDS)  # no tracker is in the box
    assert max(map(len, out.splitlines())) <= 80


def test_one_kind_is_listed_alone(nlpkit: Callable[..., Any]) -> None:
    rows = json.loads(nlpkit("components", "encoder", "--json").out)
    assert {row["kind"] for row in rows} == {"encoder"}
    assert {"lstm", "gru", "embedding_mean"} <= {row["name"] for row in rows}
    assert all(row["summary"] and row["distribution"] for row in rows)


def test_a_kind_of_which_there_is_none_is_told_so(nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("components", "tracker") == (0, "no tracker is installed\n", "")


def test_the_settings_of_one_component_are_told_with_their_defaults(nlpkit: Callable[..., Any]) -> None:
    out = nlpkit("components", "encoder", "lstm").out
    assert (
        "hidden_size: a whole number; default 32\n    numbers in the hidden state of one direction\n" in out
    )
    assert max(map(len, out.splitlines())) <= 80
    settings = json.loads(nlpkit("components", "dataset", "csv", "--json").out)["settings"]
    assert [each["setting"] for each in settings if each["required"]] == ["train"]
    assert all(each["doc"] for each in settings)


def test_an_unknown_kind_or_name_is_told_with_the_nearest(nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("components", "encoders") == (
        2,
        "",
        "error: 'encoders' is not a kind of component; did you mean encoder?\n",
    )
    assert nlpkit("components", "encoder", "lsmt") == (
        2,
        "",
        "error: encoder 'lsmt' is not known; did you mean lstm?\n",
    )
    assert nlpkit("components", "tokenizer", "basic-english").code == 0
