from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Local, SettingsError
from nlpkit.testing import Check, parametrize_with_checks
from nlpkit_spark import Spark

PLUGIN = Path(__file__).resolve().parents[1]
Predict = Callable[..., dict[str, bytes]]
needs_java = pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java, which is not here")


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
def test_a_task_whose_process_is_killed_is_worked_on_again(context: None, promises: Any) -> None:
    promises.works_again_where_a_process_was_killed(Spark())


@needs_java
def test_a_task_that_kills_every_process_is_named(context: None, promises: Any) -> None:
    promises.names_a_task_that_kills_every_process(Spark(retries=1))


@needs_java
def test_what_the_work_raises_is_raised(context: None, promises: Any) -> None:
    promises.raises_what_the_work_raises(Spark())


@needs_java
def test_no_more_tasks_are_taken_than_there_is_room_for(context: None, promises: Any) -> None:
    promises.takes_no_more_tasks_than_there_is_room_for(Spark())


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
