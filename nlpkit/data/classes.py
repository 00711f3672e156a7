"""The rules for the labels of several files or parts together, and of a file beside a model's classes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from nlpkit.data.reading.labels.names import AS_STRING, label_names, one_value
from nlpkit.data.reading.labels.sets import label_cells
from nlpkit.data.reading.labels.spellings import clash_between, look_alikes
from nlpkit.data.reading.layout import FastTextLayout, Folder, LabelType, Layout, Named, Table
from nlpkit.data.reading.notes import SHOWN, FileNotes, more, place, quoted
from nlpkit.data.reading.readers import TextFile
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import DataError
from nlpkit.notes import Note

_FEW_ROWS = 20  # of so few, any number of classes may be
_FEW_NAMES = 5  # so many files or folders may be classes whatever is in them
_FOLDERS = (
    "is this the folder of one class? then name the folder above it; texts without labels are for "
    "nlpkit predict"
)
_DIGITS = re.compile(r"\d+")


class Labelled(NamedTuple):
    """The labels of a file or a part of a dataset, where each stands, and what errors call it."""

    labels: Sequence[str]
    lines: Sequence[int]
    name: str
    short: str
    word: str = "row"
    label_type: LabelType = "auto"
    mixed_up: str = "are the texts and the labels swapped?"
    in_names: bool = False  # whether the labels are names of files or folders

    @classmethod
    def of(cls, file: TextFile, path: Path) -> Labelled:
        layout = file.layout
        named = (str(path), path.name, layout.word, layout.label_type, _columns(layout))
        return cls.of_texts(file.texts, file.lines, *named, in_names=isinstance(layout, Folder))

    @classmethod
    def of_texts(cls, texts: Texts, lines: Sequence[int], *named: Any, **given: Any) -> Self:
        """The labels of texts, each with its line; those of several labels have one each."""
        if not texts.separator:
            return cls(texts.labels, lines, *named, **given)
        pairs = [(name, n) for names, n in zip(texts.label_sets, lines, strict=True) for name in names]
        labels, places = [name for name, _ in pairs], [line for _, line in pairs]
        return cls(labels, places, *named, **given)


def check_parts(files: Mapping[Path, TextFile], train: Path) -> None:
    """Refuse a train file with a class for each row, and files that name the classes in different ways."""
    others = [path for path in files if path != train]
    _check([Labelled.of(files[path], path) for path in (train, *others)])


def with_checked_labels(splits: Splits) -> Splits:
    """The splits with `checked_labels`; those that have been checked as they are."""
    if splits.label_type == "checked":
        return splits
    given = {"train": splits.train, "valid": splits.valid, "test": splits.test}
    parts, notes = checked_labels(given, splits.source, splits.label_type)
    train, valid, test = parts.values()
    notes = (*splits.notes, *notes)
    return replace(splits, train=train, valid=valid, test=test, notes=notes, label_type="checked")


def checked_labels(
    parts: Mapping[str, Texts], source: str = "", label_type: LabelType = "auto"
) -> tuple[dict[str, Texts], tuple[Note, ...]]:
    """The parts of a dataset, train first, with a name for each label, and notes about the labels.

    A label is a string, a number, a truth value or None. DataError names the part and the row where labels
    are against the rules for those of files. Check parts before you draw others from them, which then are
    `Splits(label_type="checked")`.
    """
    named: dict[str, Texts] = {}
    notes: list[Note] = []
    labelled = []
    for name, part in parts.items():
        found = FileNotes(f"{name} of {source}" if source else name, "row")
        named[name] = replace(part, labels=_checked(part, found, label_type))
        notes += found.all()
        if len(part):
            labels = Labelled.of_texts(named[name], part.rows, found.name, name, label_type=label_type)
            labelled.append(labels)
    if labelled:
        _check(labelled)
    return named, tuple(notes)


def _checked(part: Texts, notes: FileNotes, label_type: LabelType) -> list[str]:
    if not part.separator:
        return label_names(part.labels, part.rows, notes, label_type=label_type)
    cells, _ = label_cells(part.labels, part.rows, notes, separator=part.separator, label_type=label_type)
    return cells


def check_known(file: TextFile, path: Path, names: Sequence[str]) -> None:
    """Refuse a file that names the classes of a model in another way, or has none of them."""
    places = _places(Labelled.of(file, path))
    clash = clash_between(names, places) if file.layout.label_type == "auto" else None
    if clash:
        name, label = clash
        raise DataError(
            f"the label {quoted(label)} and the model's class {quoted(name)} "
            "are one value written in two ways",
            hint="write the label as the model has it"
            + (", or use --label-type string to keep them apart" if _share((names, places)) else ""),
            location=places[label],
        )
    check_some_known(places, str(path), names, hint="; is this the right column (--label)?")


def check_some_known(labels: Iterable[str], location: str, names: Sequence[str], *, hint: str = "") -> None:
    """Refuse texts of which none has the label of a class of a model."""
    different = list(dict.fromkeys(labels))
    if different and set(different).isdisjoint(names):
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
        yield Note(f"{said}: {listed}; make them one in the file if they mean the same")


def _check(parts: Sequence[Labelled]) -> None:
    """The rules for several together, of which the first one is train."""
    train, *others = parts
    _check_class_count(train)
    places = [_places(part) for part in parts]
    if all(part.label_type == "auto" for part in parts):
        _check_spellings(places)
    for part, labels in zip(others, places[1:], strict=True):
        if labels and labels.keys().isdisjoint(places[0]):
            raise DataError(
                f"none of its labels is in {train.name}: {_listed(labels)}",
                hint=f"name the classes as {train.short} does: {_listed(places[0])}",
                location=part.name,
            )


def _check_class_count(train: Labelled) -> None:
    rows, classes = len(train.labels), set(train.labels)
    if train.label_type == "auto" and len(classes) * _rows_expected(train, classes) > rows:
        raise DataError(
            f"{rows:,} rows have {len(classes):,} different labels, such as "
            f"{quoted(train.labels[0])}: is this really the label?",
            hint=f"{train.mixed_up}; if nearly every row is a class of its own, {AS_STRING}",
            location=train.name,
        )


def _rows_expected(train: Labelled, classes: Collection[str]) -> int:
    """How many rows a class has on average where it is one; 0 where any number will do.

    Files that are numbered, as texts without labels are, need more to be classes.
    """
    if not train.in_names:
        return 2 if len(train.labels) >= _FEW_ROWS else 0
    if len(classes) <= _FEW_NAMES:
        return 0
    return 5 if len({_DIGITS.sub("", label) for label in classes}) == 1 else 2


def _columns(layout: Layout) -> str:
    if isinstance(layout, FastTextLayout):
        return f"a line is {layout.label_prefix}, the name of the class, a space and the text"
    if not isinstance(layout, Table | Named):
        return _FOLDERS if isinstance(layout, Folder) else "are the texts and the labels swapped?"
    text = " and ".join(map(repr, layout.text))
    return f"are the columns swapped? the text is read from {text} and the label from {layout.label!r}"


def _check_spellings(places: Sequence[Mapping[str, str]]) -> None:
    if clash := clash_between(*places):
        one, two = (next(labels[label] for labels in places if label in labels) for label in clash)
        raise one_value(clash, (one, two), two, apart=_share(places))


def _share(places: Sequence[Collection[str]]) -> bool:
    """Whether each of the others has a label of the first, without which it is refused."""
    return not any(set(places[0]).isdisjoint(each) for each in places[1:] if each)


def _places(part: Labelled) -> dict[str, str]:
    """Each label, in the order of the rows, with where it is first."""
    lines = dict(zip(reversed(part.labels), reversed(part.lines), strict=True))
    return {label: place(part.name, part.word, lines[label]) for label in dict.fromkeys(part.labels)}


def _listed(labels: Collection[str]) -> str:
    shown = [quoted(label) for label in list(labels)[:SHOWN]]
    return ", ".join(shown) + more(len(labels))
