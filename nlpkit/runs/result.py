"""What a run found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.runs.manifest import manifest
from nlpkit.scoring.calibration import calibration_of
from nlpkit.scoring.metric import ScoredRows
from nlpkit.scoring.slices import slices_of
from nlpkit.scoring.tables import finite, score_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.experiment.value import Experiment
    from nlpkit.models.text_model import TextModel
    from nlpkit.notes import Note
    from nlpkit.scoring.baseline import Baseline
    from nlpkit.scoring.intervals import Interval
    from nlpkit.training.state import EpochReport


@dataclass(frozen=True, eq=False)
class Result:
    """What a run found. `scores` are of the test texts; `gold` int64 (R,), where negative ids are labels
    that training never saw, and `probabilities` float64 (R, C) belong to `splits.test`, row by row. `files`
    are all that were read: of texts, tokens and word vectors. `intervals` are those of the scores, and
    `valid` are the scores of the validation texts. `baseline` is a linear model beside it, if any.
    `members` has a row for each classifier, where the model is a pool of several: `name`, `weight`, and the
    validation scores of it `alone` and of the others `without` it. `cost` has the `peak_memory_bytes` of the
    process, and the `energy_joules` of the machine where it tells them. `tokens`, int64 (R, 2), counts those
    of each test text, and the unknown ones among them, as the first classifier has them.
    """

    experiment: Experiment
    model: TextModel
    splits: Splits
    files: tuple[SourceFile, ...]
    scores: dict[str, float]
    gold: NDArray[np.int64]
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
    tokens: NDArray[np.int64] | None = None

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """The class ids (R,) of the test texts that the model's decision makes of their probabilities."""
        return self.model.decision.labels(self.probabilities)

    @cached_property
    def scored(self) -> dict[str, Any]:
        """What `scores.json` says: scores beside a guess of the most frequent class, and numbers by class."""
        labels, test = self.model.labels, self.splits.test
        table = score_table(self.scores, labels, test.labels, self.predicted, self.intervals, test.groups)
        leaked = int(self.facts.get("leaked_test_rows", 0))
        kept = {"best_epoch": None, "best_valid": finite(self.valid)} if self.members else {}
        members = {"members": list(self.members)} if self.members else {}
        if self.baseline is not None and table["texts"]:
            table["baseline"] = self.baseline.table(self.gold, self.predicted, test.groups)
        best = kept or best_epoch(self.epochs)
        return {**table, "leaked_test_rows": leaked, **best, **members, **self._details}

    @property
    def _details(self) -> dict[str, Any]:
        """How sure the model is beside how often it is right, and its scores by slices; none without texts."""
        if not len(self.gold):
            return {}
        test, decision = self.splits.test, self.model.decision
        rows = ScoredRows.of(self.gold, self.probabilities, decision, self.model.labels)
        found: dict[str, Any] = {"calibration": calibration_of(rows, self.model.scale, test.groups)}
        if self.tokens is not None:
            found["slices"] = slices_of(rows, self.tokens, test.slices, test.groups)
        return found

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
        )


def best_epoch(epochs: Sequence[EpochReport]) -> dict[str, Any]:
    """The epoch whose weights the model has, and its validation scores."""
    best = next((epoch for epoch in reversed(epochs) if epoch.best), None)
    return {"best_epoch": best and best.epoch, "best_valid": finite(best.valid) if best else {}}
