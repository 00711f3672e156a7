"""evaluate(model, data): a trained model scored on labelled texts.

Axes: R texts, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.components.label_tasks import MULTI_LABEL_METRICS, ONE_LABEL_METRICS
from nlpkit.data.classes import check_known, check_some_known, new_and_alike
from nlpkit.data.memory import texts_of
from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.readers import read_file
from nlpkit.data.texts import Texts
from nlpkit.errors import ConfigError, DataError
from nlpkit.experiment.sources import Source, experiment_from, holds_texts
from nlpkit.experiment.splits import splits_of
from nlpkit.models.saved import model_of
from nlpkit.models.text_model import TextModel
from nlpkit.notes import Note
from nlpkit.report.notebook import scores_html, scores_line
from nlpkit.runs.metrics import metric_named
from nlpkit.runs.scored import table_of_texts
from nlpkit.scoring.closer import closer_tables
from nlpkit.scoring.decided import decided
from nlpkit.scoring.intervals import Interval, intervals
from nlpkit.scoring.metric import Metric, ScoredRows
from nlpkit.scoring.metrics import scores
from nlpkit.text.oddities import oddities, token_counts_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.vocab import Gold

Pair = tuple[Sequence[Any], Sequence[Any]]


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What a model is worth on some texts: `scores` with their 95 % `intervals`, and in `table` all of it as
    plain data, by class and by slice too. `gold` are class ids int64 (R,), negative where training never saw
    the label, or bool (R, C + U) of any number of labels; `predicted` is what the model's decision makes of
    its `probabilities`, float64 (R, C).
    """

    scores: dict[str, float]
    intervals: dict[str, Interval]
    table: dict[str, Any]
    notes: tuple[Note, ...]
    gold: Gold
    predicted: Gold
    probabilities: NDArray[np.float64]

    def __repr__(self) -> str:
        return f"<Evaluation on {scores_line(self.table)}>"

    def _repr_html_(self) -> str:
        return scores_html(self.table)


def evaluate(
    model: TextModel | Path | str,
    data: Source | Texts | Pair,
    *,
    metrics: Sequence[str | Metric] = (),
    workers: int | None = None,
) -> Evaluation:
    """Score a model, or that of a run folder, on labelled texts it has not been trained on.

    `data` is a file that is read as the model's training file was, a pair of columns (texts, labels), or a
    dataset or an experiment, of which the test part is taken. `metrics` are those of scikit-learn and of
    plugins, by their names; by default accuracy, f1_macro and log_loss. DataError where the texts cannot be
    read, or none of their labels is a class of the model.
    """
    model = model_of(model)
    asked = [metric_named(each) if isinstance(each, str) else each for each in metrics]
    texts, notes = _texts(data, model)
    found = evaluated(model, texts, asked, workers)
    return replace(found, notes=(*notes, *found.notes))


def evaluated(
    model: TextModel, texts: Texts, metrics: Sequence[str | Metric] = (), workers: int | None = None
) -> Evaluation:
    """What a model is worth on texts that are read."""
    require_same_task(model, texts)
    asked = metrics or (MULTI_LABEL_METRICS if texts.separator else ONE_LABEL_METRICS)
    gold = texts.gold(model.labels)
    found = model.probabilities(texts.texts, workers=workers)
    scored = scores(asked, gold, found, model.decision, model.labels)
    rows = ScoredRows.of(gold, found, model.decision, model.labels)
    moved = intervals(asked, rows, texts.groups)
    table = table_of_texts(scored.values, texts, rows, model.labels, moved)
    if found_out := decided(model.decision, rows, texts.groups):
        table["decision"] = found_out
    if len(rows):
        counts = token_counts_of(texts.texts, model.indexing, workers if model.ready else 1)
        table |= closer_tables(rows, model.scale, counts, texts.slices, texts.groups)
    notes = (
        *new_and_alike(texts.names, model.labels.names),
        *oddities(texts.texts, model.indexing),
        *scored.notes,
    )
    return Evaluation(scored.values, moved, table, notes, gold, rows.predicted, found)


def require_same_task(model: TextModel, texts: Texts, location: str = "") -> None:
    """ConfigError where texts have any number of labels and the model gives one, or the other way round."""
    several = model.decision.multi_label
    if bool(texts.separator) == several:
        return
    given, way = (
        ("any number of labels", "multi_label = true") if several else ("one label", "multi_label = false")
    )
    raise ConfigError(
        f"the model gives each text {given}, and these texts are not read so",
        hint=f"read them with {way}",
        location=location,
    )


def part_for_test(source: Source, model: TextModel, location: str) -> tuple[Texts, tuple[Note, ...]]:
    """The test texts of a dataset or of the dataset of an experiment."""
    splits = splits_of(experiment_from(source, "data")[0].data)
    if not len(splits.test):
        raise DataError("the test part of the dataset has no rows", location=location)
    check_some_known(splits.test.names, location, model.labels.names)
    return splits.test, splits.all_notes


def _texts(data: Source | Texts | Pair, model: TextModel) -> tuple[Texts, tuple[Note, ...]]:
    """The labelled texts, and what is worth knowing of them."""
    if isinstance(data, Texts):
        return data, ()
    if isinstance(data, tuple | list) and len(data) == 2:
        several = model.decision.multi_label
        texts, notes = texts_of(*data, "data", multi_label=several, label_separator=model.separator or None)
        check_some_known(texts.names, "data", model.labels.names)
        return texts, notes
    if not isinstance(data, str | Path) or not holds_texts(Path(data)):
        return part_for_test(data, model, str(data) if isinstance(data, str | Path) else "data")
    path = Path(data)
    read = read_file(path, layout_of(path, {}, known=model.layout, labelled=True), Asked())
    check_known(read, path, model.labels.names)
    return read.texts, read.notes
