from __future__ import annotations

import errno
import json
import os
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import faults
from nlpkit import ConfigError, Csv, DataError, Experiment, InMemory, Member, Observer, StorageError, run
from nlpkit.runs import side_by_side
from nlpkit.runs.checkpoints.store import CheckpointEvery
from nlpkit.runs.resume import resume
from tests.runs.quick import EXPERIMENT
from tests.runs.test_side_by_side import BAG, LINEAR, POOL

EACH_STEP = CheckpointEvery(steps=1)


class Stops(Observer):
    """Raises an error after so many epochs and steps, and collects notes."""

    def __init__(self, error: BaseException, *, epochs: int = 0, steps: int = 0) -> None:
        self._error, self._left, self._steps = error, epochs, steps
        self.notes: list[str] = []
        self.said: list[str] = []

    def note(self, note: Any) -> None:
        self.notes.append(note.text)

    def stage(self, sentence: str) -> None:
        self.said.append(sentence)

    def step(self, progress: Any) -> None:
        self._steps -= 1
        if self._steps == 0:
            raise self._error

    def epoch(self, report: Any) -> None:
        self._left -= 1
        if self._left == 0:
            raise self._error


def stopped(experiment: Experiment, folder: Path, **where: int) -> None:
    """A run that was interrupted somewhere."""
    with pytest.raises(KeyboardInterrupt) as caught:
        run(experiment, folder, Stops(KeyboardInterrupt(), **where), checkpoint_every=EACH_STEP)
    assert caught.value.__notes__ == [f"nlpkit resume {folder}"]


def read(folder: Path) -> dict[str, bytes]:
    names = ["scores.json", "predictions.csv", "experiment.toml"]
    return {name: (folder / name).read_bytes() for name in names} | {
        str(path.relative_to(folder)): path.read_bytes() for path in (folder / "model").rglob("*.safetensors")
    }


@pytest.mark.parametrize("steps", [2, 3, 4])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_goes_on_to_the_bits_of_the_one_that_was_not_stopped(
    steps: int, workers: int, tmp_path: Path
) -> None:
    experiment = replace(EXPERIMENT, trainer=replace(EXPERIMENT.trainer, workers=workers))
    run(experiment, tmp_path / "whole")
    stopped(experiment, tmp_path / "run", steps=steps)
    watching = Stops(KeyboardInterrupt())
    result = resume(tmp_path / "run", watching)
    assert read(tmp_path / "run") == read(tmp_path / "whole")
    assert [report.epoch for report in result.epochs] == [1, 2]
    assert (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").count("\n") == 2
    assert any(said.startswith("going on after epoch") for said in watching.said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "whole"]
    assert not (tmp_path / "run" / "unfinished").exists()


@pytest.mark.parametrize("members", [(BAG,), (BAG, LINEAR), (LINEAR, BAG)], ids=["lone", "first", "last"])
@pytest.mark.parametrize("steps", [2, 4])
def test_members_go_on_where_they_were_in_their_second_training_as_well(
    members: tuple[Member, ...], steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    bag = replace(BAG, trainer=replace(BAG.trainer, batch_size=40, epochs=1))
    experiment = replace(POOL, members=tuple(bag if each is BAG else each for each in members))
    run(experiment, tmp_path / "whole")
    stopped(experiment, tmp_path / "run", steps=steps)
    resume(tmp_path / "run.partial")  # either name will do
    assert read(tmp_path / "run") == read(tmp_path / "whole")


def test_a_member_that_is_finished_and_damaged_is_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    experiment = replace(POOL, members=(LINEAR, BAG))
    run(experiment, tmp_path / "whole")
    stopped(experiment, tmp_path / "run", steps=2)
    [done] = (tmp_path / "run.partial" / "unfinished").glob("*/finished/test.npy")
    content = bytearray(done.read_bytes())
    content[-1] ^= 1
    done.write_bytes(content)
    watching = Stops(KeyboardInterrupt())
    resume(tmp_path / "run", watching)
    assert any("is damaged, and it is trained again: test.npy" in note for note in watching.notes)
    assert read(tmp_path / "run") == read(tmp_path / "whole")


def test_of_two_checkpoints_that_are_damaged_none_is_used(tmp_path: Path) -> None:
    run(EXPERIMENT, tmp_path / "whole")
    stopped(EXPERIMENT, tmp_path / "run", steps=4)
    for path in (tmp_path / "run.partial").rglob("tensors.safetensors"):
        path.write_bytes(path.read_bytes()[:-1])
    watching = Stops(KeyboardInterrupt())
    resume(tmp_path / "run", watching)
    assert len([note for note in watching.notes if "is damaged" in note]) == 2
    assert read(tmp_path / "run") == read(tmp_path / "whole")


@pytest.mark.parametrize("error", [ValueError("odd"), MemoryError()])
def test_an_error_that_is_no_refusal_keeps_what_was_trained(error: Exception, tmp_path: Path) -> None:
    with pytest.raises(type(error)) as caught:
        run(EXPERIMENT, tmp_path / "run", Stops(error, steps=4), checkpoint_every=EACH_STEP)
    assert caught.value is error
    resume(tmp_path / "run")
    assert (tmp_path / "run" / "report.html").is_file()


def test_after_a_refusal_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        run(EXPERIMENT, tmp_path / "run", Stops(ConfigError("diverged"), steps=4), checkpoint_every=EACH_STEP)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_stopped_is_not_overwritten(tmp_path: Path) -> None:
    stopped(EXPERIMENT, tmp_path / "run", steps=4)
    with pytest.raises(ConfigError) as caught:
        run(EXPERIMENT, tmp_path / "run")
    assert str(caught.value) == (
        f"{tmp_path}/run: a run was stopped here, and can go on\n"
        f"  nlpkit resume {tmp_path}/run, or remove {tmp_path}/run.partial"
    )


def test_one_that_was_stopped_before_anything_was_kept_is(tmp_path: Path) -> None:
    (tmp_path / "run.partial" / "unfinished").mkdir(parents=True)
    with pytest.raises(ConfigError, match="stopped before it had begun"):
        resume(tmp_path / "run")
    run(EXPERIMENT, tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_there_is_nothing_to_resume_in_a_run_that_is_finished(tmp_path: Path) -> None:
    run(EXPERIMENT, tmp_path / "run")
    for folder, said in (
        (tmp_path / "run", "this run is finished"),
        (tmp_path / "no", "there is no run here"),
    ):
        with pytest.raises(ConfigError, match=said):
            resume(folder)


def test_other_texts_are_refused_by_name_and_what_was_kept_stays(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    rows = [f"good,a fine day {n}\nbad,a poor night {n}\n" for n in range(60)]
    path.write_text("label,text\n" + "".join(rows), encoding="utf-8")
    experiment = replace(EXPERIMENT, data=Csv(train=path, text=("text",), label="label"))
    stopped(experiment, tmp_path / "run", steps=3)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("fine", "nice"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        resume(tmp_path / "run")
    assert str(caught.value) == (
        f"{tmp_path}/run: since this run began, texts.csv has changed, and it would go on as another one\n"
        "  put it back as it was, or run it anew into another folder"
    )
    path.write_text(text, encoding="utf-8")
    resume(tmp_path / "run")


@pytest.mark.parametrize("place", ["runs", "other", "runs/run.partial", "runs/run.partial/unfinished"])
def test_it_goes_on_from_any_folder(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"good,a fine day {n}\nbad,a poor night {n}\n" for n in range(60)]
    (tmp_path / "texts.csv").write_text("label,text\n" + "".join(rows), encoding="utf-8")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    experiment = replace(EXPERIMENT, data=Csv(train=Path("texts.csv"), text=("text",), label="label"))
    with pytest.raises(KeyboardInterrupt):
        run(experiment, "runs/run", Stops(KeyboardInterrupt(), steps=3), checkpoint_every=EACH_STEP)
    monkeypatch.chdir(place)
    inside = {
        "runs": "run",
        "other": "../runs/run",
        "runs/run.partial": ".",
        "runs/run.partial/unfinished": "..",
    }
    assert resume(inside[place]).facts["resumed"] == 1
    assert (tmp_path / "runs" / "run" / "report.html").is_file()


@pytest.mark.parametrize("folder", ["", "/", ".", "..", "x" * 500, "a\0b"])
def test_what_is_no_name_of_a_run_is_refused(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(ConfigError, match="there is no run here that was stopped"):
        resume(folder)


def test_texts_in_memory_are_to_be_given_again(tmp_path: Path) -> None:
    texts = [f"a fine day {n}" for n in range(60)] + [f"a poor night {n}" for n in range(60)]
    experiment = replace(EXPERIMENT, data=InMemory(texts, ["good"] * 60 + ["bad"] * 60))
    stopped(experiment, tmp_path / "run", steps=3)
    with pytest.raises(DataError) as caught:
        resume(tmp_path / "run")
    assert "nlpkit.run(experiment, folder, resume=True)" in caught.value.hint
    run(experiment, tmp_path / "run", resume=True)
    run(experiment, tmp_path / "whole")
    assert read(tmp_path / "run") == read(tmp_path / "whole")


def test_the_settings_that_are_others_are_named(tmp_path: Path) -> None:
    stopped(EXPERIMENT, tmp_path / "run", steps=3)
    (tmp_path / "run.partial" / "metrics.jsonl").write_text("kept\n", encoding="utf-8")
    other = replace(EXPERIMENT, trainer=replace(EXPERIMENT.trainer, epochs=3))
    with pytest.raises(ConfigError, match=r"since this run began, trainer\.epochs has changed"):
        run(other, tmp_path / "run", resume=True)
    assert (tmp_path / "run.partial" / "metrics.jsonl").read_text(encoding="utf-8") == "kept\n"


def test_a_link_is_not_gone_on_with(tmp_path: Path) -> None:
    stopped(EXPERIMENT, tmp_path / "run", steps=3)
    (tmp_path / "run.partial").rename(tmp_path / "elsewhere.partial")
    (tmp_path / "run.partial").symlink_to(tmp_path / "elsewhere.partial")
    with pytest.raises(ConfigError, match="this is a link"):
        resume(tmp_path / "run")
    resume(tmp_path / "elsewhere")


def test_the_speed_of_an_epoch_is_that_of_both_parts(tmp_path: Path) -> None:
    stopped(EXPERIMENT, tmp_path / "run", steps=4)
    path = next((tmp_path / "run.partial").rglob("000001-000000001/state.json"))
    before = json.loads(json.loads(path.read_bytes())["state"]["counted"]["tuple"][0])[-1]
    [_, report] = resume(tmp_path / "run").epochs
    assert report.train_seconds > before > 0
    assert report.texts_per_second == pytest.approx(report.texts / report.train_seconds)


def test_another_version_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(EXPERIMENT, tmp_path / "run", steps=3)
    monkeypatch.setattr("nlpkit.runs.checkpoints.begun.version", lambda name: f"9 of {name}")
    with pytest.raises(ConfigError, match=r"torch from \S+ to 9 of torch, numpy from"):
        resume(tmp_path / "run")


@pytest.mark.parametrize("name", ["begun/run.json", "begun/experiment.toml"])
def test_what_it_began_with_is_not_to_be_changed(name: str, tmp_path: Path) -> None:
    stopped(EXPERIMENT, tmp_path / "run", steps=3)
    path = tmp_path / "run.partial" / "unfinished" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ConfigError, match="what this run began with is damaged: "):
        resume(tmp_path / "run")


def test_a_full_disk_at_the_end_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(StorageError) as caught:
        patched.setattr("nlpkit.runs.folder.write_predictions", full)
        run(EXPERIMENT, tmp_path / "run")
    assert str(caught.value) == (
        f"{tmp_path}/run: cannot be written: No space left on device\n"
        f"  free some space, and go on with\n  nlpkit resume {tmp_path}/run"
    )
    resume(tmp_path / "run")
    run(EXPERIMENT, tmp_path / "whole")
    assert read(tmp_path / "run") == read(tmp_path / "whole")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    """What a run comes to that nothing happens to, and how many times it writes."""
    root = tmp_path_factory.mktemp("small")
    faults.kept(faults.experiment(), root / "whole")
    work = partial(faults.kept, faults.experiment(), root / "counted" / "run")
    return faults.digest(root / "whole"), faults.count_of_places(work, root / "counted")


@pytest.mark.parametrize("part", range(8))
def test_killed_where_it_writes_it_goes_on(part: int, small: tuple[str, int], tmp_path: Path) -> None:
    whole, places = small
    assert places > 50
    work = partial(faults.kept, faults.experiment(), tmp_path / "run")
    assert faults.killed_at(2 + part * (places - 2) // 8, work, tmp_path) == -signal.SIGKILL
    said = faults.outcome(tmp_path / "run", whole, work)
    assert said in ("resumed", "begun again") if part == 0 else said == "resumed"


@pytest.mark.parametrize("code", faults.DISK, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("part", [1, 3])
def test_a_disk_that_fails_for_good_leaves_what_can_go_on(
    part: int, code: int, small: tuple[str, int], tmp_path: Path
) -> None:
    whole, places = small
    work = partial(faults.kept, faults.experiment(), tmp_path / "run")
    assert faults.failing_at(part * places // 4, code, work, tmp_path) == faults.REFUSED
    assert faults.outcome(tmp_path / "run", whole, work) == "resumed"


def test_who_is_killed_takes_its_processes_along(tmp_path: Path) -> None:
    experiment = replace(EXPERIMENT, trainer=replace(EXPERIMENT.trainer, workers=2))

    class Dies(Observer):
        def step(self, progress: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

    work = partial(run, experiment, tmp_path / "run", Dies(), checkpoint_every=EACH_STEP)
    assert faults.waited(faults.started(work)) == -signal.SIGKILL
    resume(tmp_path / "run")  # nobody holds the folder
