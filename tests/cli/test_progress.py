from __future__ import annotations

import io
import re

import pytest

from nlpkit.cli.progress import BarObserver, PlainObserver, epoch_sentence, observer_of, texts_bar
from nlpkit.training.state import EpochReport

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Progress:
    """As much of a trainer's progress as an observer reads."""

    def __init__(self, texts: int, total: int = 1_234_567) -> None:
        self.epoch, self.epochs, self.texts, self.total = 10, 10, texts, total
        self.loss, self.accuracy = 0.25, 0.75


def report(valid: dict[str, float]) -> EpochReport:
    return EpochReport(10, 10, 9, 0.25, 0.75, 1e-3, 1.0, 123_456.7, valid, True, None)  # type: ignore[arg-type]


def lines_of(text: str) -> list[str]:
    return [line for line in re.split(r"[\r\n]+", ESCAPES.sub("", text)) if line.strip()]


def test_an_epoch_is_one_line_with_what_the_trainer_measured() -> None:
    assert epoch_sentence(report({"accuracy": 0.5, "log_loss": 1.5, "f1_macro": 0.1})) == (
        "epoch 10/10: loss=0.250 acc=0.750  valid acc=0.500 loss=1.500  123,457 texts/s"
    )
    assert epoch_sentence(report({"accuracy": 0.5})).count("loss") == 1
    assert epoch_sentence(report({})) == "epoch 10/10: loss=0.250 acc=0.750  123,457 texts/s"


def test_a_terminal_of_80_columns_shows_a_bar_notes_and_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    with observer_of(stream) as observer:
        assert isinstance(observer, BarObserver)
        observer.stage("reading the texts")
        observer.note("the label '[red]:bomb:\x1b]0;title\x07' is odd")
        observer.note("NOT AG NEWS", loud=True)
        observer.step(Progress(64))  # type: ignore[arg-type]
        observer._progress.refresh()  # it does so by itself ten times a second
        observer.epoch(report({"accuracy": 0.5, "log_loss": 1.5}))
    lines = lines_of(stream.getvalue())
    assert max(map(len, lines)) <= 80
    assert "note: the label '[red]:bomb:\\x1b]0;title\\x07' is odd" in lines
    assert lines[lines.index("NOT AG NEWS") - 1] == "!" * 78
    assert any("━" in line and "64/1234567 loss=0.250 acc=0.750" in line for line in lines)
    assert any(line.startswith("epoch 10/10: loss=") for line in lines)
    assert "\x1b]" not in stream.getvalue()
    assert "\x1b[31" in stream.getvalue() or "\x1b[1;31m" in stream.getvalue()


def test_no_color_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    with observer_of(stream) as observer:
        observer.note("odd", loud=True)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", stream.getvalue())


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_what_is_no_terminal_or_a_dumb_one_gets_plain_lines(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with observer_of(stream) as observer:
        assert isinstance(observer, PlainObserver)
        observer.stage("training\x1b[31m")
        for texts in range(10, 101, 10):
            observer.step(Progress(texts, 100))  # type: ignore[arg-type]
        observer.epoch(report({}))
        observer.step(Progress(20, 100))  # type: ignore[arg-type]
    shown = capsys.readouterr().err.splitlines()
    assert shown[0] == "training\\x1b[31m"
    assert [line.split(":")[0].strip() for line in shown[1:5]] == ["20", "40", "60", "80"]
    assert shown[5].startswith("epoch 10/10")
    assert shown[6].strip().startswith("20:")


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
