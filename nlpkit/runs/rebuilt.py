"""The report of a run that is done, once more from its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nlpkit.errors import DataError
from nlpkit.report import page
from nlpkit.report import text as report_text
from nlpkit.report.tables import RunTables
from nlpkit.runs.past import content_of, damaged, table_of
from nlpkit.runs.seeds import lines_of
from nlpkit.system.atomic import atomic_text, replaced_text
from nlpkit.system.sealed import folder_bytes

PAGE: Final = "report.html"
TEXT: Final = "report.txt"
_PARTS: Final = "scores.json, manifest.json, metrics.jsonl, report.json or audit.json"


def write_report(folder: Path | str, output: Path | str | None = None) -> Path:
    """Write `report.html` and `report.txt` of a run folder anew, and give the path of the page. With `output`
    the page alone is written, to this new file. Nothing but the folder is needed; what an older one lacks is
    left out.

    DataError, in one line, where the folder is none or is damaged; nothing is written then.
    """
    folder = Path(folder)
    told = run_tables(folder)
    with _readable(folder):
        html, text = page.html(told), report_text.text(told.scored, told.described)
    if output is not None:
        with atomic_text(Path(output)) as file:
            file.write(html)
        return Path(output)
    for name, content in ((TEXT, text), (PAGE, html)):
        with replaced_text(folder / name) as file:
            file.write(content)
    return folder / PAGE


def run_tables(folder: Path) -> RunTables:
    """What a run folder says; DataError, in one line, where it is none or is damaged."""
    scored, described = (table_of(folder, name) for name in ("scores.json", "manifest.json"))
    with damaged(folder, "metrics.jsonl"):
        epochs = lines_of(scored, list(_epochs(folder))) if (folder / "metrics.jsonl").is_file() else []
    shown, audited = (
        table_of(folder, name) if (folder / name).is_file() else {} for name in ("report.json", "audit.json")
    )
    with damaged(folder, "experiment.toml"):
        settings = content_of(folder, "experiment.toml").decode()
        size = folder_bytes(folder / "model")
    return RunTables(scored, described, epochs, shown, audited, settings, size)


def _epochs(folder: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content_of(folder, "metrics.jsonl").decode().split("\n"), 1):
        if line:
            epoch = json.loads(line)
            if not isinstance(epoch, dict):
                raise ValueError(f"line {number} is no table")
            yield epoch


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """A table that is none of nlpkit's, as a DataError: anything may stand in it."""
    from jinja2 import TemplateError

    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, TemplateError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{_PARTS} is damaged, or not from nlpkit run: {reason}", location=str(folder)
        ) from None
