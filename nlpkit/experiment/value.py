"""An experiment: components that fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Final, Literal

from nlpkit.batch import Batch
from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.kinds import Collator, Dataset, Encoder, Metric, Tokenizer, Tracker, Trainer
from nlpkit.components.label_tasks import ONE_LABEL_METRICS, label_problems
from nlpkit.components.tokenizers import BasicEnglish
from nlpkit.components.trainers import Standard
from nlpkit.data.split import Split
from nlpkit.scoring.metrics import called_alike
from nlpkit.scoring.settings import NO_ROWS_TO_DECIDE, DecisionConfig
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import given
from nlpkit.settings.hints import default_of
from nlpkit.settings.values import number, refuse, whole
from nlpkit.text.settings import TextConfig, VocabConfig
from nlpkit.training.settings import NO_ROWS_FOR_PATIENCE

LAST_SEED: Final = 2**31 - 1
MOST_SEEDS: Final = 100
Effort = Literal["quick", "balanced", "best"]


@dataclass(frozen=True)
class Member(Settings):
    """One classifier of a pool, trained for itself.

    encoder: what makes one vector of a text
    tokenizer: what makes tokens of a text
    text: what happens to a text before
    vocab: which tokens get an id
    collator: what makes a batch of texts
    trainer: how the classifier is fitted
    refit: once it is weighed, train it again on the training and the validation texts, for as many epochs
        as were best
    """

    encoder: Encoder
    tokenizer: Tokenizer = field(default_factory=BasicEnglish)
    text: TextConfig = field(default_factory=TextConfig)
    vocab: VocabConfig = field(default_factory=VocabConfig)
    collator: Collator = field(default_factory=PadLength)
    trainer: Trainer = field(default_factory=Standard)
    refit: bool = False

    def __post_init__(self) -> None:
        refuse(_misfit(self.collator, self.encoder))


@dataclass(frozen=True)
class Experiment(Settings):
    """Everything a run depends on. One that exists has been checked and can run.

    With neither `encoder` nor `members`, a run chooses members that suit the texts.

    data: where the texts come from
    encoder: what makes one vector of a text
    tokenizer: what makes tokens of a text
    text: what happens to a text before
    vocab: which tokens get an id
    collator: what makes a batch of texts
    trainer: how the classifier is fitted
    refit: once its epochs are known, train it again on the training and the validation texts
    members: several classifiers as one, in the place of the encoder and what is around it; each is weighed
        by the validation texts
    effort: how long to train what a run chooses: quick, balanced or best
    time_limit: seconds that a run which chooses may take, to about a fifth; all seeds together
    decision: what the labels are to be good for, if not the likeliest: thresholds, precision, accuracy or
        coverage
    metrics: scores of the test texts: scikit-learn's, by their names, and those of plugins; where a text has
        any number of labels, f1_micro, f1_macro and log_loss stand for the default ones
    seed: the one number that all randomness of a run comes from
    seeds: how many models are trained, with this seed and those after it; the scores of all are told, and the
        model with the best validation scores is kept
    baseline: hold the model against a linear one that learns from the same texts
    audit: look for what makes scores too good or labels too bad, such as the same text in train and test
    track: who is told how the run goes
    """

    data: Dataset
    encoder: Encoder | None = None
    tokenizer: Tokenizer = field(default_factory=BasicEnglish)
    text: TextConfig = field(default_factory=TextConfig)
    vocab: VocabConfig = field(default_factory=VocabConfig)
    collator: Collator = field(default_factory=PadLength)
    trainer: Trainer = field(default_factory=Standard)
    refit: bool = False
    members: tuple[Member, ...] = ()
    effort: Effort = "balanced"
    time_limit: float | None = None
    decision: DecisionConfig = field(default_factory=DecisionConfig)
    metrics: tuple[str | Metric, ...] = ONE_LABEL_METRICS
    seed: int = 13
    seeds: int = 1
    baseline: bool = True
    audit: bool = True
    track: tuple[Tracker, ...] = ()

    def __post_init__(self) -> None:
        refuse(
            {} if self.metrics else {"metrics": "is empty; name one, such as accuracy"},
            {"metrics": alike} if (alike := called_alike(self.metrics)) else {},
            whole(0, LAST_SEED, seed=self.seed),
            whole(1, MOST_SEEDS, seeds=self.seeds) or _beyond(self.seed + self.seeds - 1, self.seeds),
            number(1, 1e7, time_limit=self.time_limit) if self.time_limit is not None else {},
            _misfit(self.collator, self.encoder),
            _without_effect(self),
            {"decision": NO_ROWS_TO_DECIDE} if _untunable(self.data, self.decision) else {},
            _idle_patience(self.data, self.trainer, "trainer"),
            label_problems_of(self, multi_label=True) if getattr(self.data, "multi_label", False) else {},
            *(
                _idle_patience(self.data, getattr(member, "trainer", None), f"members[{place}].trainer")
                for place, member in enumerate(self.members)
            ),
        )

    @property
    def idle(self) -> tuple[str, ...]:
        """The settings that nothing reads as the others are."""
        chosen = ("effort", "time_limit") if self.encoder is not None or self.members else ()
        lone = tuple(each.name for each in fields(Member))
        return (*chosen, "members") if self.encoder is not None else (*chosen, *lone)

    @property
    def classifiers(self) -> tuple[Member, ...]:
        """The members, or the one that an encoder stands for; none where a run is to choose."""
        if self.encoder is None:
            return self.members
        parts = {each.name: getattr(self, each.name) for each in fields(Member)}
        return (Member(**parts),)


def label_problems_of(experiment: Experiment, *, multi_label: bool) -> dict[str, str]:
    """What of an experiment is for other labels, by its place: any number a text, or one."""
    trainers = {} if experiment.encoder is None else {"trainer": experiment.trainer}
    trainers |= {f"members[{place}].trainer": each.trainer for place, each in enumerate(experiment.members)}
    found = label_problems(experiment.metrics, trainers, multi_label=multi_label)
    if multi_label and getattr(experiment.decision, "goal", "likeliest") != "likeliest":
        found["decision"] = "is for one label a text; of any number, each has the threshold of its best F1"
    return found


def _beyond(last: int, seeds: int) -> dict[str, str]:
    """The problem of a last seed that is too large."""
    return (
        {"seeds": f"the last of {seeds} seeds is {last:,}, above {LAST_SEED:,}"} if last > LAST_SEED else {}
    )


_WAY_TO_CHANGE: Final = (
    "set it, or change what a run chooses in the file that nlpkit init writes, or by effort"
)


def _misfit(collator: Collator, encoder: Encoder | None) -> dict[str, str]:
    """The problem of a collator that does not produce what the encoder accepts, and what would."""
    if not isinstance(encoder, Encoder):
        return {}
    produced, read = collator.produces, encoder.accepts
    accepts = read if isinstance(read, tuple) else (read,)
    given(produced, _layouts(produced), "a subclass of Batch", collator, "produces")
    given(read, _layouts(*accepts), "a subclass of Batch, or a tuple of several,", encoder, "accepts")
    if issubclass(produced, accepts):
        return {}
    named = " or a ".join(layout.__name__ for layout in accepts)
    fitting = [name for name, each in _COLLATORS.items() if issubclass(each.produces, accepts)]
    use = " or ".join(fitting) or f"a collator that produces a {named}"
    by, it = f"{type(collator).__name__} produces a {produced.__name__}", type(encoder).__name__
    return {"collator": f"{by}, and {it} accepts a {named}; use {use}"}


def fitting_collator(encoder: Encoder) -> Collator:
    """The default collator, or the first whose batches an encoder accepts, if that is another one."""
    every = (PadLength(), *_COLLATORS.values())
    return next((each for each in every if not _misfit(each, encoder)), every[0])


def _without_effect(experiment: Experiment) -> dict[str, str]:
    """The problems of settings that nothing would read."""
    chosen = experiment.encoder is not None or bool(experiment.members)
    found = {}
    if experiment.encoder is not None and experiment.members:
        found["encoder"] = "has no place beside members; make a member of it"
    if experiment.encoder is None:
        default = {each.name: default_of(each) for each in fields(Experiment)}
        names = [each.name for each in fields(Member)[1:]]
        changed = [name for name in names if getattr(experiment, name) != default[name]]
        if changed:
            found["encoder"] = needs_an_encoder(experiment, changed)
    if chosen and experiment.effort != "balanced":
        found["effort"] = "is for a run that chooses its members, and here they are given"
    if chosen and experiment.time_limit is not None:
        found["time_limit"] = "is for a run that chooses its members, and here they are given"
    return found


def needs_an_encoder(experiment: Experiment, names: Sequence[str]) -> str:
    """The problem of settings of a lone classifier where there is none."""
    verb = "have" if len(names) > 1 else "has"
    way = "set them in each member" if experiment.members else _WAY_TO_CHANGE
    return f"is not set, and without it {' and '.join(names)} {verb} no effect; {way}"


def _layouts(*types: object) -> bool:
    return all(isinstance(each, type) and issubclass(each, Batch) for each in types)


def _untunable(data: Dataset, decision: DecisionConfig) -> bool:
    """Whether something is to be chosen on validation rows, and the settings say that there are none."""
    return isinstance(decision, DecisionConfig) and decision.goal != "likeliest" and _without_valid(data)


def _without_valid(data: Dataset) -> bool:
    split = getattr(data, "split", None)
    no_part = isinstance(split, Split) and split.valid_fraction == 0
    return no_part and not getattr(data, "valid", None)


def _idle_patience(data: Dataset, trainer: Trainer | None, place: str) -> dict[str, str]:
    """The problem of patience without validation rows, where the settings of the data say that."""
    idle = _without_valid(data) and getattr(trainer, "patience", None) is not None
    return {place: NO_ROWS_FOR_PATIENCE} if idle else {}


# those of plugins are not loaded to word an error
_COLLATORS: dict[str, Collator] = {"offsetify": Offsetify(), "pad_length": PadLength(), "padify": Padify()}
