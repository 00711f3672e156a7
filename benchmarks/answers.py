"""Outputs of `nlpkit predict` that are killed and gone on with, and the memory of a large one.

    python -m benchmarks.answers [KILLS]      at random moments, each format; the bytes have to be the same
    python -m benchmarks.answers large [GB]   one CSV: unbroken, and killed half-way and gone on with

The texts are generated headlines, and the model is a bag of words trained on others.
"""

from __future__ import annotations

import csv
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import nlpkit
from benchmarks.faults import started, waited
from nlpkit.cli.main import outcome
from nlpkit.models import pieces
from nlpkit.predicting import growing, parquet
from nlpkit.system.resumable import partial_of

FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow")
ROWS = 6000
BAD = 700  # each such row has a column too many, for --on-error skip


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        _trained(root / "model")
        if sys.argv[1:2] == ["large"]:
            _large(root, float([*sys.argv[2:], "2"][0]))
        else:
            _kills(root, int([*sys.argv[1:], "100"][0]))


def _trained(folder: Path) -> None:
    data = nlpkit.Headlines(train_size=2000, valid_size=200, test_size=200)
    encoder = nlpkit.EmbeddingMean(embedding=nlpkit.Embedding(size=64))
    experiment = nlpkit.Experiment(data=data, encoder=encoder, baseline=False)
    nlpkit.run(experiment, observer=nlpkit.Observer()).model.save(folder)


def _texts(count: int, seed: int) -> list[str]:
    return list(nlpkit.Headlines(train_size=count, seed=seed).build()().train.texts)


def _command(root: Path, source: Path, output: Path, *more: str) -> list[str]:
    kept = ["--text", "text", "--id", "id", "--header", "--output", str(output)]
    return ["predict", str(root / "model"), "--input", str(source), *kept, *more]


def _kills(root: Path, kills: int) -> None:
    """So many of each format, at moments that are drawn from the time of an unbroken one."""
    importlib.import_module("torch")
    growing.SECONDS = 0.0  # so that much is sure at any moment
    pieces.PIECE_TEXTS = 256  # type: ignore[misc]
    parquet.GROUP_ROWS = 512  # type: ignore[misc]
    with (root / "in.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        for row, text in enumerate(_texts(ROWS, 1)):
            writer.writerow([row, text, *["more"] * (row % BAD == BAD - 1)])
    draw = random.Random(13)
    for ending in FORMATS:
        work = partial(_answered, root, ending)
        since = time.monotonic()
        if waited(started(partial(work, "whole"))):
            raise SystemExit(f"the output that is not killed has failed: {ending}")
        seconds, killed, sure, outputs = time.monotonic() - since, 0, 0, 0
        expected = _written(root, ending, "whole")
        while killed < kills:
            name, outputs = f"broken-{outputs}", outputs + 1
            while not (root / f"{name}.{ending}").exists():
                process = started(partial(work, name, "--resume"))
                time.sleep(draw.uniform(0.0, seconds))
                os.kill(process, signal.SIGKILL)
                if waited(process):
                    killed += 1
                    sure += (partial_of(root / f"{name}.{ending}") / "state.json").exists()
            if waited(started(partial(work, name, "--resume"))) not in (0, 2):  # 2: it is whole
                raise SystemExit(f"an output that was killed has failed: {ending}")
            if _written(root, ending, name) != expected:
                raise SystemExit(f"OTHER BYTES: {ending}")
        print(
            f"{ending}: {killed} kills, {sure} with rows made sure of, {outputs} outputs, all the same bytes"
        )


def _answered(root: Path, ending: str, name: str, *more: str) -> None:
    options = ("--on-error", "skip", "--top-k", "2", "--workers", "2", *more)
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    code = outcome(_command(root, root / "in.csv", root / f"{name}.{ending}", *options))
    if code:
        raise nlpkit.ConfigError(f"exit code {code}")


def _written(root: Path, ending: str, name: str) -> tuple[bytes, bytes]:
    """The bytes of an output, and of the records beside it that were left out."""
    output = root / f"{name}.{ending}"
    return output.read_bytes(), output.with_name(f"{output.name}.errors.jsonl").read_bytes()


def _large(root: Path, gigabytes: float) -> None:
    """A file of so many GB, answered by two processes, and the memory of all of them."""
    source = root / "large.csv"
    lines = [f',"{text}"\n' for text in _texts(20_000, 1)]
    with source.open("w", encoding="utf-8") as file:
        file.write("id,text\n")
        row = 0
        while file.tell() < gigabytes * 1e9:
            file.writelines(f"{row + place}{line}" for place, line in enumerate(lines))
            row += len(lines)
    print(f"{row:,} texts, {source.stat().st_size:,} bytes")
    whole, broken = root / "whole.csv", root / "broken.csv"
    _watched("unbroken", _command(root, source, whole))
    _watched("killed", _command(root, source, broken), until=whole.stat().st_size // 2)
    _watched("gone on with", _command(root, source, broken, "--resume"))
    same = subprocess.run(["cmp", whole, broken], check=False).returncode == 0
    print("the same bytes" if same else "OTHER BYTES")
    shutil.rmtree(root, ignore_errors=True)


def _watched(what: str, command: list[str], until: int | None = None) -> None:
    """Run a command, kill it once its output has so many bytes, and print its time and its largest memory."""
    since, most = time.monotonic(), 0
    rows = partial_of(Path(command[command.index("--output") + 1])) / "rows"
    process = subprocess.Popen([sys.executable, "-m", "nlpkit", *command], stderr=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, sum(map(_resident, [process.pid, *_children(process.pid)])))
        if until is not None and rows.exists() and rows.stat().st_size >= until:
            process.kill()
            process.wait()
        time.sleep(0.25)
    print(
        f"{what}: exit {process.returncode}, {time.monotonic() - since:.0f} s, {most / 1024:.0f} MiB in all"
    )


def _children(process: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))
    except OSError:
        return []


def _resident(process: int) -> int:
    """KiB in memory."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("Rss:")), 0)
    except OSError:
        return 0


if __name__ == "__main__":
    main()
