"""What is worth knowing about a run or its data, and stops nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


class NlpkitWarning(UserWarning):
    """A loud note of a run that nothing else shows."""


@dataclass(frozen=True)
class Note:
    """A sentence for a person. A "loud" one must not be overlooked; `paths` are those that `text` names."""

    text: str
    level: Literal["note", "loud"] = "note"
    paths: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return self.text

    @property
    def without_folders(self) -> str:
        """The text with the names of its files, but not where they are on this machine."""
        text = self.text
        for path in sorted(self.paths, key=lambda path: -len(str(path))):
            text = text.replace(str(path), path.name)
        return text
