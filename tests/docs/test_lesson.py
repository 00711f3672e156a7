"""The lesson as a student has it: its commands one after the other, in one folder, with what they print."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlpkit.cli.main import outcome
from nlpkit.cli.shipped import examples_folder
from tests.docs.pages import DOCS, assert_shown

LESSON = (DOCS / "lesson.md").read_text(encoding="utf-8")
STEPS = sorted(path.stem for path in (examples_folder() / "lesson").iterdir())
SMALL = 'data.fallback={type = "headlines", train_size = 200, valid_size = 40, test_size = 40}'
TABLE = re.search(r"^```text\n(experiment .*?)^```", LESSON, flags=re.MULTILINE | re.DOTALL)
EPOCH = re.search(r"^    (epoch 1/1: .*)$", LESSON, flags=re.MULTILINE)


def session() -> Iterator[tuple[list[str], str]]:
    """Each command of the page, as arguments of nlpkit, and what the page shows of its output."""
    for block in re.findall(r"^```console\n(.*?)^```", LESSON, flags=re.MULTILINE | re.DOTALL):
        for command, shown in re.findall(r"^\$ nlpkit (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE):
            yield shlex.split(command), shown


def test_the_commands_of_the_lesson_go_on_from_each_other(
    away: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """On a few invented headlines; what the page shows of the corpus of word order has to be true."""
    for arguments, shown in session():
        of_ag_news = any("lesson" in each for each in arguments)
        small = ["--set", SMALL] if arguments[0] == "run" and of_ag_news else []
        capfd.readouterr()
        code = outcome([*arguments, *small])
        said = capfd.readouterr()
        assert code == 0, said.err
        if shown and not of_ag_news:
            assert_shown(shown, said.err + said.out)
    assert sorted(path.name for path in (away / "runs/lesson").iterdir()) == STEPS


@pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "night", reason="seven networks on AG News take minutes"
)
def test_the_lesson_shows_what_ag_news_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(data_dir))
    for arguments, shown in session():
        if not any("lesson" in each for each in arguments):
            continue
        capfd.readouterr()
        assert outcome(arguments) == 0
        said = capfd.readouterr()
        if shown:
            assert_shown(shown, said.out)
        elif arguments == ["run", "lesson"]:
            assert TABLE
            assert EPOCH
            assert_shown(TABLE[1], said.out)
            assert_shown(f"...\n{EPOCH[1]}\n...", said.err)


def test_each_step_is_told_and_ends_with_a_sentence_that_is_predicted() -> None:
    for step in STEPS:
        told = LESSON.split(f"\n## {step[0]}. ")[1].split("\n## ")[0]
        assert f"$ nlpkit predict runs/lesson/{step} " in told


def test_each_step_changes_one_thing() -> None:
    changed = {
        "3_lstm": ["type"],
        "4_padding": ["collator"],
        "5_packed_lstm": ["collator", "packed"],
        "6_bidirectional": ["bidirectional"],
        "7_multi_layer": ["num_layers"],
    }
    texts = [
        (examples_folder() / f"lesson/{step}.toml").read_text("utf-8").splitlines()[1:] for step in STEPS
    ]
    for step, before, after in zip(STEPS[2:], texts[1:], texts[2:], strict=False):
        lines = [new for old, new in zip(before, after, strict=True) if old != new]
        assert [line.split(" = ")[0] for line in lines] == changed[step]
