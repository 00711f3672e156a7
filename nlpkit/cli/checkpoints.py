"""The option that says how often a run is kept, and its value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from nlpkit.errors import ConfigError

if TYPE_CHECKING:
    from nlpkit.runs.checkpoints.store import CheckpointEvery

checkpoint_option = click.option(
    "--checkpoint-every",
    metavar="TIME",
    default="60s",
    show_default=True,
    help="Keep a checkpoint inside an epoch after so many seconds or steps, such as 30s or 500steps.",
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_VALUE = re.compile(r"(?P<number>[0-9]{1,9}(\.[0-9]{1,3})?)(?P<unit>s|m|h|steps?)")


def every_of(text: str) -> CheckpointEvery:
    """How often a run is kept; ConfigError for anything else than seconds or steps."""
    from nlpkit.runs.checkpoints.store import CheckpointEvery

    found = _VALUE.fullmatch(text.replace(" ", ""))
    number = float(found["number"]) if found else 0.0
    unit = found["unit"] if found else ""
    if not number or (unit not in _SECONDS and not number.is_integer()):
        raise ConfigError(
            f"--checkpoint-every {text!r} is no number of seconds, minutes, hours or steps",
            hint="for example: --checkpoint-every 30s, or --checkpoint-every 500steps",
        )
    if unit in _SECONDS:
        return CheckpointEvery(seconds=number * _SECONDS[unit])
    return CheckpointEvery(steps=int(number))
