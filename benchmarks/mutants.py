"""Checkpoints that are not what was written: `python -m benchmarks.mutants [MUTANTS [SEED]]`.

A run that was stopped is changed in one file, and gone on with. It has to end with the bits of the run that
nothing happened to, or to be refused in a sentence, within seconds. Some changes are sealed anew, as if by
somebody who knows how: then anything but a traceback, a hang or code that runs will do.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nlpkit
from benchmarks.faults import REFUSED, digest, experiment, started, waited
from nlpkit.experiment.value import Experiment
from nlpkit.runs import side_by_side
from nlpkit.runs.checkpoints.store import CheckpointEvery
from nlpkit.runs.resume import resume
from nlpkit.runs.run import run
from nlpkit.system import sealed

SECONDS = 5
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1 << 70, 0.5, "", "x", [], {}, [[]], {"tensor": "0"}, {"tensor": "none"}),
    *({"table": [[1]]}, {"tuple": 3}, {"table": 0}, "__import__('os').system('touch executed')"),
)


def main() -> None:
    mutants, seed = (int(each) for each in [*sys.argv[1:], "5000", "13"][:2])
    draw, found = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        os.chdir(root)
        pool = _pool()
        run(pool, root / "whole")
        whole = digest(root / "whole")
        waited(started(partial(stopped, pool, root / "first")))
        files = sorted(path for path in (root / "first.partial").rglob("*") if path.is_file())
        for count in range(mutants):
            folder = root / "run"
            shutil.copytree(root / "first.partial", root / "run.partial")
            path = root / "run.partial" / draw.choice(files).relative_to(root / "first.partial")
            said = _changed(path, draw)
            how = _outcome(folder, whole, is_sealed="sealed" in said)
            found[how] += 1
            if how.startswith(("FAILED", "OTHER")):
                print(f"{count}: {path.relative_to(root)}: {said}: {how}", flush=True)
            for left in (folder, root / "run.partial"):
                shutil.rmtree(left, ignore_errors=True)
        print(", ".join(f"{count} {how}" for how, count in found.most_common()))
        print("executed" if (root / "executed").exists() else "nothing was executed")


def _pool() -> Experiment:
    """Two members, trained one after the other."""
    side_by_side.cores = lambda: 1  # type: ignore[attr-defined]
    alone = experiment()
    linear = nlpkit.Member(
        encoder=nlpkit.Tfidf(), collator=nlpkit.Offsetify(max_tokens=None), trainer=nlpkit.Linear()
    )
    mean = nlpkit.Member(encoder=alone.encoder, collator=alone.collator, trainer=alone.trainer)
    return replace(Experiment(data=alone.data), members=(linear, mean))


def stopped(pool: Experiment, folder: Path) -> None:
    """A run that is killed at its fourth step, which is kept after each."""

    class Stops(nlpkit.Observer):
        steps = 0

        def step(self, progress: Any) -> None:
            self.steps += 1
            if self.steps == 4:
                os.kill(os.getpid(), signal.SIGKILL)

    run(pool, folder, Stops(), checkpoint_every=CheckpointEvery(steps=1))


def _outcome(folder: Path, whole: str, *, is_sealed: bool) -> str:
    def going_on() -> None:
        signal.alarm(SECONDS + 5)  # with the time that a busy machine takes
        resume(folder)

    status = waited(started(going_on))
    if status == REFUSED:
        return "refused"
    if status:
        return f"FAILED with {status}"
    if digest(folder) == whole:
        return "resumed"
    return "resumed, as somebody who can seal wanted" if is_sealed else "OTHER BITS"


def _changed(path: Path, draw: random.Random) -> str:
    """Change a file; what was done."""
    content = path.read_bytes()
    if path.suffix == ".json" and draw.random() < 0.5 and (said := _resealed(path, draw)):
        return said
    place = draw.randrange(len(content) + 1)
    kinds = {
        "bit": bytes(each ^ (1 << draw.randrange(8)) * (at == place) for at, each in enumerate(content)),
        "cut": content[:place],
        "empty": b"",
        "longer": content[:place] + draw.randbytes(draw.randrange(1, 50)) + content[place:],
        "zeros": content[:place] + bytes(len(content) - place),
        "twice": content + content,
        "random": draw.randbytes(len(content)),
    }
    kind = draw.choice([*kinds, "gone", "folder", "link"])
    if kind in kinds:
        path.write_bytes(kinds[kind])
        return kind
    path.unlink()
    if kind == "folder":
        path.mkdir()
    if kind == "link":
        path.symlink_to(path.parent)
    return kind


def _resealed(path: Path, draw: random.Random) -> str:
    """Change a value in JSON, and the seals to fit."""
    table = json.loads(path.read_bytes())
    holder, key = _somewhere(table, draw)
    if holder is None:
        return ""
    value = draw.choice(ODD_VALUES)
    holder[key] = value
    seals = [each for each in path.parent.glob("*.json") if "sha256" in json.loads(each.read_bytes())]
    if path in seals:
        path.write_bytes(sealed.seal_bytes(table))
        return f"sealed, {key} = {value!r}"
    for seal in seals:
        about = json.loads(seal.read_bytes())
        names = [name for name in about.pop("files") if (path.parent / name).is_file()]
        contents = {name: [(path.parent / name).read_bytes()] for name in names}
        contents[path.name] = [sealed.to_json(table)]
        sealed.write(seal, about, contents)
    return f"sealed, {key} = {value!r}"


def _somewhere(value: Any, draw: random.Random) -> tuple[Any, Any]:
    """A list or table inside, and the place of one of its items."""
    holder, key = None, None
    while isinstance(value, dict | list) and value:
        holder = value
        key = draw.choice(list(value)) if isinstance(value, dict) else draw.randrange(len(value))
        value = value[key]
        if draw.random() < 0.2:
            break
    return holder, key


if __name__ == "__main__":
    main()
