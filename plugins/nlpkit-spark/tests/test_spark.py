from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Local, LostError, SettingsError
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_spark import Spark

PLUGIN = Path(__file__).resolve().parents[1]
Predict = Callable[..., dict[str, bytes]]
Task = dict[str, Any]
needs_java = pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java, which is not here")


def tasks(folder: Path, count: int) -> list[Task]:
    return [{"number": number, "folder": str(folder), "called": f"shard {number}"} for number in range(count)]


@pytest.fixture(scope="module")
def context() -> Iterator[None]:
    """A Spark that is there already, which the engine takes; each task is tried three times."""
    from pyspark import SparkConf, SparkContext

    os.environ["PYSPARK_PYTHON"] = sys.executable
    conf = SparkConf().setMaster("local[2,3]").set("spark.ui.enabled", "false")
    context = SparkContext(conf=conf)
    context.setLogLevel("OFF")
    yield
    context.stop()


@parametrize_with_checks([Spark(), Spark("spark://head:7077", memory="2g")])
def test_it_keeps_what_every_component_promises(component: Spark, check: Check) -> None:
    check(component)


@needs_java
def test_the_parts_are_those_of_the_local_engine(predict_shards: Predict) -> None:
    assert predict_shards("new", Spark("local[2]")) == predict_shards("local", Local(workers=1))


@needs_java
def test_a_task_whose_process_is_killed_is_worked_on_again(context: None, tmp_path: Path) -> None:
    def dying(task: Task) -> Task:
        mark = Path(task["folder"]) / str(task["number"])
        if task["number"] == 3 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"number": task["number"]}

    found = Spark().build()(dying, tasks(tmp_path, 8))
    assert sorted(each["number"] for each in found) == list(range(8))


@needs_java
def test_a_task_that_kills_every_process_is_named(context: None, tmp_path: Path) -> None:
    def deadly(task: Task) -> Task:
        if task["number"] == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    with pytest.raises(LostError) as caught:
        list(Spark(retries=1).build()(deadly, tasks(tmp_path, 2)))
    assert caught.value.location == "shard 1"
    assert caught.value.message.startswith("its workers died again and again")
    assert "engine.retries" in caught.value.hint


@needs_java
def test_what_the_work_raises_is_raised(context: None, tmp_path: Path) -> None:
    def wrong(task: Task) -> Task:
        raise ZeroDivisionError("there is a bug")

    with pytest.raises(Exception, match="there is a bug"):
        list(Spark().build()(wrong, tasks(tmp_path, 2)))


@needs_java
def test_no_more_tasks_are_taken_than_there_is_room_for(context: None, tmp_path: Path) -> None:
    taken = []

    def noting() -> Any:
        for task in tasks(tmp_path, 30):
            taken.append(task["number"])
            yield task

    def done(task: Task) -> Task:
        return {"number": task["number"]}

    running = Spark().build()(done, noting())
    next(running)
    running.close()
    assert len(taken) < 12


def test_without_java_it_is_told_what_is_missing(tmp_path: Path) -> None:
    program = (
        "from nlpkit import MissingError; from nlpkit_spark import Spark\n"
        "try: list(Spark().build()(print, [{'called': 'a'}]))\n"
        "except MissingError as error: print(error)"
    )
    nowhere = {**os.environ, "PATH": str(tmp_path), "JAVA_HOME": ""}
    ran = subprocess.run([sys.executable, "-c", program], env=nowhere, capture_output=True, text=True)
    assert ran.stdout == (
        "Spark does not start, and needs Java\n"
        "  install one, such as openjdk-17-jre-headless of Debian, or set JAVA_HOME\n"
    )


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"master": " "}, "master: is empty; for this machine it is local[*]"),
        ({"retries": -1}, "retries: -1 is not a whole number from 0 to 1000"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Spark(**settings)
    assert str(caught.value) == problem


def test_settings_load_no_pyspark() -> None:
    program = (
        "import sys; from nlpkit_spark import Spark; Spark(); "
        "from nlpkit import load_plugins; load_plugins(); assert not {'pyspark', 'torch'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_readme_names_every_setting() -> None:
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Spark) if f"`engine.{field.name}`" not in readme] == []
