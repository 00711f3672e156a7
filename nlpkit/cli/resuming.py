"""What predict says and asks of an unfinished output: what it is of, and how to go on with it."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli.output import complain
from nlpkit.cli.predicting import STDIN
from nlpkit.errors import ConfigError
from nlpkit.predicting.growing import State, about_input, how_far, require_same, state_of

if TYPE_CHECKING:
    from nlpkit.cli.destination import Destination
    from nlpkit.cli.predicting import Predicting
    from nlpkit.data.reading.readers import Reading
    from nlpkit.predicting.answers import Content


def about(
    predicting: Predicting, to: Destination, content: Content, reading: Reading | None
) -> dict[str, Any]:
    """What an output is of: to go on with it, all of this has to be the same."""
    import torch

    from nlpkit.data.reading.formats import layout_table
    from nlpkit.models.written import SEAL
    from nlpkit.version import __version__

    if reading is None or not isinstance(reading.source, Path):
        return {}
    seal = (Path(predicting.model.location) / SEAL).read_bytes()
    found = {
        **about_input(reading.source),
        "the model": hashlib.sha256(seal).hexdigest(),
        "the reading": layout_table(reading.layout),
        "--output": to.output.name if to.output else "",
        "the columns": content.columns,
        "--probabilities": content.probabilities,
        "--top-k": content.top,
        "nlpkit": __version__,
        "torch": str(torch.__version__),
    }
    return dict(json.loads(json.dumps(found)))


def before(output: Path, about: dict[str, Any], skips: bool, *, resume: bool) -> State:
    """How far an unfinished output is, which is gone on with, or a new one."""
    found = state_of(output)
    if found and not resume:
        hint = f"go on with: {this_command()}"
        message = f"an unfinished output is here: {how_far(found, output)}"
        raise ConfigError(message, hint=hint, location=str(output))
    if found:
        require_same(found.about, about, output)
        if found.left_out and not skips:
            raise ConfigError("--on-error was skip for the rows that are written", hint="add --on-error skip")
        complain(f"going on behind row {found.texts + found.left_out:,}: {how_far(found, output)}")
    elif resume:
        complain(f"note: nothing of {output} is there to go on with, so it begins with the first row")
    return found or State(about)


@contextmanager
def saying_how_to_go_on(how_far: Callable[[], str], but: type[BaseException] | None = None) -> Iterator[None]:
    """Say how to go on with what is kept after an error, `but` not where that says it itself. `how_far` that
    is, in words, or nothing.
    """
    try:
        yield
    except BaseException as error:
        if kept := "" if but and isinstance(error, but) else how_far():
            if isinstance(error, KeyboardInterrupt):
                error.add_note(this_command())
            else:
                complain(f"{kept}: go on with\n  {this_command()}")
        raise


def rows_kept(output: Path) -> str:
    """How far an unfinished file is, in words; empty where there is none."""
    found = state_of(output)
    return how_far(found, output) if found else ""


def this_command() -> str:
    """This command line, going on."""
    words: list[str] = click.get_current_context().meta.get("nlpkit.words", [])
    return shlex.join(["nlpkit", "predict", *(word for word in words if word != "--resume"), "--resume"])


def check_resume(resume: bool, output: Path | None, source: Path | None) -> None:
    """Refuse to go on where there is no file to go on with, or no input that can be read again."""
    if resume and output is None:
        raise ConfigError("--resume goes on with a file, and there is none", hint="name it with --output")
    if resume and (source is None or source == STDIN):
        raise ConfigError(
            "--resume reads the input once more, which is for files",
            hint="write it to a file, and name that with --input",
        )
