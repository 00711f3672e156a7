"""nlpkit resume: a run that was stopped goes on."""

from __future__ import annotations

import math
from pathlib import Path

import click

from nlpkit.cli import completion
from nlpkit.cli.checkpoints import checkpoint_option, every_of
from nlpkit.cli.gates import check_gates, gate_option
from nlpkit.cli.output import PATH, complain, json_option
from nlpkit.cli.together import nodes_option, trains_together


@click.command("resume", short_help="Go on with a run that was stopped.")
@click.argument("folder", type=PATH, shell_complete=completion.runs)
@checkpoint_option
@gate_option
@nodes_option
@json_option
@trains_together
def resume_command(folder: Path, checkpoint_every: str, gates: tuple[str, ...], as_json: bool) -> None:
    """Go on with the run that was to write FOLDER, after it was killed or interrupted.

    \b
    nlpkit resume runs/tickets

    It goes on from its newest checkpoint, and ends with the same model, scores and predictions as if nothing
    had happened. It is refused if the data, the experiment or a version is another one since. What `nlpkit
    run` keeps until then is FOLDER.partial; remove that to give the run up. `nlpkit runs` lists runs, also
    those that can go on.
    """
    from nlpkit.cli.guard import stdout_for_results
    from nlpkit.cli.run import tell_of_run
    from nlpkit.runs.resume import resume

    every, bars = every_of(checkpoint_every), check_gates(gates)
    complain(f"going on with {folder}")
    with stdout_for_results():
        result = resume(folder, progress=True, checkpoint_every=every)
    tell_of_run(result, as_json=as_json)
    bars.hold({name: result.scores.get(name, math.nan) for name in bars.lowest})
