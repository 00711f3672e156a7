"""nlpkit examples: experiment files and scripts to start from."""

from __future__ import annotations

from pathlib import Path

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer, answer_as, complain, json_option, shell_word, table


@click.group(
    "examples", short_help="List the examples, or copy one to start from.", invoke_without_command=True
)
@click.pass_context
@json_option
def examples_command(ctx: click.Context, as_json: bool) -> None:
    """List the examples that ship with nlpkit, or copy one to start from.

    \b
    nlpkit examples
    nlpkit examples copy agnews_lstm

    Prints the name of each example and what it shows.
    """
    if ctx.invoked_subcommand:
        return
    from nlpkit.cli.shipped import examples

    rows = [{"name": example.name, "summary": example.summary} for example in examples()]
    answer_as(as_json, rows, table([[row["name"], row["summary"]] for row in rows]))


@examples_command.command("copy", short_help="Copy an example to start from.")
@click.argument("name", shell_complete=completion.examples)
@click.option("--to", "folder", type=PATH, default=Path(), help="The folder to copy into. [default: .]")
def copy(name: str, folder: Path) -> None:
    """Copy the example NAME into a folder: a file, or a folder of files such as `lesson`.

    \b
    nlpkit examples copy agnews_lstm
    nlpkit examples copy agnews_lstm --to experiments
    nlpkit examples copy lesson

    Prints the path of the copy. An existing file or folder is never overwritten.
    """
    from nlpkit.cli.shipped import copy_example

    target = copy_example(name, folder)
    answer(str(target))
    if problems := _problems_here(target):
        complain(f"not here yet: {'; '.join(problems)}")
        complain(f"next: name your own files in {target}, then nlpkit run {shell_word(target)}")
    else:
        complain(f"next: {'python' if target.suffix == '.py' else 'nlpkit run'} {shell_word(target)}")


def _problems_here(target: Path) -> list[str]:
    """What an example needs and this machine lacks."""
    from nlpkit.experiment.file import load_experiment
    from nlpkit.experiment.here import in_lines, problems_here

    files = sorted(target.glob("*.toml")) if target.is_dir() else [target]
    found = [in_lines(problems_here(load_experiment(file))) for file in files if file.suffix == ".toml"]
    return list(dict.fromkeys(problem for problems in found for problem in problems))
