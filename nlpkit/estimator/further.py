"""Training that goes on: a model of one classifier learns from more texts, with the vocabulary it has."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nlpkit.data.memory import texts_of, weighed
from nlpkit.models.model import Model, ModelSettings
from nlpkit.nn.finished import finish_training
from nlpkit.nn.modes import drawing, plain_modes
from nlpkit.scoring.decisions import MULTI_LABEL, SINGLE_LABEL
from nlpkit.text.indexing import encode, fitted, index, text_tokenizer
from nlpkit.training.rows import Rows, weights_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlpkit.data.texts import Texts
    from nlpkit.experiment.value import Member
    from nlpkit.vocab import Labels


def in_memory(
    texts: Sequence[Any], labels: Sequence[Any], weights: Sequence[float] | None, multi_label: bool
) -> Texts:
    """Columns as texts beside their labels."""
    read, _ = texts_of(texts, labels, "X", "string", multi_label=multi_label)
    return weighed(read, weights, "X") if weights is not None else read


def untrained(member: Member, texts: Sequence[str], labels: Labels, seed: int, *, multi_label: bool) -> Model:
    """A model with fresh weights, and a vocabulary of the texts."""
    tokenizer = fitted(member.tokenizer, member.text, texts)
    settings = replace(
        ModelSettings.of(replace(member, tokenizer=tokenizer)),
        decision=MULTI_LABEL if multi_label else SINGLE_LABEL,
    )
    _, vocab = index(texts, text_tokenizer(tokenizer, member.text), member.vocab)
    with plain_modes(), drawing(seed):
        return Model.untrained(settings, vocab, labels)


def trained_further(model: Model, member: Member, texts: Texts, seed: int) -> Model:
    """The model after the epochs of the member's trainer on texts with labels it has; itself it stays."""
    rows = Rows(
        encode(texts.texts, model.indexing.tokenize, model.vocab),
        texts.gold(model.labels),
        member.collator.build(model.vocab),
        model.decision,
        weights_of(texts.weights),
    )
    none = replace(rows, ids=rows.ids.take([]), labels=rows.labels[:0], weights=None)
    model = replace(model, classifier=deepcopy(model.classifier))
    for _ in member.trainer.build(model.labels, seed)(model.classifier, rows, none, None):
        pass
    finish_training(model.classifier)
    return model
