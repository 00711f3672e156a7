from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit import ConfigError, Local, LostError, SettingsError
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_dask import Dask

PLUGIN = Path(__file__).resolve().parents[1]
Predict = Callable[..., dict[str, bytes]]
Task = dict[str, Any]


def tasks(folder: Path, count: int) -> list[Task]:
    return [{"number": number, "folder": str(folder), "called": f"shard {number}"} for number in range(count)]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster that is there already."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        yield cluster.scheduler_address


@parametrize_with_checks([Dask(), Dask("tcp://head:8786")])
def test_it_keeps_what_every_component_promises(component: Dask, check: Check) -> None:
    check(component)


def test_the_parts_are_those_of_the_local_engine(predict_shards: Predict) -> None:
    assert predict_shards("new", Dask(workers=2)) == predict_shards("local", Local(workers=1))


def test_a_task_whose_process_is_killed_is_worked_on_again(scheduler: str, tmp_path: Path) -> None:
    def dying(task: Task) -> Task:
        mark = Path(task["folder"]) / str(task["number"])
        if task["number"] == 3 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"number": task["number"]}

    found = Dask(scheduler).build()(dying, tasks(tmp_path, 8))
    assert sorted(each["number"] for each in found) == list(range(8))


def test_a_task_that_kills_every_process_is_named(scheduler: str, tmp_path: Path) -> None:
    def deadly(task: Task) -> Task:
        if task["number"] == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    with pytest.raises(LostError) as caught:
        list(Dask(scheduler, retries=0).build()(deadly, tasks(tmp_path, 2)))
    assert caught.value.location == "shard 1"
    assert caught.value.message.startswith("its workers died again and again")
    assert "engine.retries" in caught.value.hint


def test_what_the_work_raises_is_raised(scheduler: str, tmp_path: Path) -> None:
    def wrong(task: Task) -> Task:
        raise ZeroDivisionError("there is a bug")

    with pytest.raises(Exception, match="there is a bug"):
        list(Dask(scheduler).build()(wrong, tasks(tmp_path, 2)))


def test_no_more_tasks_are_taken_than_there_is_room_for(scheduler: str, tmp_path: Path) -> None:
    taken = []

    def noting() -> Any:
        for task in tasks(tmp_path, 30):
            taken.append(task["number"])
            yield task

    def done(task: Task) -> Task:
        return {"number": task["number"]}

    running = Dask(scheduler).build()(done, noting())
    next(running)
    running.close()
    assert len(taken) < 12


def test_a_scheduler_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit_dask.running.CONNECT_SECONDS", 1)
    with pytest.raises(ConfigError) as caught:
        list(Dask("tcp://127.0.0.1:9").build()(dict, tasks(tmp_path, 1)))
    assert caught.value.location == "tcp://127.0.0.1:9"
    assert caught.value.message.startswith("no scheduler with a worker answers: ")
    assert caught.value.hint == "start both: dask scheduler, and dask worker with its address"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"workers": 0}, "workers: 0 is not a whole number from 1 to 4096"),
        ({"retries": -1}, "retries: -1 is not a whole number from 0 to 1000"),
        ({"scheduler": "tcp://head:8786", "workers": 2}, "workers: is for those that are started here, and "
         "scheduler has its own"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Dask(**settings)
    assert str(caught.value) == problem


def test_settings_load_no_distributed() -> None:
    program = (
        "import sys; from nlpkit_dask import Dask; Dask(); "
        "from nlpkit import load_plugins; load_plugins(); "
        "assert not {'distributed', 'torch'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_readme_names_every_setting() -> None:
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Dask) if f"`engine.{field.name}`" not in readme] == []
