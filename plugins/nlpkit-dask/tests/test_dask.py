from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit import ConfigError, Local, SettingsError
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_dask import Dask

PLUGIN = Path(__file__).resolve().parents[1]
Predict = Callable[..., dict[str, bytes]]


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


def test_a_task_whose_process_is_killed_is_worked_on_again(scheduler: str, promises: Any) -> None:
    promises.works_again_where_a_process_was_killed(Dask(scheduler))


def test_a_task_that_kills_every_process_is_named(scheduler: str, promises: Any) -> None:
    promises.names_a_task_that_kills_every_process(Dask(scheduler, retries=0))


def test_what_the_work_raises_is_raised(scheduler: str, promises: Any) -> None:
    promises.raises_what_the_work_raises(Dask(scheduler))


def test_no_more_tasks_are_taken_than_there_is_room_for(scheduler: str, promises: Any) -> None:
    promises.takes_no_more_tasks_than_there_is_room_for(Dask(scheduler))


def test_a_scheduler_that_is_not_there_is_told(promises: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit_dask.running.CONNECT_SECONDS", 1)
    with pytest.raises(ConfigError) as caught:
        list(Dask("tcp://127.0.0.1:9").build()(dict, promises.tasks(1)))
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
