"""Where to compute."""

from __future__ import annotations

import torch

from nlpkit.errors import ConfigError
from nlpkit.training.settings import LoopSettings


def device_of(settings: LoopSettings) -> torch.device:
    """The device that is asked for; the first GPU, else the CPU, for "auto".

    ConfigError where it is not there, or cannot do what else is asked for.
    """
    device = _named(settings.device)
    if settings.workers > 1 and device.type != "cpu":
        raise ConfigError(
            f"{settings.workers} workers cannot share {device}",
            location="trainer.workers",
            hint='set trainer.workers = 1, or trainer.device = "cpu"',
        )
    if settings.precision == "bfloat16" and device.type == "cpu":
        raise ConfigError(
            "bfloat16 is for a GPU, and this trains on the CPU",
            location="trainer.precision",
            hint='set trainer.precision = "float32"',
        )
    return device


def _named(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n", 1)[0]
        raise ConfigError(f"{name!r} cannot be used here: {reason}", location="trainer.device") from None
    return device
