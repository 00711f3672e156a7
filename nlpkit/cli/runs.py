"""nlpkit runs: what has been run, and what can go on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from nlpkit.cli.output import PATH, answer, answer_json, complain, json_option, shell_word, table
from nlpkit.system.terminal import one_line


@click.command("runs", short_help="List runs: finished, running, and those that can go on.")
@click.argument("folder", type=PATH, default=Path("runs"))
@json_option
def runs_command(folder: Path, as_json: bool) -> None:
    """List the runs in FOLDER, the latest first.

    \b
    nlpkit runs
    nlpkit runs experiments/october

    A run is finished; running, as long as a process is at it; stopped, if it was killed or interrupted and
    can go on with `nlpkit resume`; or lost, if it was stopped before there was anything to go on from.
    Without FOLDER it is runs/.
    """
    from nlpkit.errors import ConfigError
    from nlpkit.report.text import score_text
    from nlpkit.runs.listing import runs_in

    if not folder.is_dir():
        hint = "nlpkit run FILE makes one" if folder == Path("runs") else "give the folder that has the runs"
        raise ConfigError("there is no such folder", location=str(folder), hint=hint)
    found = runs_in(folder)
    if as_json:
        rows = [{**vars(each), "folder": str(each.folder), "changed": _time(each.changed)} for each in found]
        answer_json({"folder": str(folder), "runs": rows})
        return
    if not found:
        answer(f"no runs in {folder}")
        return
    lines = [
        [
            one_line(str(each.folder)),
            each.state,
            "" if each.accuracy is None else score_text(each.accuracy),
            f"{datetime.fromtimestamp(each.changed):%Y-%m-%d %H:%M}",
            each.progress,
        ]
        for each in found
    ]
    answer(table([["run", "state", "accuracy", "changed", "how far"], *lines]))
    stopped = [each.folder for each in found if each.state == "stopped"]
    if stopped:
        complain(f"\ngo on with\n  nlpkit resume {shell_word(stopped[0])}")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
