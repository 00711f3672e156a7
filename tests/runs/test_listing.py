from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from nlpkit import run
from nlpkit.runs import side_by_side
from nlpkit.runs.listing import runs_in
from nlpkit.system.atomic import held
from nlpkit.system.forking import Child
from tests.runs.quick import EXPERIMENT
from tests.runs.test_resume import stopped
from tests.runs.test_side_by_side import BAG, LINEAR, POOL


def told(folder: Path) -> dict[str, tuple[str, str]]:
    return {str(each.folder.relative_to(folder)): (each.state, each.progress) for each in runs_in(folder)}


def test_runs_are_listed_with_how_far_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(EXPERIMENT, tmp_path / "done")
    stopped(EXPERIMENT, tmp_path / "nightly" / "step", steps=4)
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    stopped(replace(POOL, members=(LINEAR, BAG)), tmp_path / "pool", steps=2)
    (tmp_path / "lost.partial" / "unfinished").mkdir(parents=True)
    assert told(tmp_path) == {
        "done": ("finished", f"epoch {result.scored['best_epoch']}"),
        "nightly/step": ("stopped", "epoch 2 of 2, step 1"),
        "pool": ("stopped", "1 member finished; embedding_mean: epoch 1, step 1"),
        "lost": ("lost", "nothing kept yet"),
    }
    [done] = [each for each in runs_in(tmp_path) if each.state == "finished"]
    assert done.accuracy == result.scores["accuracy"]


def test_the_latest_is_first(tmp_path: Path) -> None:
    for name, when in (("a", 3), ("b", 1), ("c", 2)):
        run(EXPERIMENT, tmp_path / name)
        os.utime(tmp_path / name / "manifest.json", (when, when))
    assert list(told(tmp_path)) == ["a", "c", "b"]


def test_one_that_another_process_is_at_is_running(tmp_path: Path) -> None:
    stopped(EXPERIMENT, tmp_path / "run", steps=4)

    def other() -> None:
        assert told(tmp_path) == {"run": ("running", "epoch 2 of 2, step 1")}

    with held(tmp_path / "run.partial"):
        assert Child(other).finished()
    assert told(tmp_path) == {"run": ("stopped", "epoch 2 of 2, step 1")}


def test_what_is_no_run_or_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    for name, content in (("a", "{"), ("b", "[]"), ("c", "[" * 100_000)):
        (tmp_path / name).mkdir()
        for file in ("manifest.json", "scores.json"):
            (tmp_path / name / file).write_text(content, encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "d.partial").mkdir()
    stopped(EXPERIMENT, tmp_path / "run", epochs=2)
    for path in (tmp_path / "run.partial").rglob("state.json"):
        path.write_bytes(b"[]")
    assert told(tmp_path) == {"run": ("stopped", "damaged")}
    assert runs_in(tmp_path / "none") == []
