"""The engines of `nlpkit predict` side by side, and what becomes of them when their processes are killed.

    python -m benchmarks.engines RUN [TEXTS]              each engine, and --output FILE, in turn
    python -m benchmarks.engines RUN TEXTS kills [SEED]   workers and nodes of each, killed at random moments
    python -m benchmarks.engines RUN TEXTS memory         the most memory that the local engine takes

Ray has a head and two nodes, Dask a scheduler and two workers, Spark is local-cluster[2,1,1024], and the
local engine has two processes. The texts are those of AG News in NLPKIT_DATA_DIR (or ../shared/data), over
and over. Needs the plugins for Ray, Dask and Spark in this environment, and psutil.
"""

from __future__ import annotations

import csv
import itertools
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

DATA = Path(os.environ.get("NLPKIT_DATA_DIR", Path(__file__).resolve().parents[2] / "shared" / "data"))
SHARDS = 60
KILLS = {"ray": 4, "dask": 3, "spark": 3, "local": 2}
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


def write_texts(path: Path, count: int) -> None:
    """A CSV of texts, each with its row."""
    texts = []
    for part in ("train", "test"):
        with (DATA / "ag_news" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
            texts += [f"{row[1]} {row[2]}" for row in csv.reader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["id", "text"])
        table.writerows((f"r{row}", text) for row, text in zip(range(count), itertools.cycle(texts)))


def started(run: Path, source: Path, output: Path, options: list[str]) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "nlpkit", "predict", str(run), "--input", str(source), "--header"]
    line += ["--text", "text", "--id", "id", "--output", str(output), *options]
    if "--engine" in options:
        line += ["--shard-bytes", str(max(1 << 16, source.stat().st_size // SHARDS))]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finished(running: subprocess.Popen[bytes]) -> None:
    _, said = running.communicate()
    if running.returncode:
        raise SystemExit(said.decode(errors="replace")[-2000:])


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


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*"))}


def _spent() -> float:
    """Processor seconds of all processes that this one started, those that ended included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = [each.cpu_times() for each in psutil.Process().children(recursive=True) if each.is_running()]
    return ended.ru_utime + ended.ru_stime + sum(each.user + each.system for each in alive)


def side_by_side(run: Path, source: Path, root: Path) -> None:
    """Seconds of each engine and of its processors, and these as a multiple of the local engine's."""
    spent = {}
    for name, engine in ENGINES.items():
        with engine() as cluster:
            since, before = time.monotonic(), _spent()
            finished(started(run, source, root / name, cluster.options))
            seconds, spent[name] = time.monotonic() - since, _spent() - before
        said = "same" if parts(root / name) == parts(root / "local") else "OTHER"
        _say(name, seconds, spent, f", {said} bytes")
    since, before = time.monotonic(), _spent()
    finished(started(run, source, root / "one.jsonl", ["--workers", "2"]))
    spent["--output FILE"] = _spent() - before
    _say("--output FILE", time.monotonic() - since, spent)


def _say(name: str, seconds: float, spent: dict[str, float], more: str = "") -> None:
    share = spent[name] / spent["local"]
    print(
        f"{name}: {seconds:.1f} s, {spent[name]:.1f} s of processors, {share:.2f} of local{more}", flush=True
    )


def killed(run: Path, source: Path, root: Path, seed: int) -> None:
    """Kill workers and nodes in turn at random moments while each engine works."""
    draw = random.Random(seed)
    since = time.monotonic()
    finished(started(run, source, root / "whole", ["--engine", "local"]))
    seconds = time.monotonic() - since
    print(f"local, unbroken: {seconds:.1f} s", flush=True)
    for name in ("ray", "dask", "spark", "local"):
        with ENGINES[name]() as cluster:
            since = time.monotonic()
            running = started(run, source, root / name, cluster.options)
            done = 0
            for number in range(KILLS[name]):
                time.sleep(draw.uniform(0.05, 0.2) * seconds)
                done += _kill(cluster, number, draw, running)
            finished(running)
            took = time.monotonic() - since
        same = parts(root / name) == parts(root / "whole")
        rows = sum(content.count(b"\n") for content in parts(root / name).values())
        print(
            f"{name}: {done} kills, {took:.1f} s, {rows:,} rows, {'same' if same else 'OTHER'} bytes",
            flush=True,
        )


def _kill(cluster: Cluster, number: int, draw: random.Random, running: subprocess.Popen[bytes]) -> int:
    """Kill a worker, or a node, and bring the node back as a cluster's manager does; how many were killed."""
    what = "node" if number % 2 == 0 and cluster.nodes() else "worker"
    for _ in range(600):  # there may be none for a moment, after the kill before
        victims = cluster.nodes() if what == "node" else cluster.workers()
        if victims or running.poll() is not None:
            break
        time.sleep(0.1)
    if running.poll() is not None:
        print("  it ended before", flush=True)
        return 0
    victim = draw.choice(victims)
    group = [victim, *victim.children(recursive=True)] if what == "node" else [victim]
    for each in group:
        try:
            os.kill(each.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    print(
        f"  killed a {what} of {len(victims)}: {' '.join(victim.name() for victim in group[:1])}", flush=True
    )
    time.sleep(1.0)
    cluster.mended()
    return 1


def memory(run: Path, source: Path, root: Path) -> None:
    """The largest memory of all processes together, shared pages counted once."""
    running = started(run, source, root / "memory", ["--engine", "local", "--workers", "2"])
    most = most_shared = 0
    since = time.monotonic()
    while running.poll() is None:
        processes = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
        try:
            sizes = [each.memory_full_info() for each in processes]
            most = max(most, sum(size.pss for size in sizes))
            most_shared = max(most_shared, max(size.rss for size in sizes))
        except psutil.Error:
            pass
        time.sleep(0.5)
    finished(running)
    took = time.monotonic() - since
    print(f"{source.stat().st_size / 1e6:,.0f} MB in {took:.1f} s: {most / 1e6:,.0f} MB together, "
          f"largest process {most_shared / 1e6:,.0f} MB")  # fmt: skip


def main() -> None:
    run, *more = sys.argv[1:]
    count, what, seed = [*more, *("1000000", "", "13")[len(more) :]][:3]
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        source = root / "texts.csv"
        write_texts(source, int(count))
        if what == "kills":
            killed(Path(run), source, root, int(seed))
        elif what == "memory":
            memory(Path(run), source, root)
        else:
            side_by_side(Path(run), source, root)


if __name__ == "__main__":
    main()
