from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nlpkit import ConfigError
from nlpkit.notes import Note
from nlpkit.runs.checkpoints import store
from nlpkit.runs.checkpoints.store import CheckpointEvery, Checkpoints
from nlpkit.system import stopping
from nlpkit.training.state import TrainerState
from tests.runs.checkpoints.test_state import state


@pytest.fixture
def notes() -> list[Note]:
    return []


@pytest.fixture
def kept(tmp_path: Path, notes: list[Note]) -> Callable[..., Checkpoints]:
    return lambda **every: Checkpoints(tmp_path / "checkpoints", CheckpointEvery(**every), notes.append)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def taken(*given: tuple[int, int]) -> Iterator[Callable[[], TrainerState]]:
    """What gives states of these epochs and steps."""
    for epoch, step in given:
        yield lambda epoch=epoch, step=step: state(epoch=epoch, step=step)  # type: ignore[misc]


def test_the_newest_two_are_kept(kept: Callable[..., Checkpoints], tmp_path: Path) -> None:
    checkpoints = kept()
    for take in taken((1, 0), (2, 0), (2, 7), (3, 0)):
        checkpoints.now(take, []) if take().step else checkpoints.after_epoch(take, [], last=True)
    assert names(tmp_path) == ["000002-000000007", "000003-000000000"]
    found, _ = kept().latest()
    assert found is not None
    assert (found.epoch, found.step) == (3, 0)


def test_steps_are_counted_from_the_last_time_on(kept: Callable[..., Checkpoints], tmp_path: Path) -> None:
    checkpoints = kept(steps=3)
    for step in range(1, 9):
        checkpoints.after_step(lambda step=step: state(epoch=0, step=step), [])  # type: ignore[misc]
    assert names(tmp_path) == ["000000-000000003", "000000-000000006"]


def test_seconds_are_counted_from_the_last_time_on(
    kept: Callable[..., Checkpoints], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    checkpoints = kept(seconds=10)
    for step in range(1, 40):
        now[0] += 1
        checkpoints.after_step(lambda step=step: state(epoch=0, step=step), [])  # type: ignore[misc]
    assert names(tmp_path) == ["000000-000000020", "000000-000000030"]


def test_checkpoints_of_epochs_take_a_twentieth_of_the_time_at_the_most(
    kept: Callable[..., Checkpoints], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def slow(epoch: int) -> TrainerState:
        now[0] += 1.0  # a second for each
        return state(epoch=epoch)

    checkpoints, written = kept(), []
    for epoch in range(1, 61):
        now[0] += 1.0
        checkpoints.after_epoch(lambda epoch=epoch: slow(epoch), [], last=epoch == 60)  # type: ignore[misc]
        written += [epoch] if f"{epoch:06d}-000000000" in names(tmp_path) else []
    assert written == [1, 21, 41, 60]


@pytest.mark.parametrize("name", ["state.json", "tensors.safetensors", "checkpoint.json"])
@pytest.mark.parametrize("change", ["flipped", "cut", "empty", "gone"])
def test_a_damaged_one_is_told_aloud_and_the_one_before_is_used(
    name: str, change: str, kept: Callable[..., Checkpoints], tmp_path: Path, notes: list[Note]
) -> None:
    checkpoints = kept()
    for take in taken((1, 0), (2, 0)):
        checkpoints.after_epoch(take, [], last=True)
    path = tmp_path / "checkpoints" / "000002-000000000" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes({"flipped": bytes(content), "cut": bytes(content[:-1]), "empty": b""}[change])
    found, _ = kept().latest()
    assert found is not None
    assert found.epoch == 1
    [note] = notes
    assert note.level == "loud"
    assert note.text.startswith("the checkpoint 000002-000000000 is damaged, and an earlier state is used")


def test_what_is_no_checkpoint_is_passed_over(
    kept: Callable[..., Checkpoints], tmp_path: Path, notes: list[Note]
) -> None:
    kept().after_epoch(lambda: state(epoch=1), [], last=True)
    (tmp_path / "checkpoints" / "999999-000000000").mkdir()
    (tmp_path / "checkpoints" / "a file").touch()
    found, _ = kept().latest()
    assert found is not None
    assert found.epoch == 1
    assert len(notes) == 2


def test_without_a_folder_nothing_is_taken() -> None:
    checkpoints = Checkpoints(None, CheckpointEvery(steps=1), print)
    checkpoints.after_step(lambda: pytest.fail("taken"), [])
    checkpoints.after_epoch(lambda: pytest.fail("taken"), [], last=True)
    assert checkpoints.latest() == (None, [])


def test_a_disk_that_fails_costs_the_checkpoint_and_no_run(
    kept: Callable[..., Checkpoints], tmp_path: Path, notes: list[Note], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints, write = kept(), store.sealed.write
    checkpoints.after_epoch(lambda: state(epoch=1), [], last=True)

    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.sealed, "write", full)
    checkpoints.after_epoch(lambda: state(epoch=2), [], last=True)
    [note] = notes
    assert (
        note.text
        == "no checkpoint is written, and the run goes on: cannot be written: No space left on device"
    )
    assert names(tmp_path) == ["000001-000000000"]
    monkeypatch.setattr(store.sealed, "write", write)
    checkpoints.after_epoch(lambda: state(epoch=3), [], last=True)  # once there is a place again
    assert names(tmp_path) == ["000001-000000000", "000003-000000000"]


@pytest.mark.parametrize("error", [AttributeError("no state"), NotImplementedError()])
def test_a_trainer_that_gives_no_state_is_told_once(
    error: Exception, kept: Callable[..., Checkpoints], notes: list[Note]
) -> None:
    def failing() -> TrainerState:
        raise error

    checkpoints = kept()
    for _ in range(3):
        checkpoints.after_epoch(failing, [], last=True)
    [note] = notes
    assert note.text.startswith(f"the trainer cannot be resumed, and the run goes on: {type(error).__name__}")


def test_a_trainer_that_can_be_kept_after_an_epoch_alone_is_not_kept_in_one(
    kept: Callable[..., Checkpoints], tmp_path: Path, notes: list[Note]
) -> None:
    checkpoints = kept(steps=1)
    for _ in range(3):
        checkpoints.after_step(lambda: state(epoch=1, step=0), [])
    assert (notes, (tmp_path / "checkpoints").exists()) == ([], False)


def test_a_signal_is_answered_by_a_checkpoint(
    kept: Callable[..., Checkpoints], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = kept()
    with pytest.raises(KeyboardInterrupt), stopping.held_back():
        assert stopping.hold(KeyboardInterrupt())
        checkpoints.after_step(lambda: state(epoch=0, step=3), [])
        pytest.fail("it goes on")
    assert names(tmp_path) == ["000000-000000003"]


def test_a_state_of_another_model_is_refused(kept: Callable[..., Checkpoints]) -> None:
    with (
        pytest.raises(ConfigError, match="the checkpoint is of another model: KeyError: 'weight'"),
        kept().fitting(state()),
    ):
        raise KeyError("weight")
    with pytest.raises(KeyError), kept().fitting(None):  # a bug is a bug
        raise KeyError("weight")
