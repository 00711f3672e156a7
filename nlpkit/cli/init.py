"""nlpkit init: an experiment file for a file of texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer, complain, set_option, shell_word
from nlpkit.cli.reading import ReadingCommand, experiment_from, labels_option, name_for, note


@click.command("init", cls=ReadingCommand, short_help="Write an experiment for a file of texts.")
@click.argument("file", type=PATH, shell_complete=completion.texts)
@click.option(
    "--output", type=PATH, help="The file to write. [default: the name of FILE with .toml, in this folder]"
)
@set_option
@labels_option
def init_command(file: Path, output: Path | None, overrides: tuple[str, ...], **options: Any) -> None:
    """Write the experiment that `nlpkit run FILE` trains to a TOML file, with a comment for every setting.

    \b
    nlpkit init tickets.csv
    nlpkit init tickets.csv --text body --label team --output team.toml

    Prints the path of the TOML file. An existing file is never overwritten. The columns of FILE are found
    where there is one way to.
    """
    from nlpkit.experiment.commented import commented
    from nlpkit.experiment.plan import planned
    from nlpkit.experiment.splits import splits_of
    from nlpkit.system.atomic import atomic_text, require_free

    output = output or Path(f"{name_for(file)}.toml")
    require_free(output, "--output")
    experiment = experiment_from(file, overrides, options)
    if not experiment.classifiers:
        experiment = planned(
            experiment, splits_of(experiment.data), lambda each: note([each]), written=output.name
        )
    with atomic_text(output) as written:
        written.write(commented(experiment, output.parent))
    answer(str(output))
    complain(f"next: nlpkit run {shell_word(output)}")
