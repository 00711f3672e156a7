"""nlpkit check: say everything that is wrong with an experiment file, without running it."""

from __future__ import annotations

from pathlib import Path

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer, answer_json, json_option, set_option


@click.command("check", short_help="Say everything that is wrong with an experiment file.")
@click.argument("file", type=PATH, shell_complete=completion.experiments)
@set_option
@json_option
def check_command(file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Say everything that is wrong with the experiment in FILE, or print it with every default filled in.

    Reads no data and takes a fraction of a second.

    \b
    nlpkit check agnews_lstm.toml --set encoder.hidden_size=64
    """
    from nlpkit.errors import ConfigError
    from nlpkit.experiment.file import dump_experiment, load_experiment
    from nlpkit.plugins.loading import load_plugins
    from nlpkit.settings.tables import to_table

    try:
        experiment = load_experiment(file, overrides)
    except ConfigError as error:
        if as_json:
            answer_json({"ok": False, "problems": list(error.problems)})
        raise
    if as_json:
        answer_json({"ok": True, "experiment": to_table(experiment, load_plugins())})
    else:
        answer(f"# {file}: this can run\n{dump_experiment(experiment)}")
