"""Where a run came from: versions, data, seed, hardware and seconds."""

from __future__ import annotations

import platform
import re
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.providers import providers
from nlpkit.plugins.requirements import versions_required
from nlpkit.runs.machine import git_state, hardware
from nlpkit.version import DISTRIBUTION, __version__

if TYPE_CHECKING:
    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.experiment.value import Experiment
    from nlpkit.models.text_model import TextModel
    from nlpkit.notes import Note

PACKAGES = ("torch", "numpy", "scikit-learn")
_ENCODER = re.compile(r"(members\[\d+\]\.)?encoder")


def manifest(
    experiment: Experiment,
    model: TextModel,
    splits: Splits,
    files: tuple[SourceFile, ...],
    *,
    facts: dict[str, float],
    notes: tuple[Note, ...],
    wall_seconds: dict[str, float],
    cost: dict[str, float],
    chosen: int | None = None,
) -> dict[str, Any]:
    """What `manifest.json` says of a run; it names files without their folders, and no user or host. The
    model is that of the seed which was `chosen`, of several.
    """
    components = providers(experiment, load_plugins())
    return {
        "format": 1,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": experiment.seed,
        **({} if chosen is None else {"seeds": experiment.seeds, "chosen_seed": chosen}),
        "data": {
            "source": splits.source,
            "substitute": splits.substitute,
            "files": [asdict(file) for file in files],
            "facts": facts,
            "valid_sha256": splits.valid.sha256,
            "test_sha256": splits.test.sha256,
        },
        "model": {
            "encoder": _encoders(components),
            "classes": len(model.labels),
            "vocab_size": max(len(part.vocab) for part in model.parts),
            "parameters": sum(each.numel() for part in model.parts for each in part.classifier.parameters()),
        },
        "components": components,
        "warnings": [note.without_folders for note in notes if note.text != splits.substitute],
        "wall_seconds": {name: round(seconds, 3) for name, seconds in wall_seconds.items()},
        "versions": {
            "nlpkit": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
            **versions_required(_plugins(components)),
        },
        "hardware": hardware(next(model.parts[0].classifier.parameters()).device),
        "cost": cost,
        "git": git_state(),
    }


def _encoders(components: dict[str, dict[str, str]]) -> str:
    """The name of the encoder, or those of all members."""
    names = [each["name"] for path, each in components.items() if _ENCODER.fullmatch(path)]
    return names[0] if len(names) == 1 else f"pool of {', '.join(names)}"


def _plugins(components: dict[str, dict[str, str]]) -> list[str]:
    """The distributions of the plugins that components are from."""
    return sorted({each["distribution"] for each in components.values()} - {"", DISTRIBUTION})
