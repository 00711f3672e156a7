"""A component: settings that build something, and that a file chooses by their registered name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from nlpkit.settings.checks import Settings


@dataclass(frozen=True)
class Component(Settings):
    """Settings that build something. `kind` says what; a registry gives the name.

    `plain` are names that a setting of the kind keeps as they are, as Python may give them too.
    """

    kind: ClassVar[str]
    plain: ClassVar[Collection[str]] = ()
