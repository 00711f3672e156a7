"""The command group, and what becomes of errors and signals."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nlpkit.cli import stopping
from nlpkit.cli.guard import guarded
from nlpkit.cli.output import abandon_stdout, complain
from nlpkit.cli.verbs import Verbs
from nlpkit.errors import ConfigError, MissingError, NlpkitError, StorageError, bounded
from nlpkit.plugins.isolation import guard_plugins, in_words
from nlpkit.version import __version__

if TYPE_CHECKING:
    from nlpkit.plugins.blame import Blame

# in the order a newcomer meets them
VERBS = (
    *("run", "resume", "runs", "init", "check", "audit"),
    *("predict", "explain", "evaluate", "compare", "report", "replay", "export", "shrink", "components"),
    *("plugins", "plugin", "examples", "cache", "doctor"),
)

# Of files these are StorageErrors, so what is left is standard output.
_CANNOT_WRITE = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@click.group(
    cls=Verbs,
    verbs=VERBS,
    of_plugins=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success, 1 a bug or a failing disk, 2 wrong usage or settings, 3 bad input data, "
    "4 a missing extra, or a plugin that is missing or fails, 5 network failure, 6 a score below --min "
    "or what --fail-on names, 130 and 143 interrupted.",
)
@click.version_option(__version__, prog_name="nlpkit")
def cli() -> None:
    """Train, score and use small, fast text classifiers.

    \b
    nlpkit run tickets.csv
    nlpkit predict runs/tickets "The invoice is wrong"
    nlpkit examples copy agnews_lstm
    nlpkit run agnews_lstm.toml

    Results go to stdout, and everything else to stderr. NAME --help explains a command.
    """
    try:
        Path.cwd()
    except FileNotFoundError:  # the MKL in torch would end the process with a riddle
        raise ConfigError("the current folder has been deleted", hint="change to another folder") from None


def main() -> None:
    """Run the command line and leave with its exit code."""
    _open_streams()
    stopping.listen()
    guard_plugins(guarded, complain)
    gc.set_threshold(100_000)  # torch brings a million objects: looking through them again and again is 0.2 s
    code = outcome(sys.argv[1:])
    stopping.leave()
    gc.freeze()  # and once more at the end is 0.3 s
    sys.exit(code)


def _open_streams() -> None:
    """Streams that were closed lead nowhere, and all of them are UTF-8 in every locale."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while os.open(os.devnull, os.O_RDWR) <= 2:  # or the next file that is opened becomes stdout
            pass
        sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115
        sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115
        sys.stderr = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a C locale must not turn a label into a crash
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def outcome(arguments: list[str]) -> int:
    """The exit code of a command line, after it has done its work and said what went wrong."""
    try:
        return _work(arguments)
    except NlpkitError as error:
        from nlpkit.cli.hints import with_options

        complain(f"error: {with_options(str(error), _options(arguments))}")
        return error.exit_code
    except click.ClickException as error:
        complain(f"error: {_usage(error)}")
        return error.exit_code
    except KeyboardInterrupt as error:
        notes: list[str] = getattr(error, "__notes__", [])
        said = f"go on with\n  {notes[0]}" if notes else "nothing unfinished was kept"
        complain(f"interrupted: {said}")
        return 128 + getattr(error, "number", signal.SIGINT)
    except OSError as error:
        if error.errno not in _CANNOT_WRITE or error.filename is not None or _blame(error):
            return _unexpected(error)
        abandon_stdout()
        if isinstance(error, BrokenPipeError):  # who reads it has left: `nlpkit ... | head`
            return 0
        complain(f"error: cannot write to standard output: {error.strerror}")
        return StorageError.exit_code
    except BaseException as error:
        if not isinstance(error, Exception) and not _blame(error):
            raise
        return _unexpected(error)


def _options(arguments: list[str]) -> list[str]:
    """The names of the options that the verb has."""
    with suppress(Exception):  # a refusal before there was a verb
        context = click.Context(cli)
        command = cli.get_command(context, arguments[0])
        names = [each.opts[0] for each in command.get_params(context)] if command else []
        return [name.removeprefix("--").replace("-", "_") for name in names]
    return []


def _unexpected(error: BaseException) -> int:
    if _lacks_memory(error):
        complain("error: there is not enough memory\n  try a smaller trainer.batch_size or a smaller encoder")
        return 2
    if failed := _blame(error):
        complain(
            f"error: {failed}\n  {_saved(error)}\n  please report it to the authors of {failed.distribution}"
        )
        return MissingError.exit_code
    package = error.name if isinstance(error, ModuleNotFoundError) else None
    if package and not package.startswith("nlpkit"):
        complain(
            f"error: the package {package} is not installed\n  reinstall nlpkit-toolkit with its dependencies"
        )
        return MissingError.exit_code
    complain(_bug(error))
    return 1


def _work(arguments: list[str]) -> int:
    try:
        if instruction := os.environ.get("_NLPKIT_COMPLETE"):
            from nlpkit.cli.completion import complete

            raise click.exceptions.Exit(complete(cli, instruction))
        with cli.make_context("nlpkit", arguments or ["--help"]) as context:
            cli.invoke(context)
        code = 0
    except click.exceptions.Exit as left:
        code = left.exit_code
    sys.stdout.flush()
    return code


def _usage(error: click.ClickException) -> str:
    message = bounded(" ".join(error.format_message().split()).rstrip("."))
    context = getattr(error, "ctx", None)
    help_of = context.command_path if context else "nlpkit"
    return f"{message[:1].lower()}{message[1:]}\n  try: {help_of} --help"


def _blame(error: BaseException) -> Blame | None:
    from nlpkit.plugins.blame import blame  # no verb needs it that goes well

    return blame(error)


def _lacks_memory(error: BaseException) -> bool:
    """torch has its own words for it."""
    words = ("not enough memory", "can't allocate memory", "out of memory")
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)
    )


def _bug(error: BaseException) -> str:
    return (
        f"this is a bug in nlpkit: {in_words(error)}\n"
        f"  {_saved(error)}\n"
        "  please report it, with the traceback and the output of nlpkit doctor"
    )


def _saved(error: BaseException) -> str:
    """Where the traceback is, as a sentence, after it has been written there."""
    import tempfile
    import traceback

    trace = "".join(traceback.format_exception(error))
    try:
        file, path = tempfile.mkstemp(".txt", "nlpkit-bug-")
        with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace") as saved:
            saved.write(f"nlpkit {__version__}, Python {sys.version}\n\n{trace}")
    except OSError:
        return "the traceback could not be saved, because no temporary file can be written"
    return f"the full traceback is in {path}"
