from __future__ import annotations

import json
import os
import pty
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Model

TEXT = "Coach Tanaka praises the goalkeeper"


def test_each_word_has_a_line_with_its_weight(
    nlpkit: Callable[..., Any], trained: Path, model: Model
) -> None:
    said = nlpkit("explain", trained, TEXT, "The minister resigns")
    found = model.explain([TEXT, "The minister resigns"])
    blocks = []
    for each in found:
        pairs = zip(each.tokens, each.weights, strict=True)
        lines = [f"{weight:+9.4f}  {token}" for token, weight in pairs]
        blocks.append("\n".join([f"{each.label} {each.probability:.4f} by gradients", *lines]))
    assert said == (0, "\n\n".join(blocks) + "\n", "")
    assert "goalkeeper" in said.out


def test_the_other_method_and_another_label(nlpkit: Callable[..., Any], trained: Path, model: Model) -> None:
    said = nlpkit("explain", trained, TEXT, "--method", "leave-one-out", "--label", "World", "--json")
    [document] = json.loads(said.out)
    [found] = model.explain([TEXT], "World", "leave-one-out")
    tokens = document.pop("tokens")
    assert document == {
        "text": TEXT,
        "label": "World",
        "probability": found.probability,
        "method": "leave-one-out",
        "gap": None,
    }
    assert [each["token"] for each in tokens] == TEXT.split()
    assert [each["weight"] for each in tokens] == pytest.approx(found.weights.tolist(), abs=1e-6)
    assert [TEXT[each["start"] : each["end"]] for each in tokens] == TEXT.split()


def test_texts_come_from_a_file(nlpkit: Callable[..., Any], trained: Path) -> None:
    Path("some.txt").write_text(f"{TEXT}\nThe minister resigns\n", encoding="utf-8")
    Path("some.csv").write_text(f"label,text\nSports,{TEXT}\n", encoding="utf-8")
    assert nlpkit("explain", trained, "--input", "some.txt") == nlpkit(
        "explain", trained, TEXT, "The minister resigns"
    )
    one = nlpkit("explain", trained, TEXT)
    assert nlpkit("explain", trained, "--input", "some.csv", "--text", "text").out == one.out


def test_a_page_is_written_once(nlpkit: Callable[..., Any], trained: Path) -> None:
    said = nlpkit("explain", trained, "a <b>coach</b>", "--html", "why.html")
    assert said == (0, "", "written to why.html: 1 text\n")
    page = Path("why.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;" in page or "&lt;b&gt;coach" in page
    assert "<script" not in page
    code, _, err = nlpkit("explain", trained, "a", "--html", "why.html")
    assert code == 2
    assert "why.html" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], 'error: no text is given\n  for example: nlpkit explain RUN "a text"\n'),
        (["a", "--input", "b.txt"], "error: both texts and --input are given\n  for example: "),
        (
            ["a", "--format", "csv"],
            "error: --format is for files, and no file is read\n  give a file",
        ),
        (["a", "--label", "Wrld"], "error: the model has no class 'Wrld'; did you mean World?\n"),
        (["a", "--method", "magic"], "error: invalid value for '--method': 'magic' is not one of"),
        (["--input", "none.txt"], "error: none.txt: "),
    ],
)
def test_what_cannot_be_done_is_told(
    nlpkit: Callable[..., Any], trained: Path, arguments: list[str], told: str
) -> None:
    code, out, err = nlpkit("explain", trained, *arguments)
    assert (code in (2, 3), out) == (True, "")
    assert err.startswith(told.replace("RUN", str(trained)))


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["a terminal", "NO_COLOR", "a dumb one"],
)
def test_words_are_coloured_on_a_terminal(
    program: Callable[..., Any], trained: Path, env: dict[str, str], coloured: bool
) -> None:
    ours, theirs = pty.openpty()
    settings = {"TERM": "xterm-256color", "NO_COLOR": "", **env}
    with program("explain", trained, TEXT + " \x1b[31m", stdout=theirs, env=settings) as started:
        os.close(theirs)
        out = b""
        while piece := _read(ours):
            out += piece
        assert started.wait() == 0
    os.close(ours)
    assert (b"\x1b[" in out) == coloured
    assert b"\\x1b[31m" in out or not coloured
    assert b"\x1b[31m" not in out
    assert b"goalkeeper" in out


def _read(stream: int) -> bytes:
    try:
        return os.read(stream, 65_536)
    except OSError:  # as Linux says that the other end is closed
        return b""
