from __future__ import annotations

import io
import re

import pytest

from nlpkit.cli.progress import texts_bar
from tests.runs.test_progress import ESCAPES, Terminal


def predicted(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is shown of a file of 400,000 texts that takes four seconds."""
    now = [100.0]
    monkeypatch.setattr("nlpkit.cli.progress.time.monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with texts_bar(stream, "predicting") as bar:
        for texts in (99_990, 200_000, 400_000):
            now[0] = 100 + texts / 100_000
            bar(texts, texts / 400_000)
    return stream.getvalue()


def test_a_file_that_takes_longer_than_a_second_shows_how_much_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = re.split(r"[\r\n]+", ESCAPES.sub("", predicted(Terminal(), monkeypatch)))
    bars = [line for line in shown if line.startswith("predicting")]
    assert max(map(len, bars)) <= 80
    assert "50%" in "".join(bars)
    assert "200,000 texts, 100,000 texts/s" in "".join(bars)
    assert "99,990" not in "".join(bars)
    assert shown[-1].strip() == ""  # it is gone at the end


def test_a_file_shows_nothing_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert predicted(io.StringIO(), monkeypatch) == ""
