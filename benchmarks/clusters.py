"""Clusters of this machine that predict may be given, with what can be killed of them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

Victim = Callable[[], list[psutil.Process]]


@dataclass
class Cluster:
    """How predict is told of a cluster, and the processes in it: its workers, and its nodes with all of
    theirs. `mended` brings back a node that was killed.
    """

    options: list[str]
    workers: Victim
    nodes: Victim
    mended: Callable[[], None] = lambda: None


def named(root: int, mark: str) -> list[psutil.Process]:
    """The processes below one whose command line has a mark in it."""
    found = []
    for each in psutil.Process(root).children(recursive=True) if psutil.pid_exists(root) else []:
        try:
            if mark in " ".join(each.cmdline()):
                found.append(each)
        except psutil.Error:
            pass
    return found


@contextmanager
def local() -> Iterator[Cluster]:
    options = ["--engine", "local", "--workers", "2"]
    yield Cluster(options, lambda: named(os.getpid(), "--engine local")[1:], list)


@contextmanager
def ray() -> Iterator[Cluster]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster as Nodes

    cluster = Nodes(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]

    def raylets() -> list[psutil.Process]:
        return [psutil.Process(each.all_processes["raylet"][0].process.pid) for each in nodes]

    def mend() -> None:
        for place, node in enumerate(nodes):
            if not node.any_processes_alive() or node.dead_processes():
                cluster.remove_node(node, allow_graceful=False)
                nodes[place] = cluster.add_node(num_cpus=1)

    def workers() -> list[psutil.Process]:
        return named(os.getpid(), "ray::answer_shard")

    options = ["--engine", "ray", "--set", f"engine.address={cluster.address}"]
    try:
        yield Cluster(options, workers, raylets, mend)
    finally:
        cluster.shutdown()


@contextmanager
def dask() -> Iterator[Cluster]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "dask", "scheduler", "--no-dashboard", "--host", "127.0.0.1"]
    command += ["--port", port]
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as scrap:
        scheduler = stack.enter_context(subprocess.Popen(command, **quiet))
        stack.callback(scheduler.kill)

        def node() -> subprocess.Popen[bytes]:
            line = [sys.executable, "-m", "dask", "worker", address, "--nthreads", "1"]
            line += ["--nworkers", "1", "--no-dashboard", "--local-directory", scrap]
            return subprocess.Popen(line, **quiet)

        nodes = [node(), node()]

        def mend() -> None:
            for place, each in enumerate(nodes):
                if each.poll() is not None:
                    nodes[place] = node()

        def workers() -> list[psutil.Process]:
            return [child for each in nodes for child in named(each.pid, "spawn_main")]

        def end() -> None:
            for each in nodes:
                for child in psutil.Process(each.pid).children(recursive=True):
                    child.kill()
                each.kill()
                each.wait()

        stack.callback(end)
        options = ["--engine", "dask", "--set", f"engine.scheduler={address}"]
        yield Cluster(options, workers, lambda: [psutil.Process(each.pid) for each in nodes], mend)


@contextmanager
def spark() -> Iterator[Cluster]:
    import pyspark

    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"

    def workers() -> list[psutil.Process]:
        daemons = named(os.getpid(), "pyspark.daemon")  # and what they fork, which work
        return [each for each in daemons if each.ppid() in {daemon.pid for daemon in daemons}]

    options = ["--engine", "spark", "--set", "engine.master=local-cluster[2,1,1024]"]
    yield Cluster(options, workers, lambda: named(os.getpid(), "CoarseGrainedExecutorBackend"))


ENGINES = {"local": local, "ray": ray, "dask": dask, "spark": spark}
