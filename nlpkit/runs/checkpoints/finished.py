"""A classifier whose training is over as files, and back: for another process, or for the run that goes on.

model/             its bundle
valid.npy          its logits of the validation and the test texts
test.npy
about.json         what was told of it, and the files it has read
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Component
from nlpkit.data.texts import SourceFile
from nlpkit.models import bundle
from nlpkit.runs.checkpoints.notes import note_of, report_of, table_of_note, table_of_report
from nlpkit.runs.told import Told
from nlpkit.runs.trained import Trained
from nlpkit.settings.walk import walk
from nlpkit.system.atomic import atomic_folder

if TYPE_CHECKING:
    from nlpkit.experiment.value import Member
    from nlpkit.notes import Note
    from nlpkit.training.state import EpochReport


def write(folder: Path, trained: Trained, notes: Sequence[Note], epochs: Sequence[EpochReport]) -> None:
    """Write what was trained, and what was told of it; the folder appears whole."""
    import numpy as np

    with atomic_folder(folder) as partial:
        (partial / "model").mkdir()
        bundle.save(trained.model, partial / "model")
        np.save(partial / "valid.npy", trained.valid)
        np.save(partial / "test.npy", trained.test)
        about = {
            "files": [asdict(file) for file in trained.files],
            "facts": trained.facts,
            "notes": list(map(table_of_note, notes)),
            "epochs": list(map(table_of_report, epochs)),
        }
        (partial / "about.json").write_text(json.dumps(about), encoding="utf-8")


def read(folder: Path, member: Member, told: Told) -> Trained:
    """What was trained, after all of it has been told again."""
    import numpy as np

    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    apart = Told()
    apart.notes = list(map(note_of, about["notes"]))
    apart.epochs = list(map(report_of, about["epochs"]))
    told.again(apart)
    classes = [type(each) for _, each in walk(member) if isinstance(each, Component)]
    model = replace(bundle.load(folder / "model", classes=classes), location="")
    valid, test = np.load(folder / "valid.npy"), np.load(folder / "test.npy")
    files = tuple(SourceFile(**file) for file in about["files"])
    return Trained(model, valid, test, files, about["facts"])
