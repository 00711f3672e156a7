"""What somebody wants of the labels that a model gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from nlpkit.errors import did_you_mean
from nlpkit.scoring.scorers import METRICS
from nlpkit.settings.checks import Settings
from nlpkit.settings.values import number, refuse

CONFIDENCE: Final = 0.8
Goal = Literal["likeliest", "thresholds", "precision", "accuracy", "coverage"]


@dataclass(frozen=True)
class DecisionConfig(Settings):
    """What the labels are to be good for. Without any, each text gets its likeliest class.

    One of four is chosen on the validation texts, and becomes a part of the model.

    thresholds: a metric of labels, such as f1_macro, for which each class gets the best threshold
    precision: the share of right labels among the texts that get a class, in each class; less sure texts get
        no label
    accuracy: the share of right labels among all texts that get one; less sure texts get no label
    coverage: how often the true label is in the set of labels that each text gets beside its label
    confidence: how sure it is that precision or accuracy is as high on other texts
    """

    thresholds: str | None = None
    precision: float | None = None
    accuracy: float | None = None
    coverage: float | None = None
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in ("precision", "accuracy", "coverage")}
        refuse(
            number(0.01, 0.9999, **shares),
            number(0.5, 0.9999, confidence=self.confidence),
            {} if self.thresholds is None else _no_label_metric(self.thresholds),
            _contradiction(self),
            {"confidence": _IDLE} if self.confidence != CONFIDENCE and not self.abstains else {},
        )

    @property
    def goal(self) -> Goal:
        """Which of the four is wanted, or likeliest."""
        return next(iter(_given(self)), "likeliest")

    @property
    def value(self) -> str | float | None:
        """What is wanted of it: a metric or a share."""
        found: str | float | None = getattr(self, self.goal, None)
        return found

    @property
    def abstains(self) -> bool:
        """Whether some texts get no label."""
        return self.precision is not None or self.accuracy is not None


_IDLE = "has no effect without precision or accuracy; leave it out"
NO_ROWS_TO_DECIDE: Final = (
    "is chosen on validation rows, and there are none; "
    "name a file of them, or set valid_fraction above 0, or leave it out"
)
LABEL_METRICS = tuple(
    name
    for name, each in METRICS.items()
    if each.reads == "labels" and each.part is None and not each.several
)
_TOGETHER = {
    frozenset({"precision", "accuracy"}): "both say which texts get no label",
    frozenset({"thresholds", "coverage"}): "a set of labels has no use for thresholds",
    frozenset({"thresholds", "precision"}): "texts that thresholds are fitted on cannot vouch for precision",
    frozenset({"thresholds", "accuracy"}): "texts that thresholds are fitted on cannot vouch for accuracy",
    frozenset({"precision", "coverage"}): "a text without a label would still have a set of them",
    frozenset({"accuracy", "coverage"}): "a text without a label would still have a set of them",
}


def _given(settings: DecisionConfig) -> list[Goal]:
    names: tuple[Goal, ...] = ("thresholds", "precision", "accuracy", "coverage")
    return [name for name in names if getattr(settings, name) is not None]


def _contradiction(settings: DecisionConfig) -> dict[str, str]:
    """The problem of two wishes that do not go together."""
    if len(given := _given(settings)) < 2:
        return {}
    first, second = given[:2]
    why = _TOGETHER[frozenset((first, second))]
    return {second: f"is given beside {first}: {why}; choose one of the two"}


def _no_label_metric(name: str) -> dict[str, str]:
    """The problem of a metric that thresholds do not change, or that there is not."""
    if name in LABEL_METRICS:
        return {}
    if name in METRICS:
        reads = METRICS[name].reads
        said = f"{name!r} is a score of {'labels' if reads == 'labels' else reads}"
        return {"thresholds": f"{said}, which thresholds are not tuned for; f1_macro is one of labels alone"}
    near = did_you_mean(name, LABEL_METRICS)
    return {"thresholds": f"{name!r} is no metric of labels that comes with nlpkit; {near}"}
