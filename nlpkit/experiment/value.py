"""An experiment: components that fit together."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlpkit.batch import Batch
from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.kinds import Collator, Dataset, Encoder, Metric, Tokenizer, Tracker, Trainer
from nlpkit.components.tokenizers import BasicEnglish
from nlpkit.components.trainers import Standard
from nlpkit.data.split import Split
from nlpkit.scoring.metrics import called_alike
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import given
from nlpkit.settings.values import refuse, whole
from nlpkit.text.settings import TextConfig, VocabConfig
from nlpkit.training.settings import NO_ROWS_FOR_PATIENCE


@dataclass(frozen=True)
class Experiment(Settings):
    """Everything a run depends on. One that exists has been checked and can run.

    data: where the texts come from
    encoder: what makes one vector of a text
    tokenizer: what makes tokens of a text
    text: what happens to a text before
    vocab: which tokens get an id
    collator: what makes a batch of texts
    trainer: how the classifier is fitted
    metrics: scores of the test texts: scikit-learn's, by their names, and those of plugins
    seed: the one number that all randomness of a run comes from
    track: who is told how the run goes
    """

    data: Dataset
    encoder: Encoder
    tokenizer: Tokenizer = field(default_factory=BasicEnglish)
    text: TextConfig = field(default_factory=TextConfig)
    vocab: VocabConfig = field(default_factory=VocabConfig)
    collator: Collator = field(default_factory=PadLength)
    trainer: Trainer = field(default_factory=Standard)
    metrics: tuple[str | Metric, ...] = ("accuracy", "f1_macro", "log_loss")
    seed: int = 13
    track: tuple[Tracker, ...] = ()

    def __post_init__(self) -> None:
        refuse(
            {} if self.metrics else {"metrics": "is empty; name one, such as accuracy"},
            {"metrics": alike} if (alike := called_alike(self.metrics)) else {},
            whole(0, 2**31 - 1, seed=self.seed),
            _misfit(self.collator, self.encoder),
            _idle_patience(self.data, self.trainer),
        )


def _misfit(collator: Collator, encoder: Encoder) -> dict[str, str]:
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


def _layouts(*types: object) -> bool:
    return all(isinstance(each, type) and issubclass(each, Batch) for each in types)


def _idle_patience(data: Dataset, trainer: Trainer) -> dict[str, str]:
    """The problem of patience without validation rows, where the settings of the data say that."""
    split = getattr(data, "split", None)
    without = isinstance(split, Split) and split.valid_fraction == 0 and not getattr(data, "valid", None)
    idle = without and getattr(trainer, "patience", None) is not None
    return {"trainer": NO_ROWS_FOR_PATIENCE} if idle else {}


# those of plugins are not loaded to word an error
_COLLATORS: dict[str, Collator] = {"offsetify": Offsetify(), "pad_length": PadLength(), "padify": Padify()}
