"""A model as bytes, for whoever pickles it: the files of its folder, which are data alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from nlpkit.plugins.loading import load_plugins
from nlpkit.settings.walk import walk

if TYPE_CHECKING:
    from nlpkit.settings.checks import Settings


class WithSettings(Protocol):
    """A classifier that was built of components."""

    @property
    def settings(self) -> Settings: ...


def files_of(write: Callable[[Path], None]) -> dict[str, bytes]:
    """What `write` leaves in an empty folder, by its path in there."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def classes_of(parts: Iterable[WithSettings]) -> tuple[type, ...]:
    """The components of classifiers that no plugin registers, which are sent by their names."""
    registry = load_plugins().registry
    kinds = {type(value): None for part in parts for _, value in walk(part.settings)}
    return tuple(
        each
        for each in kinds
        if isinstance(getattr(each, "kind", None), str) and not registry.entry_of(each).distribution
    )


def restored(files: dict[str, bytes], classes: tuple[type[Any], ...]) -> Any:
    """The model of the files of its folder."""
    import nlpkit

    with TemporaryDirectory() as name:
        for path, content in files.items():
            place = Path(name, path)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
        model = nlpkit.load(name, classes=classes)
    return unplaced(model)


def unplaced(model: Any) -> Any:
    """The model without the folder that it was loaded from, which is gone."""
    members = getattr(model, "members", None)
    inside = {"members": tuple(map(unplaced, members))} if members else {}
    return replace(model, location="", **inside)
