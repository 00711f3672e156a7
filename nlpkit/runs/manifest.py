"""Where a run came from: versions, data, seed, hardware and seconds."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.errors import StorageError
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.providers import providers
from nlpkit.settings.walk import walk
from nlpkit.system.environment import folder_of
from nlpkit.version import __version__

if TYPE_CHECKING:
    import torch

    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.experiment.value import Experiment
    from nlpkit.models.model import Model

PACKAGES = ("torch", "numpy", "scikit-learn")


def manifest(
    experiment: Experiment,
    model: Model,
    splits: Splits,
    files: tuple[SourceFile, ...],
    *,
    facts: dict[str, float],
    warnings: tuple[str, ...],
    wall_seconds: dict[str, float],
) -> dict[str, Any]:
    """What `manifest.json` says of a run; it names files without their folders, and no user or host."""
    components = providers(experiment, load_plugins())
    found = {
        "format": 1,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": experiment.seed,
        "data": {
            "source": splits.source,
            "substitute": splits.substitute,
            "files": [asdict(file) for file in files],
            "facts": facts,
        },
        "model": {
            "encoder": components["encoder"]["name"],
            "classes": len(model.labels),
            "vocab_size": len(model.vocab),
            "parameters": sum(parameter.numel() for parameter in model.classifier.parameters()),
        },
        "components": components,
        "warnings": warnings,
        "wall_seconds": {name: round(seconds, 3) for name, seconds in wall_seconds.items()},
        "versions": {
            "nlpkit": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
        "hardware": _hardware(next(model.classifier.parameters()).device),
    }
    named: dict[str, Any] = without_folders(found, experiment)
    return named


def _hardware(device: torch.device) -> dict[str, Any]:
    import torch

    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
    }


def without_folders(told: Any, experiment: Experiment) -> Any:
    """Sentences about files, in lists and tables too, without where they are on this machine."""
    from nlpkit.system.cache import cache_folder

    paths = {value for _, value in walk(experiment) if isinstance(value, Path)}
    changes = [(str(path), path.name or str(path)) for path in paths]  # a folder may be `.`
    folders = [folder_of("NLPKIT_DATA_DIR")]
    with suppress(StorageError):
        folders.append(cache_folder())
    changes = sorted(changes, key=lambda change: -len(change[0]))
    return _changed(told, [*changes, *((f"{folder}{os.sep}", "") for folder in folders if folder)])


def _changed(told: Any, changes: list[tuple[str, str]]) -> Any:
    if isinstance(told, dict):
        return {name: _changed(value, changes) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_changed(value, changes) for value in told]
    for old, new in changes if isinstance(told, str) else ():
        told = told.replace(old, new)
    return told
