from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Local, SettingsError
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_ray import Ray

PLUGIN = Path(__file__).resolve().parents[1]
Predict = Callable[..., dict[str, bytes]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray that is there already, which the engine takes."""
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@parametrize_with_checks([Ray(), Ray("auto")])
def test_it_keeps_what_every_component_promises(component: Ray, check: Check) -> None:
    check(component)


def test_the_parts_are_those_of_the_local_engine(predict_shards: Predict) -> None:
    assert predict_shards("new", Ray(cpus=2)) == predict_shards("local", Local(workers=1))


def test_a_task_whose_process_is_killed_is_worked_on_again(cluster: None, promises: Any) -> None:
    promises.works_again_where_a_process_was_killed(Ray())


def test_a_task_that_kills_every_process_is_named(cluster: None, promises: Any) -> None:
    promises.names_a_task_that_kills_every_process(Ray(retries=1))


def test_what_the_work_raises_is_raised(cluster: None, promises: Any) -> None:
    promises.raises_what_the_work_raises(Ray())


def test_no_more_tasks_are_taken_than_there_is_room_for(cluster: None, promises: Any) -> None:
    promises.takes_no_more_tasks_than_there_is_room_for(Ray())


def test_a_ray_that_was_there_stays(cluster: None, promises: Any) -> None:
    import ray

    list(Ray().build()(lambda task: task, promises.tasks(2)))
    assert ray.is_initialized()


def test_a_ray_that_is_started_ends_and_leaves_signals_as_they_were(tmp_path: Path) -> None:
    program = (
        "import signal, ray; from nlpkit_ray import Ray; before = signal.getsignal(signal.SIGTERM); "
        "assert list(Ray(cpus=1).build()(lambda task: task, [{'called': 'a'}])) == [{'called': 'a'}]; "
        "assert not ray.is_initialized(); assert signal.getsignal(signal.SIGTERM) == before"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9"])
def test_a_cluster_that_is_not_there_is_told(address: str, tmp_path: Path) -> None:
    program = (
        "from nlpkit import ConfigError; from nlpkit_ray import Ray\n"
        f"try: list(Ray({address!r}).build()(print, [{{'called': 'a'}}]))\n"
        "except ConfigError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout == (
        f"{address}: no Ray answers: [Errno 111] Connection refused\n"
        "  start one with: ray start --head, or leave out engine.address to start it here; one that asks for "
        "a token takes it from RAY_AUTH_TOKEN, with RAY_AUTH_MODE=token\n"
    )


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"cpus": 0}, "cpus: 0 is not a whole number from 1 to 4096"),
        ({"retries": -1}, "retries: -1 is not a whole number from 0 to 1000"),
        ({"address": "auto", "cpus": 2}, "cpus: is for a Ray that is started here, and address names one "
         "that runs"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Ray(**settings)
    assert str(caught.value) == problem


def test_settings_load_no_ray() -> None:
    program = (
        "import sys; from nlpkit_ray import Ray; Ray(); "
        "from nlpkit import load_plugins; load_plugins(); assert not {'ray', 'torch'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_readme_names_every_setting() -> None:
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Ray) if f"`engine.{field.name}`" not in readme] == []
