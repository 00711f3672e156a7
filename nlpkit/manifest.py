"""Where a run came from: versions, data, seed, hardware and seconds."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from nlpkit import __version__
from nlpkit.bundle import providers
from nlpkit.plugins import load_plugins

if TYPE_CHECKING:
    from nlpkit.running import Result

PACKAGES = ("torch", "numpy", "scikit-learn")


def manifest(result: Result) -> dict[str, Any]:
    """What `manifest.json` says of a run; it names files without their folders, and no user or host."""
    import torch

    splits, classifier = result.splits, result.model.classifier
    device = next(classifier.parameters()).device
    return {
        "format": 1,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": result.experiment.seed,
        "data": {
            "source": splits.source,
            "substitute": splits.substitute,
            "files": [asdict(file) for file in splits.files],
            "facts": result.facts,
        },
        "model": {
            "encoder": providers(result.experiment, load_plugins())["encoder"]["name"],
            "classes": len(result.model.labels),
            "vocab_size": len(result.model.vocab),
            "parameters": sum(parameter.numel() for parameter in classifier.parameters()),
        },
        "components": providers(result.experiment, load_plugins()),
        "warnings": list(result.warnings),
        "wall_seconds": {name: round(seconds, 3) for name, seconds in result.wall_seconds.items()},
        "versions": {
            "nlpkit": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
        "hardware": {
            "machine": platform.machine(),
            "system": platform.system(),
            "cores": os.cpu_count(),
            "torch_threads": torch.get_num_threads(),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        },
    }
