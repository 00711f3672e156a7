"""The command group, and what becomes of errors and signals."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from importlib import import_module
from types import FrameType

import click

from nlpkit import __version__
from nlpkit.cli.output import complain
from nlpkit.errors import NlpkitError

VERBS = (
    "run",
    "check",
    "predict",
    "evaluate",
    "components",
    "plugins",
    "examples",
    "doctor",
)  # in the order a newcomer meets them


class Verbs(click.Group):
    """A group that imports a verb's module when that verb, or the list of all, is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"nlpkit.cli.{cmd_name}"), f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from nlpkit.errors import did_you_mean

            ctx.fail(f"no such command {args[0]!r}; {did_you_mean(args[0], VERBS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 a bug of ours or a failing disk, 2 usage or settings, 3 input data, "
    "4 a missing extra or plugin, 5 network, 6 a bar not met, 130 and 143 interrupted.",
)
@click.version_option(__version__, prog_name="nlpkit")
def cli() -> None:
    """Train, score and use small, fast text classifiers.

    Start with:  nlpkit examples copy agnews_lstm  and then  nlpkit run agnews_lstm.toml

    Results go to stdout, everything else to stderr.
    """


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a C locale must not turn a label into a crash
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(outcome(sys.argv[1:]))


def outcome(arguments: list[str]) -> int:
    """The exit code of a command line, after it has done its work and said what went wrong."""
    try:
        code = cli.main(arguments, prog_name="nlpkit", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except NlpkitError as error:
        complain(f"error: {error}")
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted: nothing half-done was kept")
        return 130
    except BrokenPipeError:  # who reads our output has left: `nlpkit ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        complain("error: there is not enough memory\n  lower trainer.batch_size or the sizes of the encoder")
        return 2
    except Exception:
        complain(_bug())
        return 1


def _bug() -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="nlpkit-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"nlpkit {__version__}, Python {sys.version}\n\n{traceback.format_exc()}")
    last = traceback.format_exc().strip().rsplit("\n", 1)[-1]
    return (
        f"this is a bug of nlpkit, not of yours: {last[:200]}\n"
        f"  the whole traceback is in {file.name}; please report it"
    )


def _terminated(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
