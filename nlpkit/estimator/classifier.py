"""TextClassifier: a text classifier as scikit-learn has its estimators.

Axes: R texts, C classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin  # type: ignore[import-untyped]
from sklearn.utils.metaestimators import available_if  # type: ignore[import-untyped]
from sklearn.utils.validation import check_is_fitted  # type: ignore[import-untyped]

from nlpkit.components.in_memory import InMemory
from nlpkit.data.memory import items_of
from nlpkit.data.split import Split
from nlpkit.estimator import stored
from nlpkit.estimator.further import in_memory, trained_further, untrained
from nlpkit.estimator.parameters import STEP, changed, experiment_of, inside, resolved
from nlpkit.estimator.targets import Targets
from nlpkit.models.model import Model
from nlpkit.models.text_model import TextModel
from nlpkit.runs.run import run
from nlpkit.vocab import Labels

if TYPE_CHECKING:
    from nlpkit.components.kinds import Collator, Encoder, Tokenizer, Trainer
    from nlpkit.experiment.value import Effort, Member
    from nlpkit.plugins.catalogue import Classes
    from nlpkit.scoring.settings import DecisionConfig
    from nlpkit.text.settings import TextConfig, VocabConfig


def _goes_on(estimator: TextClassifier) -> bool:
    """Whether it has one encoder, and a trainer that goes on from the weights that are there."""
    if estimator.decision is not None:
        raise AttributeError("partial_fit has no texts for validation, which a decision is chosen on")
    given, trainer = estimator.encoder is not None, resolved("trainer", estimator.trainer)
    if given and trainer.incremental:
        return True
    raise AttributeError("partial_fit is for one encoder, with a trainer that goes on, such as standard")


class TextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of raw texts for scikit-learn: `fit(texts, y)`, `predict(texts)`, and all that is made of
    these: `cross_val_score`, `GridSearchCV`, `Pipeline`, `VotingClassifier`.

    Without parameters it is nlpkit's default experiment: classifiers that suit the texts, several as one
    where there are a thousand texts or more. A component is given by its name or as a value, `encoder="lstm"`
    or `encoder=Lstm(hidden_size=64)`, and its settings have names of their own, `encoder__hidden_size`. What
    is None is as in an `Experiment`, where all of these are described.

    `valid_fraction` of the texts are kept from training, to find the best epoch and to weigh classifiers,
    unless `fit` is given others for that. With `progress`, stderr or the notebook shows how training goes.

    After `fit`, `classes_` has the labels in ascending order, `model_` is the `TextModel`, and
    `valid_scores_` are its scores on the texts for validation.
    """

    def __init__(
        self,
        encoder: Encoder | str | None = None,
        *,
        tokenizer: Tokenizer | str | None = None,
        text: TextConfig | None = None,
        vocab: VocabConfig | None = None,
        collator: Collator | str | None = None,
        trainer: Trainer | str | None = None,
        refit: bool | None = None,
        members: Iterable[Member] | None = None,
        effort: Effort | None = None,
        time_limit: float | None = None,
        decision: DecisionConfig | None = None,
        valid_fraction: float = 0.1,
        seed: int = 13,
        seeds: int | None = None,
        progress: bool = False,
    ) -> None:
        self.encoder = encoder
        self.tokenizer = tokenizer
        self.text = text
        self.vocab = vocab
        self.collator = collator
        self.trainer = trainer
        self.refit = refit
        self.members = members
        self.effort = effort
        self.time_limit = time_limit
        self.decision = decision
        self.valid_fraction = valid_fraction
        self.seed = seed
        self.seeds = seeds
        self.progress = progress

    def fit(
        self,
        X: Iterable[str],
        y: Any,
        sample_weight: Iterable[float] | None = None,
        valid: tuple[Iterable[str], Any] | None = None,
    ) -> Self:
        """Learn from texts (R,) and their labels: strings, whole numbers or truth values; for any number of
        labels a text, lists of them, or a matrix of 0 and 1 (R, C).

        Texts and labels are lists, or columns of numpy, pandas, polars or Arrow. `sample_weight` (R,) says
        how much each text counts, and one of weight 0 is left out. `valid` are texts and labels to find the
        best epoch with. DataError, SettingsError or ConfigError where something cannot be learned from.
        """
        targets = Targets.of(y)
        texts, labels, weights = _counting(_texts(X), targets.labels(y), sample_weight)
        if not targets.multi_label and len(set(labels)) < 2:
            raise ValueError(f"y has {len(set(labels))} class, and two or more are needed to tell apart")
        data = InMemory(
            texts,
            labels,
            weights=weights,
            valid=None if valid is None else _labelled(valid, targets),
            split=Split(valid_fraction=self.valid_fraction, test_fraction=0.0),
            label_type="string",
            multi_label=targets.multi_label,
        )
        experiment = experiment_of(vars(self), data)
        result = run(experiment, progress=self.progress)
        self.model_: TextModel = result.model
        self.valid_scores_: dict[str, float] = dict(result.valid)
        self.classes_: NDArray[Any] = targets.classes
        self._targets = targets
        return self

    @available_if(_goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Iterable[str], y: Any, classes: Any = None, sample_weight: Iterable[float] | None = None
    ) -> Self:
        """Train on with more texts, for the epochs of the trainer. The first call needs all `classes` there
        will be, and makes the vocabulary; words that are not in its texts stay unknown. For one `encoder`
        with a trainer that begins where it left, such as standard.
        """
        if not hasattr(self, "model_"):
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit")
            self._targets = replace(Targets.of(classes), form=Targets.of(y).form)
        targets = self._targets
        labelled = _counting(_texts(X), targets.labels(y), sample_weight)
        texts = in_memory(*labelled, targets.multi_label)
        if not len(texts):
            raise ValueError("there are no texts to train on")
        experiment = experiment_of(vars(self), InMemory())
        (member,) = experiment.classifiers
        model = getattr(self, "model_", None)
        if not isinstance(model, Model):
            labels = Labels.of(targets.names)
            model = untrained(member, texts.texts, labels, self.seed, multi_label=targets.multi_label)
            self.classes_, self.valid_scores_ = targets.classes, {}
        self.model_ = trained_further(model, member, texts, self.seed)
        return self

    def predict(self, X: Iterable[str]) -> NDArray[Any]:
        """The class of each text, (R,), as `nlpkit predict` gives it; of any number of labels what `fit` was
        given: tuples of them, or a matrix of 0 and 1 (R, C). None where a `decision` abstains.
        """
        found = self.model_of().predict(_texts(X))
        return self._targets.answers(found)

    def score(self, X: Iterable[str], y: Any, sample_weight: Iterable[float] | None = None) -> float:
        """The share of texts that get their label, or exactly their labels. One that the model abstains from
        does not.
        """
        given, gold = self.predict(X), self._targets.gold(y)
        if len(given) != len(gold):
            raise ValueError(f"{len(given)} texts beside {len(gold)} labels")
        same = np.array([bool(np.all(one == other)) for one, other in zip(given, gold, strict=True)])
        weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        return float(np.average(same, weights=weights)) if len(same) else float("nan")

    def predict_proba(self, X: Iterable[str]) -> NDArray[np.float64]:
        """The probability of each class, float64 (R, C), in the order of `classes_`."""
        return self._by_class(self.model_of().probabilities(_texts(X)), 0.0)

    def decision_function(self, X: Iterable[str]) -> NDArray[np.float64]:
        """The logits of each class, float64 (R, C), of which the probabilities are the softmax; of two
        classes those of the second above the first, (R,). Of any number of labels each has its own.
        """
        decision = self.model_of().decision
        found = self.model_.logits(_texts(X)) / decision.temperature
        logits = self._by_class(found, -np.inf)
        two = logits.shape[1] == 2 and not decision.multi_label
        return logits[:, 1] - logits[:, 0] if two else logits

    def save(self, folder: Path | str) -> None:
        """Write parameters and model to a new folder, which appears once everything is in it. `load` reads
        it, and so do `nlpkit.load` and `nlpkit predict`.
        """
        parameters = self.get_params(deep=False)
        stored.save(Path(folder), self.model_of(), self._targets, parameters, self.valid_scores_)

    @classmethod
    def load(cls, folder: Path | str, *, classes: Classes = (), device: str = "cpu") -> Self:
        """What was saved, to predict on a `device`: "cpu", "cuda" or "auto". `classes` are its components
        that no plugin registers. DataError where it is damaged, or no `TextClassifier` has saved it.
        """
        found = stored.load(Path(folder), device, classes)
        made = cls(**found.parameters)
        made.model_, made._targets, made.valid_scores_ = found.model, found.targets, found.valid_scores
        made.classes_ = found.targets.classes
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by their names and, with `deep`, the settings inside components."""
        given: dict[str, Any] = super().get_params(deep=False)
        if deep:
            given |= {path: value for name in tuple(given) for path, value in inside(name, given[name])}
        return given

    def set_params(self, **params: Any) -> Self:
        """Change parameters, and settings inside components: `encoder="lstm", encoder__hidden_size=64`."""
        whole = {name: value for name, value in params.items() if STEP not in name}
        super().set_params(**whole)
        parts: dict[str, dict[str, Any]] = {}
        for path, value in params.items():
            name, step, rest = path.partition(STEP)
            if step:
                parts.setdefault(name, {})[rest] = value
        known = self.get_params(deep=False)
        if unknown := next((name for name in parts if name not in known), None):
            super().set_params(**{unknown: None})  # refuses it
        for name, changes in parts.items():
            setattr(self, name, changed(name, known[name], changes))
        return self

    def model_of(self) -> TextModel:
        """The model; NotFittedError before `fit`."""
        check_is_fitted(self, "model_")
        return self.model_

    def _by_class(self, found: NDArray[np.float64], absent: float) -> NDArray[np.float64]:
        """Columns of the model in the order of the classes; `absent` for those that it never saw."""
        order = self._targets.order(self.model_.labels.names)
        columns = np.concatenate([found, np.full((len(found), 1), absent)], axis=1)
        return columns[:, order]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = True
        return tags


def _texts(X: Iterable[str]) -> list[Any]:
    """A column of texts as Python's own values."""
    return list(items_of(X, "texts", "X"))


def _labelled(pair: Any, targets: Targets) -> tuple[Any, Any]:
    """Texts for validation, and the names of their labels."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError("valid has to be two columns, (texts, labels)")
    return pair[0], targets.labels(pair[1])


def _counting(
    texts: list[Any], labels: list[Any], sample_weight: Iterable[float] | None
) -> tuple[list[Any], list[Any], list[float] | None]:
    """The texts that count, their labels and their weights; ValueError where the weights are none."""
    if sample_weight is None:
        return texts, labels, None
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (len(texts),):
        raise ValueError(f"sample_weight has shape {weights.shape}, and there are {len(texts)} texts")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError("sample_weight has to be of numbers of 0 or more, and not of zeros alone")
    kept = np.flatnonzero(weights).tolist()
    return [texts[each] for each in kept], [labels[each] for each in kept], weights[kept].tolist()
