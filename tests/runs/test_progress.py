from __future__ import annotations

import builtins
import io
import os
import pty
import re
import sys
import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nlpkit import (
    Csv,
    EmbeddingMean,
    Experiment,
    Headlines,
    NlpkitWarning,
    Note,
    Observer,
    Offsetify,
    Standard,
    Tracker,
)
from nlpkit.runs.progress import BarObserver, PlainObserver, epoch_sentence, observer_of
from nlpkit.runs.run import run
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
        self.member = ""


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
        observer.note(Note("the label '[red]:bomb:\x1b]0;title\x07' is odd"))
        observer.note(Note("NOT AG NEWS", "loud"))
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
        observer.note(Note("odd", "loud"))
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", stream.getvalue())


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_what_is_no_terminal_or_a_dumb_one_gets_plain_lines(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with observer_of(stream) as observer:
        assert isinstance(observer, PlainObserver)
        observer.stage("training\x1b[31m")
        for texts in range(10, 101, 10):
            observer.step(Progress(texts, 100))  # type: ignore[arg-type]
        observer.epoch(report({}))
        observer.step(Progress(20, 100))  # type: ignore[arg-type]
    stage, epoch = stream.getvalue().splitlines()
    assert stage == "training\\x1b[31m"
    assert epoch.startswith("epoch 10/10")


def test_a_long_epoch_gives_a_sign_of_life_after_thirty_seconds_of_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("nlpkit.runs.progress.time.monotonic", lambda: now)
    stream = io.StringIO()
    observer = PlainObserver(stream)
    for now in range(0, 100, 7):
        observer.step(Progress(1000 * now, 100_000))  # type: ignore[arg-type]
        if now == 49:  # whatever is told is one
            observer.stage("training")
    assert stream.getvalue().splitlines() == [
        "  epoch 10/10, text 35,000 of 100,000: loss=0.250 acc=0.750",
        "training",
        "  epoch 10/10, text 84,000 of 100,000: loss=0.250 acc=0.750",
    ]


def test_lines_for_a_stream_that_is_closed_are_lost_without_a_word() -> None:
    stream = io.StringIO()
    stream.close()
    PlainObserver(stream).note(Note("odd"))


EXPERIMENT = Experiment(
    data=Headlines(train_size=80, valid_size=20, test_size=20),
    encoder=EmbeddingMean(),
    collator=Offsetify(),
    trainer=Standard(batch_size=16, epochs=2, learning_rate=0.1),
    baseline=False,
)
TRAINING = "training on 80 texts of 4 classes; 20 for validation, 20 for test"
STAGES = ["reading the texts", "tokenizing", TRAINING, "scoring the test texts"]


@dataclass(frozen=True)
class Gone(Tracker):
    """Its server is gone."""

    def build(self) -> object:
        raise ConnectionError("server gone")


class Watching(Observer):
    def __init__(self) -> None:
        self.told: list[str] = []

    def stage(self, sentence: str) -> None:
        self.told.append(sentence)

    def note(self, note: Note) -> None:
        self.told.append(note.text)

    def epoch(self, report: EpochReport) -> None:
        self.told.append(f"epoch {report.epoch}")


@pytest.fixture
def leaking(tmp_path: Path) -> Experiment:
    """An experiment of 40 texts, of which two are test texts too."""
    rows = [f"{word} day {i},{word}\n" for i in range(20) for word in ("good", "bad")]
    for name, some in (("train.csv", rows), ("test.csv", rows[:2])):
        (tmp_path / name).write_text("".join(["text,label\n", *some]), encoding="utf-8")
    data = Csv(train=tmp_path / "train.csv", test=tmp_path / "test.csv")
    return replace(EXPERIMENT, data=data, collator=Offsetify(max_tokens=2))


OF_LEAKING = "training on 36 texts of 2 classes; 4 for validation, 2 for test"
LEAK = "LEAK: 2 of 2 test rows are also in train, 2 exactly and 0 but for case and spaces (rows 1, 2); "
LEAK += "scores on test are too good: remove these rows from one of the two"
CUT = "42 texts are longer than 2 tokens, and only their head is read (collator.max_tokens, collator.keep)"


def test_a_run_that_nobody_watches_warns_of_loud_notes_at_the_line_that_called_it(
    leaking: Experiment,
) -> None:
    with pytest.warns(NlpkitWarning) as caught:
        result = run(leaking)
    assert [(str(each.message), each.filename) for each in caught] == [(LEAK, __file__)]
    assert result.notes == (Note(LEAK, "loud"), Note(CUT))


def test_a_tracker_that_fails_in_a_run_that_nobody_watches_is_warned_of() -> None:
    with pytest.warns(NlpkitWarning, match=r"track\[0\] \(Gone\) failed in build and is left out"):
        run(replace(EXPERIMENT, track=(Gone(),)))


def test_an_observer_gets_all_notes_and_nothing_is_warned_of(
    leaking: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    watching = Watching()
    result = run(leaking, observer=watching)
    assert watching.told == [
        "reading the texts",
        LEAK,
        "tokenizing",
        CUT,
        OF_LEAKING,
        "epoch 1",
        "epoch 2",
        "scoring the test texts",
    ]
    assert [note.text for note in result.notes] == [LEAK, CUT]
    assert capsys.readouterr() == ("", "")


def test_progress_is_lines_on_a_standard_error_that_is_no_terminal(
    leaking: Experiment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(leaking, tmp_path / "run", progress=True)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert OF_LEAKING in lines
    assert lines[1:4] == ["!" * 78, LEAK, "!" * 78]
    assert f"note: {CUT}" in lines
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == ["epoch 1/2", "epoch 2/2"]


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    ours, theirs = pty.openpty()
    shown = bytearray()

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                shown.extend(piece)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        result = run(EXPERIMENT, progress=True)
    reader.join()
    os.close(ours)
    lines = lines_of(shown.decode())
    assert [line for line in lines if line in STAGES] == STAGES
    assert any("━" in line for line in lines)
    assert epoch_sentence(result.epochs[1]) in lines


def test_progress_and_an_observer_are_both_told(capsys: pytest.CaptureFixture[str]) -> None:
    watching = Watching()
    run(EXPERIMENT, observer=watching, progress=True)
    assert watching.told == [*STAGES[:3], "epoch 1", "epoch 2", STAGES[3]]
    assert [line for line in capsys.readouterr().err.splitlines() if line in STAGES] == STAGES


def test_progress_changes_nothing_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    shown, silent = run(EXPERIMENT, progress=True), run(EXPERIMENT)
    assert (shown.probabilities == silent.probabilities).all()


@pytest.mark.parametrize("widgets", [True, False])
def test_progress_is_a_bar_in_a_notebook_that_has_widgets(
    widgets: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ZMQInteractiveShell: ...

    class Output(nullcontext[None]):
        def clear_output(self, wait: bool) -> None: ...
        def close(self) -> None: ...

    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    module: Any = ModuleType("ipywidgets")
    module.__spec__, module.Output = ModuleSpec("ipywidgets", None), Output
    monkeypatch.setitem(sys.modules, "ipywidgets", module if widgets else None)
    displayed: list[Any] = []
    display: Any = ModuleType("IPython.display")
    display.display = displayed.append
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    stream = io.StringIO()
    with observer_of(stream) as observer:
        observer.stage("training")
        assert isinstance(observer, BarObserver if widgets else PlainObserver)
    assert stream.getvalue() == ("" if widgets else "training\n")
    texts = [each.text.strip() for each in displayed if hasattr(each, "text")]
    assert [text for text in texts if text] == (["training"] if widgets else [])
