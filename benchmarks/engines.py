"""The engines of `nlpkit predict` side by side, and what becomes of them when their processes are killed.

    python -m benchmarks.engines RUN [TEXTS [ROUNDS]]     each engine, and --output FILE, in turn
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
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.clusters import ENGINES, Cluster

DATA = Path(os.environ.get("NLPKIT_DATA_DIR", Path(__file__).resolve().parents[2] / "shared" / "data"))
SHARDS = 60
KILLS = {"ray": 4, "dask": 3, "spark": 3, "local": 2}


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


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*"))}


def _seconds() -> dict[int, float]:
    """Processor seconds of each process that is below this one now."""
    found = {}
    for each in psutil.Process().children(recursive=True):
        try:
            times = each.cpu_times()
            found[each.pid] = times.user + times.system
        except psutil.Error:
            pass
    return found


def _spent(running: subprocess.Popen[bytes]) -> float:
    """Wait for the end; processor seconds of all processes below this one, as of when they were last seen."""
    before = _seconds()
    seen: dict[int, float] = {}
    while running.poll() is None:
        seen |= _seconds()
        time.sleep(0.2)
    finished(running)
    return sum(seen.values()) - sum(before.get(each, 0.0) for each in seen)


def side_by_side(run: Path, source: Path, root: Path, rounds: int) -> None:
    """Seconds of each engine and of its processors; and of the rounds the median of these as multiples of the
    local engine's in the same round.
    """
    shares: dict[str, list[float]] = {}
    for number in range(rounds):
        spent = {}
        for name, engine in ENGINES.items():
            with engine() as cluster:
                since = time.monotonic()
                spent[name] = _spent(started(run, source, root / f"{name}-{number}", cluster.options))
                seconds = time.monotonic() - since
            said = "same" if parts(root / f"{name}-{number}") == parts(root / "local-0") else "OTHER"
            print(f"{name}: {seconds:.1f} s, {spent[name]:.1f} s of processors, {said} bytes", flush=True)
        since = time.monotonic()
        spent["--output FILE"] = _spent(started(run, source, root / f"{number}.jsonl", ["--workers", "2"]))
        seconds = time.monotonic() - since
        print(f"--output FILE: {seconds:.1f} s, {spent['--output FILE']:.1f} s of processors", flush=True)
        for name, each in spent.items():
            shares.setdefault(name, []).append(each / spent["local"])
    for name, each in shares.items():
        print(f"{name}: {statistics.median(each):.2f} of the processors of local")


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
            side_by_side(Path(run), source, root, int(what or 1))


if __name__ == "__main__":
    main()
