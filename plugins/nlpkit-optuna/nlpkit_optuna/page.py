"""A search as a page for a browser: one file without scripts, and with nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files

import tomli_w

from nlpkit import dump_experiment
from nlpkit_optuna.charts import curves, front, history, parallel, slices
from nlpkit_optuna.found import Sweep, bytes_text, short_names, value_text
from nlpkit_optuna.report import cells, ranked


def html(sweep: Sweep) -> str:
    """The page; every value in it is escaped."""
    import jinja2
    from markupsafe import Markup

    def template(name: str) -> str:
        return files("nlpkit_optuna").joinpath("templates", name).read_text(encoding="utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = short_names([each.name for each in sweep.space.parameters])
    by_weight = sorted(names, key=lambda name: -sweep.importances.get(name, 0.0))
    rest = [row for row in sweep.trials if row.score is None]
    scored = [each for each in sweep.trials if each.score is not None]
    return environment.get_template(
        "sweep.html"
    ).render(
        style=Markup(template("style.css")),  # noqa: S704
        sweep=sweep,
        names=names,
        best=sweep.best,
        first=next((row for row in sweep.trials if row.place == 0 and row.score is not None), None),
        states={
            state: sum(row.state == state for row in sweep.trials)
            for state in ("complete", "pruned", "failed")
        },
        history=history(sweep) if scored else None,
        front=front(sweep),
        importances=[(names[name], share) for name, share in sweep.importances.items()],
        slices=[(names[name], chart) for name, chart in slices(sweep).items()],
        parallel=parallel(sweep, by_weight[:8]),
        curves=curves(sweep),
        rows=[(row, cells(row, sweep)) for row in [*ranked(sweep), *rest]],
        toml=dump_experiment(sweep.experiment(sweep.best), folder=sweep.folder) if sweep.best else "",
        space=tomli_w.dumps(sweep.space.table),
        size=bytes_text,
        value=value_text,
    )
