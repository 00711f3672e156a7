"""Predicting files of any size from Python, on one machine or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from nlpkit.components.engines import Local
from nlpkit.components.kinds import Engine
from nlpkit.data.reading.formats import LAYOUTS, layout_of
from nlpkit.data.reading.guess import dialect_of
from nlpkit.data.reading.layout import Folder, Layout, Table
from nlpkit.data.reading.source.remote import path_of
from nlpkit.errors import ConfigError
from nlpkit.models.added import AddedColumns
from nlpkit.plugins.loading import load_plugins
from nlpkit.predicting import forms
from nlpkit.predicting.inputs import inputs
from nlpkit.predicting.kept import check_kept
from nlpkit.predicting.plan import SHARD_BYTES, Plan, sha256_of_seal, table_of
from nlpkit.predicting.sharded import Predicted, Sharded
from nlpkit.predicting.tasks import content_of, model_of, opened
from nlpkit.settings.checks import Settings
from nlpkit.settings.tables import from_table
from nlpkit.system.resumable import partial_of

if TYPE_CHECKING:
    from nlpkit.models.text_model import TextModel

Format = Literal["jsonl", "ndjson", "csv", "tsv", "parquet", "arrow"]
_FOLDERS: Final = ("folders", "class_files")


def predict_files(
    run: Path | str,
    input: Path | str,
    output: Path | str,
    *,
    engine: Engine | str = "local",
    format: Format = "jsonl",
    reading: Layout | Mapping[str, Any] | None = None,
    id: str | None = None,
    keep: Sequence[str] = (),
    add: Sequence[str] = (),
    probabilities: bool = False,
    top_k: int | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    resume: bool = False,
    shard_bytes: int = SHARD_BYTES,
    show: Callable[[int, float], None] = lambda texts, fraction: None,
    go_on: str = "give resume=True to go on with it",
) -> Predicted:
    """Predict the texts of a file, of all files in a folder, or of those that a pattern such as "news/*.csv"
    names, with the model of a run folder: shard by shard, by the workers of an engine.

    The output is a folder of parts, which gets its name when all are there. What is finished stays after an
    error or a kill, and `resume` goes on with it. Files are read as `reading` says, such as `{"text":
    ("title",)}`, and as the model remembers; `shard_bytes` is about how large a shard is. `show` is called
    with the texts and the share of all that is done.

    ConfigError where the output is there already, or is of something else; DataError where a text cannot be
    read, with its file and line; MissingError where the engine is not installed.
    """
    chosen = engine_of({"type": engine}) if isinstance(engine, str) else engine
    model, found = opened(run), inputs(input)
    try:
        layout = reading if isinstance(reading, Layout) else _layout(found[0].path, reading or {}, model)
        plan = Plan(
            folder=str(partial_of(Path(output).absolute())),
            model=model.location,
            model_sha256=sha256_of_seal(model.location),
            layout=table_of(layout),
            ending=f".{format}",
            kept=(*(() if id is None else (id,)), *keep),
            in_files=len(found) > 1 or path_of(input) != found[0].path,
            probabilities=probabilities,
            top=min(top_k or 0, len(model.labels)),
            add=tuple(add),
            skips=on_error == "skip",
            one_core=not isinstance(chosen, Local),
        )
        _check(plan, model, layout)
        if not isinstance(chosen, Local):
            found = [replace(each, path=each.path.absolute()) for each in found]
        sharded = Sharded(model, found, layout, plan, shard_bytes, go_on, show)
        return sharded.predict(Path(output), chosen, resume=resume)
    finally:
        model_of.cache_clear()


@dataclass(frozen=True, kw_only=True)
class _Chosen(Settings):
    """engine: where shards are worked on"""

    engine: Engine


def engine_of(table: Mapping[str, Any]) -> Engine:
    """The engine of a table with its name as `type` and its settings; ConfigError names what is wrong."""
    plugins = load_plugins()
    plugins.entry("engine", table["type"])  # which says what an unknown one may be
    chosen: _Chosen = from_table(_Chosen, {"engine": table}, plugins)
    return chosen.engine


def _layout(path: Path, given: Mapping[str, Any], model: TextModel) -> Layout:
    """How the first file is read, and so all of them."""
    settings = {name: value for name, value in given.items() if name != "format"}
    layout = layout_of(path, settings, format=given.get("format"), known=model.layout)
    if isinstance(layout, Table) and not isinstance(model.layout, Table):
        return replace(layout, **dialect_of(path, layout, settings))
    return layout


def _check(plan: Plan, model: TextModel, layout: Layout) -> None:
    """Refuse what has no place in the output."""
    if isinstance(layout, Folder):
        hint = f"the formats of files are {', '.join(name for name in LAYOUTS if name not in _FOLDERS)}"
        raise ConfigError(f"{layout.format} is the format of a folder, and shards are of files", hint=hint)
    if plan.ending not in forms.ENDINGS:
        known = " ".join(each.removeprefix(".") for each in forms.ENDINGS)
        raise ConfigError(f"{plan.ending.removeprefix('.')!r} is no format to write", hint=f"write {known}")
    forms.require_writable(plan.ending)
    if plan.add and plan.ending in forms.OF_ARROW:
        hint = "write jsonl or csv: a part may be without a value, and does not know the type of its column"
        raise ConfigError(f"--add has no place in parts of {plan.ending.removeprefix('.')}", hint=hint)
    check_kept(plan.kept, layout)
    content = content_of(plan, model, AddedColumns(model, plan.add))
    forms.check_names(content, in_json=plan.ending in forms.JSON_ENDINGS)
