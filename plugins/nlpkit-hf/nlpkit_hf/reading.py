"""Rows of a dataset: files to columns of texts and label names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from nlpkit import ConfigError, DataError, NlpkitError, Note, Splits, Texts, did_you_mean
from nlpkit.data import HashedFile, PackedTexts, SourceFile, checked_labels, draw_parts, printable
from nlpkit_hf.sources import needed, snapshot, without_hub

if TYPE_CHECKING:
    from nlpkit_hf.datasets import HfDataset

FORMATS: Final = ("parquet", "arrow", "json", "csv")
_ENDINGS: Final = (".parquet", ".arrow", ".json", ".jsonl", ".csv", ".tsv")
_DESCRIPTIONS: Final = ("README.md", ".huggingface.yaml")
PATTERNS: Final = (*(f"*{ending}" for ending in _ENDINGS), *_DESCRIPTIONS)


def read_dataset(settings: HfDataset) -> Splits:
    """The parts that are asked for, and what is missing drawn from train."""
    datasets = needed("datasets")
    folder = settings.folder or snapshot(settings.name or "", settings.revision or "", "dataset", PATTERNS)
    files = _files(folder)
    asked = (settings.train, settings.valid, settings.test)
    source = folder.resolve().name if settings.name is None else f"{settings.name}@{settings.revision}"
    wanted = dict.fromkeys(name for name in asked if name is not None)
    with tempfile.TemporaryDirectory() as cache, _quiet_and_local(datasets):
        found = _opened(datasets, folder, settings.config, cache)
        parts = {name: _part(found, name, settings) for name in wanted}
        declared = all(_class_names(found[name], settings.label) for name in wanted)
        others = sorted(map(str, set(found) - set(parts)))
    parts, notes = checked_labels(parts, source, "string" if declared else settings.label_type)
    valid, test = (None if name is None else parts[name] for name in asked[1:])
    splits = draw_parts(parts[settings.train], valid, test, settings.split)
    unread = Note(f"splits that are not read: {', '.join(others)} (data.valid, data.test)")
    return replace(
        splits,
        source=source,
        files=files,
        notes=(*notes, *([unread] if others else ()), *splits.notes),
        strict=settings.strict,
        allow_constant=settings.allow_constant,
        label_type="checked",
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
    for refusal in folder_refusals(folder):
        raise refusal
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


def folder_refusals(folder: Path) -> Iterator[NlpkitError]:
    """Nothing is run, and a folder's own description sends nobody to the network."""
    scripts = sorted(path.name for path in folder.glob("*.py"))
    if scripts and not any(path.suffix in _ENDINGS for path in folder.rglob("*")):
        yield DataError(
            f"the dataset is made by a script, {scripts[0]}, and scripts are never run",
            hint="convert it to Parquet files where you trust the script",
            location=str(folder),
        )
    for name in _DESCRIPTIONS:
        description = folder / name
        if description.is_file() and _names_an_address(description):
            yield DataError(
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


def _part(splits: Mapping[str, Any], name: str, settings: HfDataset) -> Texts:
    """One split, with labels as the dataset has them; names where it has numbers with names."""
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
    columns: dict[str, list[Any]] = dataset.with_format(None).select_columns(wanted)[:]
    labels = columns[settings.label]
    if names := _class_names(dataset, settings.label):
        labels = [_class_name(value, names, f"{name}, row {row}") for row, value in enumerate(labels, 1)]
    texts = zip(*(_strings(columns[column], column, name) for column in settings.text), strict=True)
    groups = [] if group is None else list(map(str, columns[str(group)]))
    return Texts(PackedTexts(map(" ".join, texts)), labels, groups=groups)


def _class_names(dataset: Any, label: str) -> list[str]:
    """The names that a dataset declares for its labels, which are numbers; none where it declares none."""
    return list(getattr(dataset.features[label], "names", None) or ())


def _class_name(value: int | None, names: list[str], location: str) -> str | None:
    """The name of a number; -1 stands for no label."""
    if value is None or value < 0:
        return None
    if value >= len(names):
        said = f"the label is {value}, and the dataset has names for 0 to {len(names) - 1}"
        raise DataError(said, hint="name it in the dataset's features", location=location)
    return names[value]


def _strings(values: list[Any], column: str, split: str) -> list[str]:
    for row, value in enumerate(values, 1):
        if not isinstance(value, str):
            given = "missing" if value is None else f"a {type(value).__name__}"
            raise DataError(
                f"{column!r} is {given}, and a string is expected",
                hint="name another column in data.text, or remove the row",
                location=f"{split}, row {row}",
            )
    return values


@contextmanager
def _quiet_and_local(datasets: Any) -> Iterator[None]:
    """Without bars, and without the network: all files are here by now."""
    bars = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with (
            patch.object(datasets.config, "HF_HUB_OFFLINE", True),
            patch.object(datasets.config, "HF_DATASETS_OFFLINE", True),
            without_hub(),
        ):
            yield
    finally:
        if not bars:
            datasets.enable_progress_bars()
