"""Rows of a dataset: files to columns of texts and label names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from nlpkit import ConfigError, DataError, Note, Splits, Texts, did_you_mean
from nlpkit.data import FileNotes, HashedFile, PackedTexts, SourceFile, draw_parts, label_names, printable
from nlpkit_hf.sources import needed, snapshot

if TYPE_CHECKING:
    from nlpkit_hf.datasets import HfDataset

FORMATS: Final = ("parquet", "arrow", "json", "csv")
_ENDINGS: Final = (".parquet", ".arrow", ".json", ".jsonl", ".csv", ".tsv")
_DESCRIPTIONS: Final = ("README.md", ".huggingface.yaml")
_PATTERNS: Final = (*(f"*{ending}" for ending in _ENDINGS), *_DESCRIPTIONS)


def read_dataset(settings: HfDataset) -> Splits:
    """The parts that are asked for, and what is missing drawn from train."""
    datasets = needed("datasets")
    folder = settings.folder or snapshot(settings.name or "", settings.revision or "", "dataset", _PATTERNS)
    files = _files(folder)
    asked = (settings.train, settings.valid, settings.test)
    notes = {name: FileNotes(name) for name in asked if name is not None}
    with tempfile.TemporaryDirectory() as cache, _quiet_and_local(datasets):
        found = _opened(datasets, folder, settings.config, cache)
        parts = {name: _part(found, name, settings, notes[name]) for name in notes}
        others = sorted(map(str, set(found) - set(parts)))
    valid, test = (None if name is None else parts[name] for name in asked[1:])
    splits = draw_parts(parts[settings.train], valid, test, settings.split)
    unread = Note(f"splits that are not read: {', '.join(others)} (data.valid, data.test)")
    read = [note for each in notes.values() for note in each.all()]
    return replace(
        splits,
        source=folder.resolve().name if settings.name is None else f"{settings.name}@{settings.revision}",
        files=files,
        notes=(*read, *([unread] if others else ()), *splits.notes),
        strict=settings.strict,
        allow_constant=settings.allow_constant,
    )


def _files(folder: Path) -> tuple[SourceFile, ...]:
    """Each file of texts with its SHA-256."""
    if not folder.is_dir():
        raise DataError("there is no such folder", location=str(folder))
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS and path.is_file())
    return tuple(_hashed(path, folder) for path in paths if path.stat().st_size)


def _hashed(path: Path, folder: Path) -> SourceFile:
    with HashedFile(path) as file:
        return replace(file.finished(), name=path.relative_to(folder).as_posix())


def _opened(datasets: Any, folder: Path, config: str | None, cache: str) -> Mapping[str, Any]:
    """The splits by name, converted to Arrow in `cache`."""
    _refuse_code_and_addresses(folder)
    try:
        if any((folder / name).is_file() for name in ("state.json", "dataset_dict.json")):
            found = datasets.load_from_disk(str(folder))
            return found if isinstance(found, dict) else {"train": found}
        builder = datasets.load_dataset_builder(str(folder), config, cache_dir=cache)
        if builder.name not in FORMATS:
            raise ValueError(f"the files are {builder.name}, and {', '.join(FORMATS)} are read")
        builder.download_and_prepare()
        prepared: Mapping[str, Any] = builder.as_dataset()
        return prepared
    except Exception as error:  # datasets raises many classes, most of them not its own
        cause = error.__cause__ or error
        raise DataError(
            f"datasets cannot read this folder: {' '.join(str(cause).split())[:300]}", location=str(folder)
        ) from error


def _refuse_code_and_addresses(folder: Path) -> None:
    """Nothing is run, and a folder's own description sends nobody to the network."""
    scripts = sorted(path.name for path in folder.glob("*.py"))
    if scripts and not any(path.suffix in _ENDINGS for path in folder.rglob("*")):
        raise DataError(
            f"the dataset is made by a script, {scripts[0]}, and scripts are never run",
            hint="convert it to Parquet files where you trust the script",
            location=str(folder),
        )
    for name in _DESCRIPTIONS:
        description = folder / name
        if description.is_file() and _names_an_address(description):
            raise DataError(
                "its data_files are somewhere on the network, and files of the folder are expected",
                location=str(description),
            )


def _names_an_address(description: Path) -> bool:
    import yaml

    text = description.read_text(encoding="utf-8", errors="replace")
    if description.name == "README.md":  # the description stands between two lines of ---
        text = text.split("---", 2)[1] if text.startswith("---") else ""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    configs = found.get("configs") if isinstance(found, dict) else None
    return "://" in str(configs)


def _part(splits: Mapping[str, Any], name: str, settings: HfDataset, notes: FileNotes) -> Texts:
    if name not in splits:
        known = did_you_mean(name, map(str, splits))
        raise ConfigError(f"the dataset has no split {name!r}; {known}", location="data")
    dataset = splits[name]
    group = settings.split.group
    wanted = list(
        dict.fromkeys([*settings.text, settings.label, *([str(group)] if group is not None else [])])
    )
    for column in wanted:
        if column not in dataset.column_names:
            raise ConfigError(
                f"the split {name!r} has no column {column!r}; "
                f"{did_you_mean(column, map(printable, dataset.column_names))}",
                location="data",
            )
    names = getattr(dataset.features[settings.label], "names", None)
    columns: dict[str, list[Any]] = dataset.with_format(None).select_columns(wanted)[:]
    rows = range(1, len(dataset) + 1)
    labels = columns[settings.label]
    if names:
        labels = [names[value] if value is not None and value >= 0 else None for value in labels]
    texts = zip(*(_strings(columns[column], column, name) for column in settings.text), strict=True)
    return Texts(
        PackedTexts(map(" ".join, texts)),
        label_names(labels, rows, notes, label_type=settings.label_type),
        rows=rows,
        groups=[] if group is None else list(map(str, columns[str(group)])),
    )


def _strings(values: list[Any], column: str, split: str) -> list[str]:
    for row, value in enumerate(values, 1):
        if not isinstance(value, str):
            given = "missing" if value is None else f"a {type(value).__name__}"
            raise DataError(
                f"{column!r} is {given}, and a string is expected",
                hint="name another column in data.text, or remove the row",
                location=f"{split}:{row}",
            )
    return values


@contextmanager
def _quiet_and_local(datasets: Any) -> Iterator[None]:
    """Without bars, and without the network: all files are here by now."""
    from huggingface_hub import constants

    bars = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with (
            patch.object(datasets.config, "HF_HUB_OFFLINE", True),
            patch.object(datasets.config, "HF_DATASETS_OFFLINE", True),
            patch.object(constants, "HF_HUB_OFFLINE", True),
        ):
            yield
    finally:
        if not bars:
            datasets.enable_progress_bars()
