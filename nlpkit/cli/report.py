"""nlpkit report: the page of a run once more."""

from __future__ import annotations

from pathlib import Path

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer_as, json_option


@click.command("report", short_help="Write the report of a run anew.")
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.option("--output", type=PATH, help="Write the page to this new file, and leave the run as it is.")
@json_option
def report_command(folder: Path, output: Path | None, as_json: bool) -> None:
    """Write report.html and report.txt of a RUN folder anew, from what is in it.

    \b
    nlpkit report runs/tickets
    nlpkit report runs/tickets --output tickets.html

    Only the folder is read: the data and the plugins may be gone. A run of an older version gets the page of
    this one, without what it has not kept.
    """
    from nlpkit.runs.rebuilt import write_report
    from nlpkit.system.atomic import require_free

    if output is not None:
        require_free(output, "--output")
    written = write_report(folder, output)
    answer_as(as_json, {"run": str(folder), "report": str(written)}, f"written to {written}")
