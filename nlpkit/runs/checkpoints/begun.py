"""What a run was begun with, so that it goes on with nothing else."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit.components.kinds import Component
from nlpkit.errors import ConfigError
from nlpkit.experiment.file import dump_experiment, load_experiment
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.providers import providers
from nlpkit.runs.checkpoints.notes import note_of, table_of_note
from nlpkit.runs.checkpoints.store import SEAL as CHECKPOINT
from nlpkit.runs.tracking import flat_settings
from nlpkit.settings.walk import walk, with_paths
from nlpkit.system import sealed
from nlpkit.system.atomic import atomic_folder
from nlpkit.system.sealed import Seal, SealError
from nlpkit.version import DISTRIBUTION, __version__

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.experiment.value import Experiment
    from nlpkit.notes import Note

UNFINISHED: Final = "unfinished"
SEAL: Final = "run.json"
EXPERIMENT: Final = "experiment.toml"
_ASKED: Final = "asked"  # before the texts are read, and what a run chooses is chosen
_BEGUN: Final = "begun"
_FEW: Final = 5
_NUMBERS_ARE_OF: Final = ("torch", "numpy", "scikit-learn", "scipy")


def can_go_on(partial: Path) -> bool:
    """Whether there is a checkpoint, or a member that is finished."""
    unfinished = partial / UNFINISHED
    return next(unfinished.rglob(CHECKPOINT), None) is not None or any(unfinished.glob("*/finished"))


def began(
    unfinished: Path, experiment: Experiment, splits: Splits, notes: Sequence[Note], *, final: Path
) -> list[Note]:
    """Write what is trained on what, and notes on it. Where that was written before, give the notes of that
    time; ConfigError, by name, where it was something else.
    """
    path = unfinished / _BEGUN
    about = {**_versions(experiment), "texts": [asdict(file) for file in splits.files]}
    if not path.is_dir():
        _write(path, {**about, "notes": list(map(table_of_note, notes))}, experiment)
        return []
    before = _seal_of(path).about
    try:
        changed, notes = _changes(before, about), list(map(note_of, before["notes"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, error) from None
    changed += _changed_settings(path, experiment)
    if changed:
        raise _changed(changed, final)
    return notes


def asked(unfinished: Path, experiment: Experiment) -> None:
    """Write what was asked for, so that a run that is stopped before it has begun can be asked for again."""
    path = unfinished / _ASKED
    if not path.is_dir():
        _write(path, {}, experiment)


def was_asked(partial: Path) -> bool:
    """Whether what a run was asked for is known, so that it can go on, or begin."""
    return (partial / UNFINISHED / _ASKED).is_dir()


def require_asked(unfinished: Path, experiment: Experiment, *, final: Path) -> None:
    """ConfigError where a run that was stopped was asked for with another experiment."""
    if changed := _changed_settings(unfinished / _ASKED, experiment):
        raise _changed(changed, final)


def _write(path: Path, about: dict[str, Any], experiment: Experiment) -> None:
    path.parent.mkdir(exist_ok=True)
    text = dump_experiment(experiment, folder=path)
    with atomic_folder(path) as partial:
        sealed.write(partial / SEAL, about, {EXPERIMENT: [text.encode()]})


def _changed_settings(path: Path, experiment: Experiment) -> list[str]:
    """The settings of an experiment that are others than in the one that was written, by name if few are."""
    classes = [type(each) for _, each in walk(experiment) if isinstance(each, Component)]
    before = _resolved(load_experiment(_checked_file(path), classes=classes))
    now = _resolved(experiment)
    if dump_experiment(before) == dump_experiment(now):
        return []
    settings, others = flat_settings(before), flat_settings(now)
    names = [name for name in {**settings, **others} if settings.get(name) != others.get(name)]
    return names if 0 < len(names) <= _FEW else ["the experiment"]


def _changed(names: list[str], final: Path) -> ConfigError:
    return ConfigError(
        f"since this run began, {_listed(names)} changed, and it would go on as another one",
        hint="put it back as it was, or run it anew into another folder",
        location=str(final),
    )


def experiment_file(unfinished: Path) -> Path:
    """The experiment of a run that was stopped, with all members once it has begun; ConfigError where it is
    damaged.
    """
    begun = unfinished / _BEGUN
    return _checked_file(begun if begun.is_dir() else unfinished / _ASKED)


def _checked_file(path: Path) -> Path:
    seal = _seal_of(path)
    try:
        seal.bytes_of(EXPERIMENT)
    except (SealError, OSError) as error:
        raise _damaged(path, error) from None
    return path / EXPERIMENT


def _seal_of(path: Path) -> Seal:
    try:
        return Seal.read(path / SEAL).checked()
    except (SealError, OSError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> ConfigError:
    partial = path.parent.parent
    if not path.exists():
        return ConfigError(
            "this run was stopped before it had begun: there is nothing to go on from",
            hint="run it again; what is here is removed then",
            location=str(partial),
        )
    return ConfigError(
        f"what this run began with is damaged: {error}",
        hint=f"remove {partial}, and run it again",
        location=str(path),
    )


def _resolved(experiment: Experiment) -> Experiment:
    return with_paths(experiment, lambda _, path: path.resolve())


def _versions(experiment: Experiment) -> dict[str, Any]:
    components = providers(experiment, load_plugins())
    plugins = sorted({each["distribution"] for each in components.values()} - {"", DISTRIBUTION})
    return {
        "versions": {
            "nlpkit": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in (*_NUMBERS_ARE_OF, *plugins)},
        }
    }


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What is not as it was, by name."""
    found = [
        f"{name} from {before['versions'].get(name, 'none')} to {each}"
        for name, each in now["versions"].items()
        if before["versions"].get(name) != each
    ]
    files, read = ({file["name"]: file for file in each["texts"]} for each in (before, now))
    found += [name for name in {**files, **read} if files.get(name) != read.get(name)]
    return found


def _listed(names: list[str]) -> str:
    return f"{', '.join(names)} {'has' if len(names) == 1 else 'have'}"
