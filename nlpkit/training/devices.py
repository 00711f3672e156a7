"""Where to compute."""

from __future__ import annotations

import torch

from nlpkit.errors import ConfigError


def device_of(name: str, *, workers: int, precision: str, own: int = 0) -> torch.device:
    """The device that is asked for; the first GPU, else the CPU, for "auto". Of several processes, each has
    an `own` GPU, where none is named by its number.

    ConfigError where it is not there, or cannot do what else is asked for. Nothing is allocated on it.
    """
    device = _named(name, own)
    if workers > 1 and device.type != "cpu" and name != "auto":
        raise ConfigError(
            f"{workers} workers cannot share {device}",
            location="trainer.workers",
            hint='set trainer.workers = 1, or trainer.device = "auto", where workers are for the CPU alone',
        )
    if workers > 1 and device.type == "cpu" and sees_a_gpu():
        raise ConfigError(  # no fork may use autograd after its process, which has threads for the GPU then
            f"{workers} workers cannot train on the CPU of a machine whose GPU torch sees",
            location="trainer.workers",
            hint="set trainer.workers = 1, or hide the GPU: CUDA_VISIBLE_DEVICES= nlpkit run ...",
        )
    if precision == "bfloat16" and device.type == "cpu":
        raise ConfigError(
            "bfloat16 is for a GPU, and this trains on the CPU",
            location="trainer.precision",
            hint='set trainer.precision = "float32"',
        )
    return device


def sees_a_gpu() -> bool:
    """Whether torch finds a GPU, without touching it."""
    return any(getattr(torch, kind).device_count() for kind in ("cuda", "xpu") if hasattr(torch, kind))


def _named(name: str, own: int) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
        if name == "cpu" or not own:
            return torch.device(name)
    device = torch.device(name)
    if own and device.type != "cpu" and device.index is None:
        device = torch.device(device.type, own)
    count = getattr(torch, device.type).device_count()
    if (device.index or 0) >= count:
        raise ConfigError(
            f"{name!r} cannot be used here: torch finds {count or 'none'} of that kind",
            location="trainer.device",
            hint='set trainer.device = "auto" to take what there is',
        )
    return device
