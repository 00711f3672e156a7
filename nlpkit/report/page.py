"""What a run found, as a page for a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from nlpkit.report import cells
from nlpkit.report.board import board, compared_board, main_metric, slices_board
from nlpkit.report.compared import Compared, change_text, metric_names, metric_of, p_text, shown_score
from nlpkit.report.sections import audit_tables, sections, trainings
from nlpkit.report.tables import RunTables
from nlpkit.report.text import (
    MATRIX_CLASSES,
    TOGETHER,
    WEIGHED,
    difference_text,
    interval_text,
    intervals_text,
    score_text,
    unseen_text,
    verdict,
    weight_text,
)
from nlpkit.system.terminal import counted, plain, short_names

if TYPE_CHECKING:
    from jinja2 import Environment

PAGE_CHARS = 60  # of a class name
PAGE_CLASSES = 1000
_CONFUSIONS: Final = 20


def html(told: RunTables) -> str:
    """One page without scripts and without anything from elsewhere; every value in it is escaped."""
    from nlpkit.report.charts import reliability

    scored = told.scored
    classes, matrix = scored.get("classes", [])[:PAGE_CLASSES], scored.get("confusion_matrix", [])
    calibration = scored.get("calibration", {})
    return page(
        "report.html",
        told=told,
        scored=scored,
        run=told.described,
        sections=sections(told),
        metric=main_metric(scored),
        board=board(scored),
        with_intervals=intervals_text(scored),
        baseline=scored.get("baseline", {}),
        intervals={name: ends for name, ends in scored.get("intervals", {}).items() if ends},
        trainings=trainings(told),
        together=TOGETHER,
        weighed=WEIGHED,
        names=short_names([row["name"] for row in classes], PAGE_CHARS),
        thresholds=any("threshold" in row for row in classes),
        shades=cells.shades(matrix) if len(matrix) <= MATRIX_CLASSES else [],
        confusions=scored.get("confusions", [])[:_CONFUSIONS],
        unseen=unseen_text(scored) if classes else "",
        reliability=reliability(calibration.get("bins", [])),
        cost=cells.cost(told),
        audit=audit_tables(told),
    )


def compared_html(compared: Compared) -> str:
    """How runs compare, in the same manner."""
    return page(
        "compared.html",
        compared=compared,
        metric=metric_of(compared),
        metrics=metric_names(compared),
        board=compared_board(compared["runs"], metric_of(compared)),
    )


def page(template: str, /, **values: Any) -> str:
    """A template with its values, each of which is escaped."""
    from markupsafe import Markup

    style = Markup(_template("style.css"))  # noqa: S704
    return str(_environment().get_template(template).render(style=style, drawn=_drawn, **values))


@cache
def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    environment.filters |= _FILTERS
    return environment


def _plain(value: Any) -> Any:
    """Without control characters, whatever it is; numbers and what is HTML already stay as they are."""
    return value if hasattr(value, "__html__") or isinstance(value, int | float) else plain(str(value))


def _template(name: str) -> str:
    from importlib.resources import files

    return files("nlpkit.report").joinpath("templates", name).read_text(encoding="utf-8")


def _drawn(svg: str) -> Any:
    """A chart, which is ours and has nothing of the user in it."""
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704


def _short(name: str) -> str:
    return short_names([name], PAGE_CHARS)[0]


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "counted": counted,
    "score": score_text,
    "interval": interval_text,
    "difference": difference_text,
    "verdict": verdict,
    "weight": weight_text,
    "short": _short,
    "shown": shown_score,
    "p": p_text,
    "change": change_text,
    "cell": cells.cell,
    "heading": cells.heading,
    "force": cells.force,
    "without_folders": cells.without_folders,
    "slices_board": slices_board,
}
