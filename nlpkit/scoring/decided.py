"""What was chosen on the validation texts for the labels, and what comes of it on others: numbers alone.

Axes: R rows, C classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpkit.errors import ConfigError
from nlpkit.notes import Note
from nlpkit.scoring.choices import NEVER
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.scoring.intervals import intervals, share_interval
from nlpkit.scoring.metric import ScoredRows, of_gold
from nlpkit.scoring.metrics import score_of, why_undefined
from nlpkit.scoring.settings import NO_ROWS_TO_DECIDE
from nlpkit.scoring.tables import finite
from nlpkit.system.terminal import listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.scoring.settings import DecisionConfig
    from nlpkit.vocab import Labels


def require_decidable(asked: DecisionConfig, gold: NDArray[np.int64], labels: Labels) -> None:
    """ConfigError where nothing can be chosen on validation texts of gold ids (R,)."""
    if asked.goal == "likeliest":
        return
    if not len(gold):
        raise ConfigError(f"decision.{asked.goal} {NO_ROWS_TO_DECIDE}")
    if asked.thresholds is not None and (reason := why_undefined(asked.thresholds, gold, labels)):
        hint = "f1_macro is for any number of classes" if "two classes" in reason else ""
        raise ConfigError(f"decision.thresholds cannot be chosen: {reason}", hint=hint)


def decided(
    decision: Decision, test: ScoredRows, groups: Sequence[str] = (), validation: ScoredRows | None = None
) -> dict[str, Any]:
    """What `scores.json` says as `decision`; nothing where each text gets its likeliest class.

    `kind` is thresholds, precision, accuracy or coverage, and `asked` the metric or share that was asked for,
    kept with `confidence` where there is one. `thresholds` has a number for each class: the share in which
    the probability of a class has to be, or the probability from which on it is given, None where it never
    is. `level` is the same for all classes together. `test` and `validation` have, beside `texts`:

    - thresholds: the `score`, its `interval`, and that of the `likeliest` class
    - accuracy: the share of texts that are `answered`, the `accuracy` of those, and its `interval`
    - precision: these, and by class the `precision`, its `intervals`, and how many texts are `given` it
    - coverage: in which share of texts the true label is in the set (`coverage`), its `interval`, the mean
      `set_size`, and the share of sets with one label (`single`)
    """
    asked = decision.asked
    if asked.goal == "likeliest":
        return {}
    confidence = {"confidence": asked.confidence} if asked.abstains else {}
    parts = {"validation": (validation, ()), "test": (test, groups)}
    return {
        "kind": asked.goal,
        "asked": asked.value,
        **confidence,
        **_limits(decision, test.classes),
        **{name: _part(decision, rows, of) for name, (rows, of) in parts.items() if rows is not None},
    }


def decision_notes(found: Mapping[str, Any]) -> Iterator[Note]:
    """What somebody should know who asked for it."""
    if found.get("kind") == "precision":
        never = [name for name, level in found["thresholds"].items() if level is None]
        if never:
            yield Note(f"no text gets the label {listed(never)}: {_too_few(found)}", "loud")
    if found.get("kind") == "accuracy" and found["level"] is None:
        yield Note(f"no text gets a label: {_too_few(found)}", "loud")
    if found.get("kind") == "coverage" and found["level"] == 0:
        yield Note("every set has all labels: there are too few validation texts for this coverage", "loud")


def _too_few(found: Mapping[str, Any]) -> str:
    from nlpkit.scoring.levels import least_rows

    wanted = f"{found['kind']} {found['asked']:g} with confidence {found['confidence']:g}"
    least = least_rows(found["asked"], found["confidence"])
    few = f"a label needs {least:,} validation texts that it is right for, at the least"
    return f"on the validation texts no level vouches for {wanted}; {few}: have more of them, or ask for less"


def _limits(decision: Decision, classes: Sequence[str]) -> dict[str, Any]:
    """Thresholds by class, or one level for all."""
    if decision.has_sets:
        return {"level": decision.set_level}
    found = [None if each >= NEVER else each for each in decision.levels or decision.thresholds]
    if len(found) == 1 and decision.levels and decision.asked.precision is None:
        return {"level": found[0]}
    return {"thresholds": dict(zip(classes, found, strict=True))}


def _part(decision: Decision, rows: ScoredRows, groups: Sequence[str]) -> dict[str, Any]:
    if not len(rows):
        return {"texts": 0}
    kinds = {"thresholds": _thresholded, "coverage": _covered}
    return {"texts": len(rows), **kinds.get(decision.asked.goal, _answered)(decision, rows, groups)}


def _thresholded(decision: Decision, rows: ScoredRows, groups: Sequence[str]) -> dict[str, Any]:
    metric = decision.asked.thresholds or ""
    plain = ScoredRows(
        rows.gold, rows.probabilities, SINGLE_LABEL.labels(rows.probabilities), rows.classes, decision
    )
    return finite(
        {
            "score": score_of(metric, rows)[0],
            "interval": intervals([metric], rows, groups)[metric].ends,
            "likeliest": score_of(metric, plain)[0],
        }
    )


def _covered(decision: Decision, rows: ScoredRows, groups: Sequence[str]) -> dict[str, Any]:
    sets = decision.sets(rows.probabilities)
    inside = of_gold(rows.gold, sets)
    sizes = sets.sum(axis=1)
    return {
        "coverage": float(inside.mean()),
        "interval": share_interval(inside, groups).ends,
        "set_size": float(sizes.mean()),
        "single": float((sizes == 1).mean()),
    }


def _answered(decision: Decision, rows: ScoredRows, groups: Sequence[str]) -> dict[str, Any]:
    answered, right = decision.answered(rows.probabilities), rows.predicted == rows.gold
    found = {"answered": float(answered.mean()), **_share("accuracy", right, answered, groups)}
    if decision.asked.precision is None:
        return found
    given = {name: answered & (rows.predicted == id) for id, name in enumerate(rows.classes)}
    classes = {name: _share("precision", right, chosen, groups) for name, chosen in given.items()}
    return {
        **found,
        "precision": {name: each["precision"] for name, each in classes.items()},
        "intervals": {name: each["interval"] for name, each in classes.items()},
        "given": {name: int(chosen.sum()) for name, chosen in given.items()},
    }


def _share(
    name: str, right: NDArray[np.bool_], chosen: NDArray[np.bool_], groups: Sequence[str]
) -> dict[str, Any]:
    """The share of right rows among the chosen ones, None of none, and its interval."""
    if not chosen.any():
        return {name: None, "interval": None}
    of = [group for group, each in zip(groups, chosen.tolist(), strict=True) if each] if groups else []
    return {name: float(right[chosen].mean()), "interval": share_interval(right[chosen], of).ends}
