"""Explanations of what a model predicts, by one of two methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.models.explanation import METHODS, Explanation, Method
from nlpkit.models.gradients import gradients
from nlpkit.models.left_out import left_out

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.parts import Explainable


@dataclass(frozen=True)
class _Asked:
    """A text, and the class it is explained for, with its probability."""

    text: str
    label: int
    probability: float


def explain(
    model: Explainable, texts: Sequence[str], label: str | None, method: Method | None
) -> list[Explanation]:
    """What `TextModel.explain` gives."""
    if method is not None and method not in METHODS:
        raise ConfigError(f"there is no method {method!r}; {did_you_mean(method, METHODS)}")
    chances = model.probabilities(texts, workers=1)
    ids = _label_ids(model, chances, label)
    asked = [_Asked(text, id, float(row[id])) for text, id, row in zip(texts, ids, chances, strict=True)]
    found = []
    for each in asked:
        done = None if method == "leave-one-out" else _by_gradients(model, each)
        if done is None and method == "gradients":
            raise ConfigError(
                "gradients are of token vectors, and an encoder of this model looks its own up elsewhere, or "
                "reads more than them",
                hint="take the other method, leave-one-out",
            )
        found.append(done or _by_leaving_out(model, each))
    return found


def _label_ids(model: Explainable, chances: NDArray[np.float64], label: str | None) -> list[int]:
    """The class that each text is explained for: that it is given, or the likeliest of any number."""
    if label is None:
        several = model.decision.multi_label
        return list((chances.argmax(axis=1) if several else model.decision.labels(chances)).tolist())
    if label not in model.labels:
        raise ConfigError(f"the model has no class {label!r}; {did_you_mean(f'{label}', model.labels.names)}")
    return [model.labels[label]] * len(chances)


def _by_leaving_out(model: Explainable, asked: _Asked) -> Explanation:
    spans, weights = left_out(model, asked.text, asked.label)
    return Explanation(
        asked.text,
        model.labels.names[asked.label],
        asked.probability,
        "leave-one-out",
        tuple(asked.text[start:end] for start, end in spans),
        weights,
        tuple(spans),
    )


def _by_gradients(model: Explainable, asked: _Asked) -> Explanation | None:
    """None where gradients cannot be taken of a classifier of the model."""
    found = gradients(model, asked.text, asked.label)
    if found is None:
        return None
    return Explanation(
        asked.text,
        model.labels.names[asked.label],
        asked.probability,
        "gradients",
        found.tokens,
        found.weights,
        found.spans,
        found.gap,
    )
