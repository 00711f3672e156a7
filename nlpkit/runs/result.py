"""What a run found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.report.notebook import scores_html, scores_line
from nlpkit.runs.manifest import manifest
from nlpkit.runs.scored import table_of_texts
from nlpkit.scoring.closer import closer_tables
from nlpkit.scoring.metric import ScoredRows
from nlpkit.scoring.tables import finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.auditing.audit import Audit
    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.experiment.value import Experiment
    from nlpkit.models.text_model import TextModel
    from nlpkit.notes import Note
    from nlpkit.scoring.baseline import Baseline
    from nlpkit.scoring.intervals import Interval
    from nlpkit.training.state import EpochReport
    from nlpkit.vocab import Gold


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a run found. `scores` are of the test texts; `gold` int64 (R,), where negative ids are labels
    that training never saw, or bool (R, C + U) where texts have any number of labels, and `probabilities`
    float64 (R, C) belong to `splits.test`, row by row. `files` are all that were read: of texts, tokens and
    word vectors. `intervals` are those of the scores, and `valid` are the scores of the validation texts.
    `baseline` is a linear model beside it, if any, and `audit` what was found in the texts. `members` has a
    row for each classifier, where the model is a pool of several: `name`, `weight`, and the validation scores
    of it `alone` and of the others `without` it. `decision` is what was chosen for the labels on the
    validation texts, and what came of it, if anything was asked for. `cost` has the `peak_memory_bytes` of
    the process, and the `energy_joules` of the machine where it tells them. `tokens`, int64 (R, 2), counts
    those of each test text, and the unknown ones among them, as the first classifier has them. `seeds` has
    the scores of each seed where there are several, of which all else is about the `chosen` one.
    """

    experiment: Experiment
    model: TextModel
    splits: Splits
    files: tuple[SourceFile, ...]
    scores: dict[str, float]
    gold: Gold
    probabilities: NDArray[np.float64]
    epochs: tuple[EpochReport, ...]
    notes: tuple[Note, ...]
    facts: dict[str, float]
    wall_seconds: dict[str, float]
    folder: Path | None = None
    valid: dict[str, float] = field(default_factory=dict)
    members: tuple[dict[str, Any], ...] = ()
    cost: dict[str, float] = field(default_factory=dict)
    intervals: dict[str, Interval] = field(default_factory=dict)
    baseline: Baseline | None = None
    audit: Audit | None = None
    decision: dict[str, Any] = field(default_factory=dict)
    tokens: NDArray[np.int64] | None = None
    seeds: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        place = f", written to {self.folder}" if self.folder else ""
        return f"<Result on {scores_line(self._told)}{place}>"

    def _repr_html_(self) -> str:
        return scores_html(self._told)

    @property
    def _told(self) -> dict[str, Any]:
        """What is shown of the scores."""
        ends = {name: each.ends for name, each in self.intervals.items()}
        return {"texts": len(self.splits.test), "scores": self.scores, "intervals": ends}

    @cached_property
    def predicted(self) -> Gold:
        """The class ids (R,), or labels bool (R, C), of the test texts that the model's decision makes of
        their probabilities.
        """
        return self.model.decision.labels(self.probabilities)

    @cached_property
    def scored(self) -> dict[str, Any]:
        """What `scores.json` says: scores beside a guess of the most frequent class, and numbers by class."""
        labels, test = self.model.labels, self.splits.test
        rows = ScoredRows.of(self.gold, self.probabilities, self.model.decision, labels)
        table = table_of_texts(self.scores, test, rows, labels, self.intervals)
        if test.separator:
            table["label_separator"] = test.separator
        leaked = int(self.facts.get("leaked_test_rows", 0))
        kept = best_epoch(self.epochs)
        if self.members or test.separator:  # of the model with its weights, temperature and thresholds
            kept = {**kept, "best_valid": finite(self.valid)}
        if self.members:
            kept["best_epoch"] = None
        members = {"members": list(self.members)} if self.members else {}
        if self.baseline is not None and table["texts"]:
            known = self.gold[:, : len(labels)] if test.separator else self.gold
            table["baseline"] = self.baseline.table(known, self.predicted, test.groups)
        if self.decision:
            table["decision"] = self.decision
        closer = closer_tables(rows, self.model.scale, self.tokens, test.slices, test.groups)
        seeds = {"seeds": self.seeds} if self.seeds else {}
        return {**table, "leaked_test_rows": leaked, **kept, **members, **closer, **seeds}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What `manifest.json` says."""
        return manifest(
            self.experiment,
            self.model,
            self.splits,
            self.files,
            facts=self.facts,
            notes=self.notes,
            wall_seconds=self.wall_seconds,
            cost=self.cost,
            chosen=self.seeds.get("chosen"),
        )


def best_epoch(epochs: Sequence[EpochReport]) -> dict[str, Any]:
    """The epoch whose weights the model has, and its validation scores."""
    best = next((epoch for epoch in reversed(epochs) if epoch.best), None)
    return {"best_epoch": best and best.epoch, "best_valid": finite(best.valid) if best else {}}
