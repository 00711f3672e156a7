"""nlpkit predict --engine: files answered shard by shard, to a folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.cli.output import complain
from nlpkit.cli.predicting import STDIN
from nlpkit.cli.progress import texts_bar
from nlpkit.cli.reading import layout, naming_columns, note
from nlpkit.cli.resuming import saying_how_to_go_on, this_command
from nlpkit.errors import ConfigError
from nlpkit.settings.toml import toml_or_text
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.components.kinds import Engine


def check_engine(
    engine: str | None,
    texts: Sequence[str],
    source: Path | None,
    output: Path | None,
    as_json: bool,
    only: Mapping[str, object],
) -> None:
    """Refuse options that are for an engine alone, or have no meaning with one."""
    from nlpkit.predicting.forms import ENDINGS
    from nlpkit.predicting.inputs import is_pattern

    if engine is None:
        if unfit := next((name for name, value in only.items() if value), ""):
            flag = f"--{unfit.replace('_', '-')}"
            raise ConfigError(f"{flag} is for a prediction in shards", hint="add --engine local")
        if source and is_pattern(source):
            hint = "add --engine local to predict several files, and name a folder with --output"
            raise ConfigError("this is a pattern of names", hint=hint, location=str(source))
    elif texts or source in (None, STDIN):
        raise ConfigError("--engine is for files", hint="name a file, a folder or a pattern with --input")
    elif output is None:
        raise ConfigError("--engine writes a folder of parts", hint="name the folder with --output")
    elif as_json:
        hint = "leave it out: parts are JSON Lines, or what --output-format says"
        raise ConfigError("--json is for the terminal", hint=hint)
    elif (ending := output.suffix.lower()) in ENDINGS:
        hint = f"name a folder, and add --output-format {ending.removeprefix('.')}"
        raise ConfigError("with --engine the output is a folder of parts", hint=hint, location=str(output))


def predict_in_shards(
    folder: Path,
    source: Path,
    output: Path,
    engine: Engine,
    options: Mapping[str, Any],
    asked: Mapping[str, Any],
) -> None:
    """Answer files, with the options of reading and what is asked of the answers."""
    from nlpkit.predicting.inputs import inputs
    from nlpkit.predicting.predict import predict_files
    from nlpkit.predicting.sharded import unfinished_parts
    from nlpkit.predicting.tasks import opened

    known = opened(folder).layout
    found = layout(inputs(source)[0].path, options, known)
    with (
        saying_how_to_go_on(lambda: unfinished_parts(output), but=ConfigError),
        naming_columns(options, found, known),
        texts_bar(sys.stderr, "predicting") as show,
    ):
        done = predict_files(
            folder,
            source,
            output,
            engine=engine,
            reading=found,
            show=show,
            go_on=f"go on with: {this_command()}",
            **asked,
        )
    note(done.notes)
    parts = counted(len(done.parts), "part")
    complain(f"written to {output}: {counted(done.texts, 'row')} in {parts}")


def engine_from(name: str, overrides: Sequence[str], workers: int | None) -> Engine:
    """The engine of that name, with settings such as `engine.address=auto`."""
    from nlpkit.predicting.predict import engine_of

    table: dict[str, Any] = {"type": name}
    for override in overrides:
        key, equals, text = override.partition("=")
        place, _, setting = key.strip().rpartition(".")
        if not equals or place != "engine" or not setting:
            hint = "for example: --set engine.workers=2"
            raise ConfigError(f"--set {override!r} is not engine.SETTING=VALUE", hint=hint)
        table[setting] = toml_or_text(text)
    if workers is not None:
        if name != "local":
            hint = f"see the settings of the engine: nlpkit components engine {name}"
            raise ConfigError("--workers is for processes of this machine", hint=hint)
        table["workers"] = workers
    return engine_of(table)
