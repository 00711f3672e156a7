"""Measure nlpkit beside its peers and write benchmarks/RESULTS.md."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contenders import Contender, contenders
from benchmarks.page import page
from benchmarks.records import read
from benchmarks.session import Bench

RESULTS = Path(__file__).with_name("RESULTS.md")
FOLDER = Path(__file__).resolve().parents[1] / ".bench"

# training and accuracy come from the same processes
KINDS_OF = {
    "training": ("train", "zipf"),
    "accuracy": ("train",),
    "prediction": ("predict",),
    "growth": ("growth",),
    "paths": ("paths",),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write what was measured."""
    given = _parser().parse_args(arguments)
    known = {each.name: each for each in contenders()}
    if given.list:
        for each in known.values():
            print(f"{each.name:16} {each.title}")
        return 0
    partial = bool(given.only)
    raw = FOLDER / ("raw-only" if partial else "raw")
    if not given.write:
        if partial:
            shutil.rmtree(raw, ignore_errors=True)  # of others
        chosen = [known[name] for name in given.only] if partial else list(known.values())
        _measure(chosen, given.rounds, given.table or list(KINDS_OF), raw)
    text = page(read(raw))
    if partial:
        print(text)  # not the whole table: RESULTS.md stays as it is
    else:
        RESULTS.write_text(text, encoding="utf-8")
        print(f"written to {RESULTS}", file=sys.stderr)
    return 0


def _measure(chosen: Sequence[Contender], rounds: int, named: Sequence[str], raw: Path) -> None:
    bench = Bench(FOLDER, chosen, rounds, raw)
    for kind in dict.fromkeys(kind for table in named for kind in KINDS_OF[table]):
        bench.measure(kind)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [each.name for each in contenders()]
    parser.add_argument("--rounds", type=_positive, default=3, help="turns of each contender [default: 3]")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=names,
        help="these contenders alone; the tables are printed and RESULTS.md stays as it is",
    )
    parser.add_argument(
        "--table",
        nargs="+",
        choices=list(KINDS_OF),
        help="these tables alone; RESULTS.md keeps the others as they were measured before",
    )
    parser.add_argument(
        "--write", action="store_true", help="write from the last measurements, measure nothing"
    )
    parser.add_argument("--list", action="store_true", help="list the contenders")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("one round or more")
    return number


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the process at work ends as well
    sys.exit(main())
