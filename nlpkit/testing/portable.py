"""Whether what a model keeps of a component works where the files that it names are gone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from nlpkit.settings.checks import Settings
from nlpkit.settings.outside import named_outside
from nlpkit.settings.walk import with_paths
from nlpkit.testing.promises import Skipped, expect, trying

S = TypeVar("S", bound=Settings)
GONE = "it loads where its files are gone"


@contextmanager
def elsewhere(settings: S) -> Iterator[S]:
    """The settings with their files at other paths, where they are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:

        def link(place: str, path: Path) -> Path:
            linked = Path(folder, f"{len(list(Path(folder).iterdir()))}", path.name)
            linked.parent.mkdir()
            try:
                linked.symlink_to(path.absolute())
            except OSError as error:
                raise Skipped(f"no link to {path} can be made here") from error
            return linked

        yield with_paths(settings, link)


def kept_of(settings: S) -> S:
    """What a model keeps: it names nothing outside."""
    with trying("portable()"):
        kept = settings.portable()
    expect(isinstance(kept, type(settings)), f"portable() gives a {type(kept).__name__}")
    left = list(named_outside(kept))
    expect(not left, f"after portable() {' and '.join(left)} still names a file or an address")
    return kept
