"""The rules for the labels of several files together, and of a file beside the classes of a model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from nlpkit.data.reading.labels.names import AS_STRING, one_value
from nlpkit.data.reading.labels.spellings import clash_between, look_alikes
from nlpkit.data.reading.layout import FastTextLayout, Folder, Layout, Named, Table
from nlpkit.data.reading.notes import SHOWN, more, place, quoted
from nlpkit.data.reading.readers import TextFile
from nlpkit.errors import DataError
from nlpkit.notes import Note

_FEW_ROWS = 20  # of so few, any number of classes may be


def check_parts(files: Mapping[Path, TextFile], train: Path) -> None:
    """Refuse a train file with a class for each row, and files that name the classes in different ways."""
    _check_class_count(files[train], train)
    places = {path: _places(file, path) for path, file in files.items()}
    if all(file.layout.label_type == "auto" for file in files.values()):
        _check_spellings(list(places.values()))
    for path, labels in places.items():
        if labels.keys().isdisjoint(places[train]):
            raise DataError(
                f"none of its labels is in {train}: {_listed(labels)}",
                hint=f"name the classes as {train.name} does: {_listed(places[train])}",
                location=str(path),
            )


def check_known(file: TextFile, path: Path, names: Sequence[str]) -> None:
    """Refuse a file that names the classes of a model in another way, or has none of them."""
    places = _places(file, path)
    clash = clash_between(names, places) if file.layout.label_type == "auto" else None
    if clash:
        name, label = clash
        raise DataError(
            f"the label {quoted(label)} and the model's class {quoted(name)} "
            "are one value written in two ways",
            hint="write the label as the model has it, or use --label-type string to keep them apart",
            location=places[label],
        )
    check_some_known(places, str(path), names, hint="; is this the right column (--label)?")


def check_some_known(labels: Iterable[str], location: str, names: Sequence[str], *, hint: str = "") -> None:
    """Refuse texts of which none has the label of a class of a model."""
    different = list(dict.fromkeys(labels))
    if set(different).isdisjoint(names):
        raise DataError(
            f"none of its labels is a class of the model: {_listed(different)}",
            hint=f"the model knows {_listed(names)}{hint}",
            location=location,
        )


def new_and_alike(labels: Iterable[str], names: Sequence[str]) -> Iterator[Note]:
    """A note where labels that are no class of a model look like others that may be."""
    new = set(labels) - set(names)
    return note_of_alike([same for same in look_alikes({*new, *names}) if not new.isdisjoint(same)])


def note_of_alike(alike: Sequence[Sequence[str]]) -> Iterator[Note]:
    """A note about labels that look alike, if there are any."""
    if alike:
        listed = "; ".join(" and ".join(map(ascii, same)) for same in alike[:SHOWN]) + more(len(alike))
        said = "labels that differ only in case, spaces, dashes, invisible characters or Unicode form"
        yield Note(f"{said}: {listed}")


def _check_class_count(file: TextFile, path: Path) -> None:
    rows, classes = len(file.texts), set(file.texts.labels)
    if file.layout.label_type == "auto" and rows >= _FEW_ROWS and 2 * len(classes) > rows:
        raise DataError(
            f"{rows:,} rows have {len(classes):,} different labels, such as "
            f"{quoted(file.texts.labels[0])}: is this really the label?",
            hint=f"{_columns(file.layout)}; if nearly every row is a class of its own, {AS_STRING}",
            location=str(path),
        )


def _columns(layout: Layout) -> str:
    if isinstance(layout, FastTextLayout):
        return f"a line is {layout.label_prefix}, the name of the class, a space and the text"
    if not isinstance(layout, Table | Named):
        above = "is this the folder of one class? then name the folder above it"
        return above if isinstance(layout, Folder) else "are the texts and the labels swapped?"
    text = " and ".join(map(repr, layout.text))
    return f"are the columns swapped? the text is read from {text} and the label from {layout.label!r}"


def _check_spellings(places: Sequence[Mapping[str, str]]) -> None:
    if clash := clash_between(*places):
        one, two = (next(labels[label] for labels in places if label in labels) for label in clash)
        raise one_value(clash, (one, two), two)


def _places(file: TextFile, path: Path) -> dict[str, str]:
    """Each label, in the order of the file, with where it is first."""
    labels = file.texts.labels
    lines = dict(zip(reversed(labels), reversed(file.lines), strict=True))
    return {label: place(str(path), file.layout.word, lines[label]) for label in dict.fromkeys(labels)}


def _listed(labels: Collection[str]) -> str:
    shown = [quoted(label) for label in list(labels)[:SHOWN]]
    return ", ".join(shown) + more(len(labels))
