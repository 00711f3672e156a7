"""Where a run came from: versions, data, seed, hardware and seconds."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit import __version__
from nlpkit.environment import folder_of
from nlpkit.errors import StorageError
from nlpkit.plugins import load_plugins
from nlpkit.providers import providers

if TYPE_CHECKING:
    import torch

    from nlpkit.experiment import Experiment
    from nlpkit.running import Result

PACKAGES = ("torch", "numpy", "scikit-learn")


def manifest(result: Result) -> dict[str, Any]:
    """What `manifest.json` says of a run; it names files without their folders, and no user or host."""
    experiment, model, splits = result.experiment, result.model, result.splits
    components = providers(experiment, load_plugins())
    return {
        "format": 1,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": experiment.seed,
        "data": {
            "source": splits.source,
            "substitute": splits.substitute,
            "files": [asdict(file) for file in result.files],
            "facts": result.facts,
        },
        "model": {
            "encoder": components["encoder"]["name"],
            "classes": len(model.labels),
            "vocab_size": len(model.vocab),
            "parameters": sum(parameter.numel() for parameter in model.classifier.parameters()),
        },
        "components": components,
        "warnings": list(result.warnings),
        "wall_seconds": {name: round(seconds, 3) for name, seconds in result.wall_seconds.items()},
        "versions": {
            "nlpkit": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
        "hardware": _hardware(next(model.classifier.parameters()).device),
    }


def _hardware(device: torch.device) -> dict[str, Any]:
    import torch

    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
    }


def without_folders(sentence: str, experiment: Experiment) -> str:
    """A sentence about files, without where they are on this machine."""
    from nlpkit.data.download import cache_folder

    folders = [folder_of("NLPKIT_DATA_DIR")]
    with suppress(StorageError):
        folders.append(cache_folder())
    for path in sorted(_paths(experiment), key=lambda path: -len(str(path))):
        sentence = sentence.replace(str(path), path.name or str(path))  # a folder may be `.`
    for folder in filter(None, folders):
        sentence = sentence.replace(f"{folder}{os.sep}", "")
    return sentence


def _paths(settings: Any) -> Iterator[Path]:
    """Every path in the settings."""
    for value in vars(settings).values():
        if isinstance(value, Path):
            yield value
        elif is_dataclass(value):
            yield from _paths(value)
        elif isinstance(value, tuple):
            for item in value:
                if is_dataclass(item):
                    yield from _paths(item)
