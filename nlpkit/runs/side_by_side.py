"""The classifiers of a run trained at once, each core with its share of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from nlpkit.components.kinds import Component
from nlpkit.data.texts import SourceFile
from nlpkit.errors import ConfigError
from nlpkit.models import bundle
from nlpkit.models.model import ModelSettings
from nlpkit.notes import Note
from nlpkit.runs.told import Told
from nlpkit.runs.trained import Trained, train
from nlpkit.settings.walk import walk
from nlpkit.system.forking import can_fork, cores, forked
from nlpkit.system.terminal import listed
from nlpkit.training.state import EpochReport

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.experiment.value import Member
    from nlpkit.vocab import Labels

_LOST: Final = "a process that was training ended early, perhaps for lack of memory,"


def train_all(
    members: Sequence[Member],
    names: Sequence[str],
    splits: Splits,
    labels: Labels,
    seed: int,
    told: Told,
    *,
    kept: bool,
) -> list[Trained]:
    """Train each of several classifiers, here and in processes forked from this one: the same bits as one
    after the other.
    """
    processes = min(len(members), cores()) if _can_share(members) else 1

    def work(place: int, told: Told) -> Trained:
        told.member = names[place] if len(members) > 1 else ""
        trained = train(members[place], splits, labels, seed, told, kept=kept)
        told.member = ""
        return trained

    found: dict[int, Trained] = {}
    with ExitStack() as stack:
        shares = [range(rank, len(members), processes) for rank in range(processes)]
        folder = Path(stack.enter_context(TemporaryDirectory())) if processes > 1 else Path()
        works = [partial(_work_away, work, share, folder) for share in shares[1:]]
        children = stack.enter_context(forked(works))
        for place in shares[0]:
            found[place] = work(place, told)
        for child, share in zip(children, shares[1:], strict=True):
            if child.alive():
                told.say(f"waiting for {', '.join(names[place] for place in share)}")
            finished = child.finished()
            if child.killed:
                told.note(
                    Note(f"{_LOST} and the work of {listed([names[place] for place in share])} is done again")
                )
            for place in share:  # where the process failed its error is raised here
                found[place] = (
                    _read(folder / str(place), members[place], told) if finished else work(place, told)
                )
    return [found[place] for place in range(len(members))]


def _can_share(members: Sequence[Member]) -> bool:
    """Whether processes may train some of them: each is alone, on the CPU, and can be written down."""
    from nlpkit.training.devices import sees_a_gpu

    def writable(member: Member) -> bool:
        try:
            bundle.require_writable(ModelSettings.of(member))
        except ConfigError:
            return False
        return True

    alone = all(getattr(member.trainer, "workers", 1) == 1 for member in members)
    return len(members) > 1 and alone and can_fork() and not sees_a_gpu() and all(map(writable, members))


def _work_away(work: Callable[[int, Told], Trained], share: range, folder: Path) -> None:
    for place in share:
        told = Told()
        _write(folder / str(place), work(place, told), told)


def _write(folder: Path, trained: Trained, told: Told) -> None:
    import numpy as np

    (folder / "model").mkdir(parents=True)
    bundle.save(trained.model, folder / "model")
    np.save(folder / "valid.npy", trained.valid)
    np.save(folder / "test.npy", trained.test)
    about = {
        "files": [asdict(file) for file in trained.files],
        "facts": trained.facts,
        "notes": [_as_table(note) for note in told.notes],
        "epochs": [{**vars(each), "notes": []} for each in told.epochs],
    }
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _read(folder: Path, member: Member, told: Told) -> Trained:
    import numpy as np

    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    apart = Told()
    apart.notes = [
        Note(each["text"], each["level"], tuple(map(Path, each["paths"]))) for each in about["notes"]
    ]
    apart.epochs = [EpochReport(**{**each, "notes": ()}) for each in about["epochs"]]
    told.again(apart)
    classes = [type(each) for _, each in walk(member) if isinstance(each, Component)]
    model = replace(bundle.load(folder / "model", classes=classes), location="")
    valid, test = np.load(folder / "valid.npy"), np.load(folder / "test.npy")
    files = tuple(SourceFile(**file) for file in about["files"])
    return Trained(model, valid, test, files, about["facts"])


def _as_table(note: Note) -> dict[str, object]:
    return {"text": note.text, "level": note.level, "paths": list(map(str, note.paths))}
