"""Tasks of nlpkit as jobs of Spark with one task each, which it tries again where they are lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nlpkit import LostError, MissingError

if TYPE_CHECKING:
    from nlpkit_spark import Spark

Task = dict[str, Any]
AHEAD = 2  # jobs for each core: one is worked on, and the next one is there already
GROUP = "nlpkit"


def run(settings: Spark, work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
    """Call `work` with each task on the cluster, and give what each call gives back as soon as it does."""
    pyspark = _pyspark()
    with _context(pyspark, settings) as context:
        room = AHEAD * max(1, context.defaultParallelism)
        waiting: dict[Future[Task], Task] = {}

        def worked(task: Task) -> Task:
            context.setJobGroup(GROUP, task["called"], interruptOnCancel=True)
            [given] = context.parallelize([task], 1).map(work).collect()
            return dict(given)

        with ThreadPoolExecutor(room) as threads:
            try:
                for task in tasks:
                    while len(waiting) >= room:
                        yield from _ended(waiting)
                    waiting[threads.submit(worked, task)] = task
                while waiting:
                    yield from _ended(waiting)
            finally:
                for each in waiting:
                    each.cancel()
                context.cancelJobGroup(GROUP)


def _ended(waiting: dict[Future[Task], Task]) -> Iterator[Task]:
    """What the next tasks that end give back."""
    from py4j.protocol import Py4JError

    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        task = waiting.pop(future)
        try:
            yield future.result()
        except Py4JError as error:
            raise _failed(error, task) from error


def _failed(error: Exception, task: Task) -> Exception:
    """What a job failed of: the work, which says why, or workers that died."""
    java = getattr(error, "java_exception", None)
    said = str(java.getMessage() if java is not None else error)
    if "Traceback (most recent call last)" in said:
        return RuntimeError(said[said.index("Traceback") :].strip())
    return LostError(
        f"its workers died again and again: {said.strip().splitlines()[0]}",
        hint="if memory is short, make shards smaller, or raise engine.memory; else raise engine.retries",
        location=task["called"],
    )


@contextmanager
def _context(pyspark: Any, settings: Spark) -> Iterator[Any]:
    """The context of Spark in this process; one that is started here ends with it."""
    if (active := pyspark.SparkContext._active_spark_context) is not None:
        yield active
        return
    conf = pyspark.SparkConf(loadDefaults=True).setMaster(_master(settings)).setAppName("nlpkit predict")
    conf.set("spark.task.maxFailures", str(settings.retries + 1)).set("spark.ui.enabled", "false")
    conf.set("spark.ui.showConsoleProgress", "false")
    if settings.memory:
        conf.set("spark.executor.memory", settings.memory)
    if path := os.environ.get("PYTHONPATH"):
        conf.set("spark.executorEnv.PYTHONPATH", path)
    try:
        context = pyspark.SparkContext(conf=conf)
    except pyspark.errors.PySparkRuntimeError as error:
        hint = "install one, such as openjdk-17-jre-headless of Debian, or set JAVA_HOME"
        raise MissingError("Spark does not start, and needs Java", hint=hint) from error
    context.setLogLevel("OFF")
    if "PYSPARK_PYTHON" not in os.environ:
        context.pythonExec = sys.executable
    try:
        yield context
    finally:
        context.stop()


def _master(settings: Spark) -> str:
    """The master, which on one machine says itself how often a task is tried."""
    master = settings.master.strip()
    if master.startswith("local[") and "," not in master:
        return f"{master.removesuffix(']')},{settings.retries + 1}]"
    return master


def _pyspark() -> Any:
    try:
        import pyspark
    except ImportError as error:
        raise MissingError("the engine needs Spark", hint="install it with: pip install pyspark") from error
    return pyspark
