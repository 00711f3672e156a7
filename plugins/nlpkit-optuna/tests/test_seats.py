"""Who runs which trial: of all processes together as many as were asked for, each once."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.study import StudyDirection
from optuna.trial import Trial, TrialState

from nlpkit import ConfigError, MissingError, StorageError
from nlpkit_optuna import Search
from nlpkit_optuna.seats import Seats
from nlpkit_optuna.storage import opened, studied


@pytest.fixture
def seats(tmp_path: Path) -> Callable[..., Seats]:
    """Those of one more process on the same file."""

    def begun(total: int = 3) -> Seats:
        storage = opened(f"sqlite:///{tmp_path / 'trials.db'}", 60)
        study = studied(storage, Search(name="study"), StudyDirection.MAXIMIZE, {"a": 1})
        return Seats(study, storage, total)

    return begun


def run(seats: Seats) -> int:
    """Take a seat, and be done; the number of the trial."""
    trial = taken(seats)
    seats.end(trial, [0.5], state=TrialState.COMPLETE)
    return trial.number


def taken(seats: Seats) -> Trial:
    trial = seats.take()
    assert trial is not None
    return trial


def silence(folder: Path, *, before_the_first_sign: bool = False) -> None:
    """Let all that runs have been killed an hour ago, or at once after its start."""
    change = "DELETE FROM trial_heartbeats" if before_the_first_sign else None
    with sqlite3.connect(folder / "trials.db") as database:
        database.execute(change or "UPDATE trial_heartbeats SET heartbeat = datetime('now', '-1 hour')")


def states(seats: Seats) -> list[str]:
    return [each.state.name for each in seats.study.trials]


def test_there_are_as_many_as_were_asked_for_in_all(seats: Callable[..., Seats]) -> None:
    one, other = seats(), seats()
    assert [run(one), run(other), run(one)] == [0, 1, 2]
    assert one.take() is other.take() is None
    assert len(other.over) == 3
    assert run(seats(4)) == 3


def test_the_last_seat_is_one_process_s_alone(
    seats: Callable[..., Seats], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = seats(1), seats(1)
    ask = one.study.ask

    def ask_second(*given: object) -> Trial:
        assert other.take() is not None  # between our look at the seats and our question for one
        return ask()

    monkeypatch.setattr(one.study, "ask", ask_second)
    assert one.take() is None
    assert states(one) == ["RUNNING", "FAIL"]
    assert not one.over


def test_what_a_dead_process_had_is_run_again_once(seats: Callable[..., Seats], tmp_path: Path) -> None:
    dead, one, other = seats(1), seats(1), seats(1)
    first = taken(dead)
    first.suggest_float("x", 0, 1)
    with dead.alive(first):
        pass  # gives a sign
    silence(tmp_path)
    again, nothing = taken(one), other.take()
    assert nothing is None
    assert again.number == 1
    assert again.suggest_float("x", 0, 1) == first.params["x"]
    assert one.place(one.study.trials[1]) == 0
    assert states(one) == ["FAIL", "RUNNING"]
    assert dead.end(first, [1.0], state=TrialState.COMPLETE) is False  # it was not dead after all
    assert one.end(again, [0.5], state=TrialState.COMPLETE) is True
    assert [each.value for each in other.over] == [0.5]


def test_one_that_was_killed_before_its_first_sign_of_life_is_given_up_too(
    seats: Callable[..., Seats], tmp_path: Path
) -> None:
    dead, one = seats(1), seats(1)
    with dead.alive(taken(dead)):
        pass
    silence(tmp_path, before_the_first_sign=True)
    assert one.take() is None  # its time runs from here on
    silence(tmp_path)
    assert taken(one).number == 1


def test_one_that_gives_signs_is_left_alone(seats: Callable[..., Seats]) -> None:
    alive, one = seats(1), seats(1)
    with alive.alive(taken(alive)):
        assert one.take() is None
    assert states(one) == ["RUNNING"]


def test_one_that_kills_its_process_each_time_makes_room_for_another(
    seats: Callable[..., Seats], tmp_path: Path
) -> None:
    one = seats(1)
    for number in range(5):
        trial = taken(one)
        assert trial.number == number
        trial.suggest_float("x", 0, 1)
        with one.alive(trial):
            pass
        silence(tmp_path)
    fresh = taken(one)
    assert (fresh.number, fresh.params) == (5, {})
    assert one.place(one.study.trials[5]) == 1


def test_what_is_given_back_is_run_again_by_whoever_comes(seats: Callable[..., Seats]) -> None:
    one, other = seats(2), seats(2)
    for _ in range(5):  # more often than a trial may be killed
        trial = taken(one)
        x = trial.suggest_float("x", 0, 1)
        one.give_back(trial)
        again = taken(other)
        assert again.suggest_float("x", 0, 1) == x
        other.give_back(again)
    assert not other.over
    assert [each.state.name for each in one.open] == ["WAITING"]


def test_one_that_failed_for_good_keeps_its_seat(seats: Callable[..., Seats]) -> None:
    one = seats(1)
    one.end(taken(one), state=TrialState.FAIL, attributes={"error": "too large"})
    assert one.take() is None
    assert len(one.over) == 1


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        (
            "trials.log",
            ConfigError,
            "storage: 'trials.log' is not the address of a database\n  give one such as sqlite:///trials.db "
            "or postgresql://user@host/name; a journal cannot tell that a process was killed, and its trial "
            "would run for ever",
        ),
        ("sqlite://", ConfigError, "storage: a database in memory is gone with its process"),
        ("sqlite:///:memory:", ConfigError, "storage: a database in memory is gone with its process"),
        ("pigeon://x", ConfigError, "pigeon://x: storage: this is not the address of a database"),
        (
            "postgresql+psycopg2://me:secret@localhost/trials",
            MissingError,
            "postgresql+psycopg2://me:***@localhost/trials: psycopg2 is not installed\n"
            "  pip install 'psycopg2-binary'",
        ),
    ],
)
def test_a_storage_that_will_not_do_is_refused(
    url: str, error: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(error) as caught:
        opened(url, 60)
    assert str(caught.value).startswith(said)


def test_a_storage_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit_optuna.storage._OPENINGS", 1)
    with pytest.raises(StorageError, match="the storage cannot be opened: unable to open database file"):
        opened(f"sqlite:///{tmp_path}/no/trials.db", 60)


def test_a_study_of_somebody_else_is_not_gone_on_with(tmp_path: Path) -> None:
    storage = opened(f"sqlite:///{tmp_path / 'trials.db'}", 60)
    optuna.create_study(storage=storage, study_name="theirs", direction="maximize")
    studied(storage, Search(name="ours"), StudyDirection.MAXIMIZE, {"search": {"seed": 1}, "texts": "one"})
    with pytest.raises(ConfigError) as caught:
        studied(
            storage, Search(name="ours"), StudyDirection.MAXIMIZE, {"search": {"seed": 2}, "texts": "one"}
        )
    assert str(caught.value) == (
        "the study 'ours' was begun with something else\n"
        "  search.seed: 1 there, 2 here\n"
        "  another --name begins a study of its own"
    )
