"""What a run found, as a page for a browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nlpkit.report.compared import Compared, change_text, metric_names, metric_of, p_text, shown_score
from nlpkit.report.text import (
    MATRIX_CLASSES,
    TOGETHER,
    WEIGHED,
    Scored,
    difference_text,
    interval_text,
    intervals_text,
    score_text,
    unseen_text,
    verdict,
    weight_text,
)
from nlpkit.system.terminal import counted, plain, short_names

PAGE_CHARS = 60  # of a class name
PAGE_CLASSES = 1000


def html(scored: Scored, described: Mapping[str, Any], epochs: Sequence[Mapping[str, Any]]) -> str:
    """One page without scripts and without anything from elsewhere; every value in it is escaped."""
    classes, matrix = scored.get("classes", [])[:PAGE_CLASSES], scored.get("confusion_matrix", [])
    return _page(
        "report.html",
        scored=scored,
        run=described,
        with_intervals=intervals_text(scored),
        baseline=scored.get("baseline", {}),
        intervals={name: ends for name, ends in scored.get("intervals", {}).items() if ends},
        trainings=[(member, some, curves(some)) for member, some in _by_member(epochs, scored)],
        together=TOGETHER,
        weighed=WEIGHED,
        names=short_names([row["name"] for row in classes], PAGE_CHARS),
        shades=_shades(matrix) if len(matrix) <= MATRIX_CLASSES else [],
        confusions=scored.get("confusions", [])[:20],
        unseen=unseen_text(scored) if classes else "",
    )


def compared_html(compared: Compared) -> str:
    """How runs compare, in the same manner."""
    return _page(
        "compared.html", compared=compared, metric=metric_of(compared), metrics=metric_names(compared)
    )


def _page(name: str, **values: Any) -> str:
    from importlib.resources import files

    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    environment.filters |= _FILTERS
    folder = files("nlpkit.report").joinpath("templates")
    template, style = (folder.joinpath(each).read_text(encoding="utf-8") for each in (name, "style.css"))
    return environment.from_string(template).render(style=Markup(style), **values)  # noqa: S704


def _short(name: str) -> str:
    return short_names([name], PAGE_CHARS)[0]


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
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
}


def _by_member(
    epochs: Sequence[Mapping[str, Any]], scored: Scored
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The epochs of each classifier of the pool that has more than one, or of the only one."""
    left_out = {each["name"] for each in scored.get("members", []) if not each["weight"]}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for epoch in epochs:
        found.setdefault(epoch.get("member", ""), []).append(epoch)
    return [
        (member, some)
        for member, some in found.items()
        if member not in left_out and (not member or len(some) > 1)
    ]


def curves(
    epochs: Sequence[Mapping[str, Any]], width: int = 560, height: int = 200
) -> dict[str, list[tuple[float, float]]]:
    """Points of each accuracy over the epochs, in a box of width x height; one epoch is in the middle."""
    found = {}
    step = width / max(1, len(epochs) - 1)
    start = width / 2 if len(epochs) == 1 else 0.0
    for name in ("train_accuracy", "valid_accuracy"):
        values = [(i, epoch[name]) for i, epoch in enumerate(epochs) if epoch.get(name) is not None]
        found[name] = [(round(start + i * step, 1), round(height * (1 - value), 1)) for i, value in values]
    return found


def _shades(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """How opaque each cell is, in percent: the root of its share of the row, which lets few errors show."""
    return [[round(60 * math.sqrt(count / max(1, sum(row)))) for count in row] for row in matrix]
