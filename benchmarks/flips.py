"""One bit of what a run keeps is another: `python -m benchmarks.flips [FLIPS [SEED]]`.

Bits drawn from all bytes of the model of a finished run, and of the checkpoints of one that was stopped. A
model has to be refused by a DataError. A checkpoint has to be told as damaged, and the one before used.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

import nlpkit
from benchmarks.faults import experiment, started, waited
from benchmarks.mutants import stopped
from nlpkit.runs.checkpoints.store import SEAL, CheckpointEvery, Checkpoints


def main() -> None:
    flips, seed = (int(each) for each in [*sys.argv[1:], "1000", "13"][:2])
    draw, found = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        asked = experiment()
        nlpkit.run(asked, root / "whole")
        waited(started(partial(stopped, asked, root / "stopped")))
        models = sorted(path for path in (root / "whole" / "model").rglob("*") if path.is_file())
        kept = sorted(path.parent for path in (root / "stopped.partial").rglob(SEAL))
        checkpoints = [path for folder in kept for path in folder.iterdir()]
        for count in range(flips):
            files, told = ((models, _of_model), (checkpoints, _of_checkpoint))[count % 2]
            path = draw.choices(files, [file.stat().st_size for file in files])[0]
            found[_flipped(path, draw, partial(told, root, path))] += 1
    for how, times in found.most_common():
        print(f"{times:,} {how}")


def _flipped(path: Path, draw: random.Random, told: partial[str]) -> str:
    """What comes of one bit, which is put back."""
    content = path.read_bytes()
    place, bit = draw.randrange(len(content)), draw.randrange(8)
    path.write_bytes(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
    try:
        return told()
    finally:
        path.write_bytes(content)


def _of_model(root: Path, path: Path) -> str:
    try:
        nlpkit.load(root / "whole")
    except nlpkit.DataError:
        return "models refused"
    return f"models loaded: {path.name}"


def _of_checkpoint(root: Path, path: Path) -> str:
    notes: list[str] = []
    folder = path.parent.parent
    state, _ = Checkpoints(folder, CheckpointEvery(), lambda note: notes.append(note.text)).latest()
    newest = path.parent == max(folder.iterdir())
    if newest and not any("is damaged" in note for note in notes):
        return f"checkpoints taken for whole: {path.name}"
    if newest:
        return "checkpoints told, and the one before used" if state else "checkpoints told, none before"
    return "older checkpoints, not read as the newest is whole"


if __name__ == "__main__":
    main()
