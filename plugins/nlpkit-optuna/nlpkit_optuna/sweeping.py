"""sweep(experiment, space, folder): the search itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nlpkit import METRICS, Experiment, Note, Splits
from nlpkit.experiment import Source, experiment_from, planned
from nlpkit_optuna.defaults import default_space
from nlpkit_optuna.folder import SweepFolder
from nlpkit_optuna.found import Sweep
from nlpkit_optuna.search import Search
from nlpkit_optuna.space import Space
from nlpkit_optuna.trial import Measure, read_without_test, searched_for

if TYPE_CHECKING:
    from optuna.storages import RDBStorage

__all__ = ["Sweep", "sweep"]
# settings without effect on a trial, and the texts, which have a digest
NO_FACTS = ("data", "seed", "seeds", "refit", "metrics", "track", "baseline", "audit")
Tell = Callable[[str], None]


class Prepared(NamedTuple):
    """What is searched, on which texts, for which score."""

    space: Space
    splits: Splits
    metric: str


def sweep(
    source: Source,
    space: Mapping[str, Any] | Path | str | None = None,
    folder: Path | str | None = None,
    search: Search | None = None,
    *,
    tell: Tell = lambda sentence: None,
) -> Sweep:
    """Search for the settings of an experiment, a TOML file of one, a dataset or a file of texts.

    `space` is a table of settings, or the TOML file of one; without it there is one that suits the
    experiment. The search is written to `folder`, sweeps/NAME by default: best.toml, which trains the best
    model, a page, and the trials. A call with the same study goes on with it, also beside others that run.

    Test texts are neither scored nor learned from. ConfigError where the space has what the settings refuse,
    or the study was begun with something else.
    """
    from nlpkit_optuna.storage import shared

    search, since = search or Search(), time.monotonic()
    prepared = prepare(source, space, search, tell)
    named = name_of(source)
    written = SweepFolder.begun(Path(folder or Path("sweeps") / named))
    search = replace(
        search, name=search.name or named, storage=search.storage or f"sqlite:///{written.trials}"
    )
    with shared(search.storage or "", search.grace) as storage:
        found = _found(storage, prepared, search, written, tell, since)
    written.page(found)
    return found


def _found(
    storage: RDBStorage,
    prepared: Prepared,
    search: Search,
    written: SweepFolder,
    tell: Tell,
    since: float,
) -> Sweep:
    """What this process and others find together."""
    from optuna.study import StudyDirection

    from nlpkit_optuna.sampling import Placed
    from nlpkit_optuna.searching import Searching, TimeUp
    from nlpkit_optuna.seats import Seats
    from nlpkit_optuna.storage import studied

    space, splits, metric = prepared
    facts = facts_of(space, splits, metric, search)
    direction = StudyDirection.MAXIMIZE if METRICS[metric].higher_is_better else StudyDirection.MINIMIZE
    study = studied(storage, search, direction, facts)
    written.space(space)
    seats = Seats(study, storage, search.trials)
    study.sampler = Placed(search.seed, seats.place, space.own)
    measure = Measure(metric, search.seeds, search.seed, search.against == "latency")
    until = None if search.time_limit is None else since + search.time_limit
    searching = Searching(space, splits, search, measure, seats, facts, written, tell, until)
    try:
        searching.all_trials()
    except TimeUp:
        tell(f"stopped after {search.time_limit:g} s; the same command goes on")
    return searching.found()


def prepare(
    source: Source, space: Mapping[str, Any] | Path | str | None, search: Search, tell: Tell
) -> Prepared:
    """The space of the experiment, its texts, and the metric. What the settings refuse is refused before the
    texts are read.
    """
    experiment, said = experiment_from(source)
    if said:
        tell(said)
    experiment, metric = searched_for(experiment, search.metric)
    known = spaced(experiment, space) if experiment.classifiers else None
    splits = read_without_test(experiment.data)
    if splits.multi_label and search.metric is None:
        metric = "f1_micro"

    def tell_note(note: Note) -> None:
        tell(f"note: {note.text}")

    known = known or spaced(planned(experiment, splits, tell_note, written="best.toml"), space)
    return Prepared(known, splits, metric)


def spaced(experiment: Experiment, space: Mapping[str, Any] | Path | str | None) -> Space:
    """The space that is given, or the one that suits the experiment."""
    if isinstance(space, str | Path):
        return Space.read(Path(space), experiment)
    return Space.of(default_space(experiment) if space is None else space, experiment)


def name_of(source: Source) -> str:
    """What a search is called: after its file, if there is one."""
    return (Path(source).resolve().name.split(".")[0] if isinstance(source, str | Path) else "") or "sweep"


def facts_of(space: Space, splits: Splits, metric: str, search: Search) -> dict[str, Any]:
    """What makes a study what it is: searches of the same facts go on with each other."""
    base = {name: each for name, each in space.base.items() if name not in NO_FACTS}
    return {
        "experiment": base,
        "space": space.table,
        "texts": {"train": splits.train.sha256[:16], "valid": splits.valid.sha256[:16]},
        "search": {
            "metric": metric,
            "against": search.against,
            "max_size": search.most_bytes or "none",
            "pruning": search.pruning,
            "seeds": search.seeds,
            "seed": search.seed,
        },
    }
