"""A classifier whose training is over as files, and back: for another process, or for the run that goes on.

model/                                its bundle, sealed
validation.npy, test.npy              its logits
tokens.npy                            the tokens of each test text, counted
told.json                             what was told of it, and the files it has read
finished.json                         the seal of these
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit.components.kinds import Component
from nlpkit.data.texts import SourceFile
from nlpkit.errors import NlpkitError
from nlpkit.models import bundle
from nlpkit.notes import Note
from nlpkit.runs.checkpoints.notes import note_of, report_of, table_of_note, table_of_report
from nlpkit.runs.told import Told
from nlpkit.runs.trained import Trained
from nlpkit.settings.walk import walk
from nlpkit.system import sealed
from nlpkit.system.atomic import atomic_folder, writing
from nlpkit.system.sealed import Seal, SealError, from_json, to_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlpkit.experiment.value import Member
    from nlpkit.training.state import EpochReport

SEAL: Final = "finished.json"
_DAMAGED: Final = (SealError, OSError, ValueError, KeyError, TypeError, AttributeError, NlpkitError)


def write(folder: Path, trained: Trained, notes: Sequence[Note], epochs: Sequence[EpochReport]) -> None:
    """Write what was trained, and what was told of it; the folder appears whole."""
    about = {
        "files": [asdict(file) for file in trained.files],
        "facts": trained.facts,
        "notes": list(map(table_of_note, notes)),
        "epochs": list(map(table_of_report, epochs)),
    }
    with writing(folder), atomic_folder(folder) as partial:
        (partial / "model").mkdir()
        trained.model.write(partial / "model")
        files = {
            "validation.npy": _bytes_of(trained.valid),
            "test.npy": _bytes_of(trained.test),
            "tokens.npy": _bytes_of(trained.tokens),
            "told.json": to_json(about),
        }
        sealed.write(partial / SEAL, {}, {name: [content] for name, content in files.items()})


def read(folder: Path, member: Member, told: Told) -> Trained | None:
    """What was trained, after all of it has been told again; nothing where it is not there, or, as a note
    says, damaged.
    """
    if not folder.is_dir():
        return None
    classes = [type(each) for _, each in walk(member) if isinstance(each, Component)]
    apart = Told()
    try:
        seal = Seal.read(folder / SEAL).checked()
        about = from_json(seal.bytes_of("told.json"))
        apart.notes = list(map(note_of, about["notes"]))
        apart.epochs = list(map(report_of, about["epochs"]))
        files = tuple(SourceFile(**file) for file in about["files"])
        facts = {name: value + 0 for name, value in about["facts"].items()}  # numbers alone
        names = ("validation.npy", "test.npy", "tokens.npy")
        valid, test, tokens = (_array_of(seal.bytes_of(name)) for name in names)
        model = replace(bundle.load(folder / "model", classes=classes), location="")
    except _DAMAGED as error:
        said = f"what was finished of {folder.parent.name} is damaged, and it is trained again: {error}"
        told.note(Note(said, "loud"))
        shutil.rmtree(folder, ignore_errors=True)
        return None
    told.again(apart)
    return Trained(model, valid, test, tokens, files, facts)


def _bytes_of(array: NDArray[Any]) -> bytes:
    import numpy as np

    file = BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _array_of(content: bytes) -> NDArray[Any]:
    import numpy as np

    found: NDArray[Any] = np.load(BytesIO(content), allow_pickle=False)
    return found
