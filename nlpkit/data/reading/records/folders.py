"""Folders that say the classes of the texts in them: a folder for each class, or a file for each class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns
from nlpkit.data.reading.layout import ClassFilesLayout, Encoded, Folder, FoldersLayout
from nlpkit.data.reading.notes import FileNotes, printable, quoted
from nlpkit.data.reading.source.compressed import without_packing
from nlpkit.data.reading.source.decoded import chunks_of, lines_of
from nlpkit.data.reading.source.files import HashedFile
from nlpkit.data.reading.source.folder import FolderNotes, HashedFolder, below, is_run, listed
from nlpkit.data.reading.source.lines import Lines, too_long
from nlpkit.data.reading.source.magic import format_set
from nlpkit.errors import DataError, did_you_mean

_PIECE_CHARS = 1 << 22

Labelled = list[tuple[str, str]]  # the name of a file, and the label of the texts in it


def read_folders(
    folder: HashedFolder, layout: FoldersLayout, asked: Asked, notes: FolderNotes
) -> Iterator[Columns]:
    """Each file is a text, as it is; its label is the name of the folder it is in."""
    found = _in_folders(folder.path, layout, notes) if asked.label else _unlabelled(folder.path)
    columns, chars = _empty(asked), 0
    for done, (name, label) in enumerate(found, start=1):
        number = notes.file(name)
        with folder.opened(name) as file:
            text = _text(file, layout, notes, number)
        columns.texts.append(text)
        columns.labels.append(label)
        columns.lines.append(number)
        _add_name(columns, name)
        folder.read_fraction = done / len(found)
        chars += len(text)
        if len(columns.texts) == PIECE_ROWS or chars > _PIECE_CHARS:
            yield columns
            columns, chars = _empty(asked), 0
    yield columns


def _empty(asked: Asked) -> Columns:
    return Columns(others=[[] for _ in asked.beside])


def _add_name(columns: Columns, name: str) -> None:
    """The name of the file of a text is the only other column that a folder has."""
    for other in columns.others:
        other.append(name.encode("utf-8", "backslashreplace").decode())  # not every name is Unicode


def _lines(file: HashedFile, layout: Encoded, notes: FileNotes) -> Lines:
    return lines_of(chunks_of(file, layout, notes), file, layout, notes)


def read_class_files(
    folder: HashedFolder, layout: ClassFilesLayout, asked: Asked, notes: FolderNotes
) -> Iterator[Columns]:
    """Each line that is not blank is a text; its label is what the name of its file says."""
    found = _in_files(folder.path, layout, notes) if asked.label else _unlabelled(folder.path)
    for done, (name, label) in enumerate(found):
        number, own = notes.file(name), FileNotes(folder.path / name)
        columns, rows = _empty(asked), 0
        with folder.opened(name) as file:
            for line, text in enumerate(_lines(file, layout, own), start=1):
                if not text.isspace():
                    columns.texts.append(text.rstrip("\r\n"))
                    columns.labels.append(label)
                    columns.lines.append(number + line)
                    _add_name(columns, name)
                    rows += 1
                if len(columns.texts) == PIECE_ROWS:
                    folder.read_fraction = (done + file.read_fraction) / len(found)
                    yield columns
                    columns = _empty(asked)
        yield columns
        notes.take(own, number.__add__)
        if not rows:
            notes.add("passed over a file without texts", [number])
        folder.read_fraction = (done + 1) / len(found)


def _text(file: HashedFile, layout: Encoded, notes: FolderNotes, number: int) -> str:
    """All text of a file."""
    parts, chars, own = [], 0, FileNotes(file.path)
    for chunk in chunks_of(file, layout, own):
        parts.append(chunk)
        chars += len(chunk)
        if chars > layout.max_chars:
            raise too_long(str(file.path), layout.max_chars)
    notes.take(own, number.__add__)
    return "".join(parts)


def _unlabelled(path: Path) -> Labelled:
    found = [(name, "") for name in below(path)]
    if not found:
        raise DataError("there are no files in this folder", hint="name another folder", location=str(path))
    return found


def _in_folders(path: Path, layout: Folder, notes: FolderNotes) -> Labelled:
    """The files of each class, which is a folder."""
    folders, files = listed(path)
    if not folders:
        hint = f"for a file for each class, set {format_set('class_files')}" if files else _example("folders")
        raise DataError("there is no folder of a class in this folder", hint=hint, location=str(path))
    found: Labelled = []
    for label in _wanted(folders, layout, path):
        nested, texts = listed(path / label)
        if nested:
            raise _nested(path / label, nested, texts, [each for each in folders if each != label])
        if not texts:
            notes.add("passed over a folder without files", [notes.file(label)])
        found += [(f"{label}/{name}", label) for name in texts]
    if files:
        notes.add("passed over files beside the folders of the classes", map(notes.file, files))
    if not found:
        raise DataError("no class has a file", hint=_example("folders"), location=str(path))
    return found


def _nested(path: Path, folders: Sequence[str], files: Sequence[str], beside: Sequence[str]) -> DataError:
    """The refusal of a folder of a class that has folders in it; `beside` are those of other classes."""
    if any(is_run(path / name) for name in folders):
        such = f", such as {path.parent / beside[0]}" if beside else ""
        return DataError(
            "this folder has runs in it, not texts",
            hint=f"name the folder that has the texts{such}",
            location=str(path),
        )
    return DataError(
        "there is a folder in the folder of a class",
        hint=f"move or remove {printable(folders[0])}: there are only files in the folder of a class"
        if files
        else f"name the folder whose folders are the classes, such as {path}",
        location=str(path / folders[0]),
    )


def _in_files(path: Path, layout: Folder, notes: FolderNotes) -> Labelled:
    """The files, each of which is a class."""
    folders, files = listed(path)
    if not files:
        hint = f"for a folder for each class, set {format_set('folders')}" if folders else _example("files")
        raise DataError("there is no file of a class in this folder", hint=hint, location=str(path))
    names = _labels(files, path, layout.classes)
    if folders:
        notes.add("passed over folders beside the files of the classes", map(notes.file, folders))
    return [(names[label], label) for label in _wanted(list(names), layout, path)]


def class_names(path: Path, layout: Folder) -> list[str]:
    """The classes that a folder has texts of."""
    find = _in_folders if isinstance(layout, FoldersLayout) else _in_files
    return list(dict.fromkeys(label for _, label in find(path, layout, FolderNotes(path, layout.word))))


def _labels(files: Sequence[str], path: Path, classes: Sequence[str]) -> dict[str, str]:
    """The file of each label, which is the part that tells the names apart: the ending, or what is before."""
    bare = {name: without_packing(Path(name)) for name in files}
    by_ending = {each.suffix.removeprefix("."): name for name, each in bare.items()}
    by_stem = {each.stem: name for name, each in bare.items()}
    if classes:
        return by_ending if set(classes) <= by_ending.keys() else by_stem
    endings, stems = ({getattr(each, part) for each in bare.values()} for part in ("suffix", "stem"))
    if len(stems) == 1 < len(endings) and len(by_ending) == len(files):
        return by_ending
    if len(endings) == 1 < len(stems):
        return by_stem
    either = " or ".join(quoted(next(iter(each))) for each in (by_stem, by_ending))
    raise DataError(
        f"one file does not say whether its class is {either}"
        if len(files) == 1
        else f"the names of the {len(files)} files differ before the ending and in it: "
        + ", ".join(map(printable, files[:3])),
        hint="give all files one ending (pos.txt, neg.txt), or one name before it (all.pos, all.neg), "
        "or set classes to those to read",
        location=str(path),
    )


def _wanted(there: Sequence[str], layout: Folder, path: Path) -> Iterable[str]:
    """The classes to read, of those that are there."""
    for label in layout.classes:
        if label not in there:
            raise DataError(
                f"there is no class {label!r}", hint=did_you_mean(label, there), location=str(path)
            )
    chosen = [label for label in there if not layout.classes or label in layout.classes]
    for label in chosen:
        if not label.isprintable():
            raise DataError(
                "the name of a class has characters in it that cannot be printed",
                hint="give it another name",
                location=str(path / printable(label)),
            )
    return chosen


def _example(what: str) -> str:
    such = "pos and neg" if what == "folders" else "pos.txt and neg.txt"
    return f"name a folder that has {what} for the classes in it, such as {such}"
