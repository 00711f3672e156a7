"""nlpkit replay: a run once more, and whether it comes to the same."""

from __future__ import annotations

from pathlib import Path

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer_as, complain, json_option


@click.command("replay", short_help="Repeat a run, and see whether it comes to the same bits.")
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.option("--folder", "again", type=PATH, help="Keep the new run in this folder. [default: removed]")
@json_option
def replay_command(folder: Path, again: Path | None, as_json: bool) -> None:
    """Repeat the run in a RUN folder with the settings that are in it, and compare the two.

    \b
    nlpkit replay runs/agnews_lstm
    nlpkit replay runs/agnews_lstm --folder runs/again

    Weights, predictions and scores have to be the same to the last bit, which is exit code 0. If they are
    not, prints what differs, and why as far as the two know it: versions, files, processor, threads. That
    is exit code 6.
    """
    from nlpkit.cli.guard import stdout_for_results
    from nlpkit.errors import GateError
    from nlpkit.runs.replay import replay
    from nlpkit.system.atomic import require_free

    if again is not None:
        require_free(again, "--folder")
    complain(f"repeating {folder}")
    with stdout_for_results():
        found = replay(folder, again, progress=True)
    document = {
        "run": str(folder),
        "same": found.same,
        "differences": list(found.differences),
        "reasons": list(found.reasons),
        "seconds": dict(zip(("then", "now"), found.seconds, strict=True)),
    }
    then, now = found.seconds
    took = f"{now:.1f} s now" + (f", {then:.1f} s then" if then is not None else "")
    if found.same:
        answer_as(as_json, document, f"the same bits: weights, predictions and scores ({took})")
        return
    lines = ["what differs", *found.differences, "", "what went in", *found.reasons]
    told = "\n".join(line if line in ("", "what differs", "what went in") else f"  {line}" for line in lines)
    answer_as(as_json, document, told)
    raise GateError("the run did not come to the same bits", location=str(folder))
