"""The space of who names none."""

from __future__ import annotations

import pytest

from nlpkit import (
    Character,
    ConfigError,
    Embedding,
    EmbeddingMean,
    Encoder,
    Experiment,
    Gru,
    Headlines,
    Linear,
    Lstm,
    Member,
    Offsetify,
    Rnn,
    Tfidf,
    Trainer,
)
from nlpkit_optuna import Space
from nlpkit_optuna.defaults import default_space

TFIDF = {"encoder": Tfidf(), "trainer": Linear(), "collator": Offsetify(), "tokenizer": Character()}


@pytest.mark.parametrize("encoder", [Lstm(), Gru(), Rnn(), EmbeddingMean(), Lstm(hidden_size=1, dropout=1.0)])
def test_it_fits_each_encoder_in_the_box_and_has_what_the_experiment_has(encoder: Encoder) -> None:
    experiment = Experiment(data=Headlines(), encoder=encoder)
    space = Space.of(default_space(experiment), experiment)
    names = [each.name for each in space.parameters]
    assert {"trainer.learning_rate", "trainer.batch_size", "encoder.embedding.size"} <= set(names)
    assert [name for name in names if space.own(name) is None] in ([], ["encoder.dropout"])


def test_a_linear_model_has_its_penalty() -> None:
    experiment = Experiment(data=Headlines(), **TFIDF)  # type: ignore[arg-type]
    assert default_space(experiment) == {"trainer": {"C": {"low": 0.0167, "high": 15.0, "log": True}}}


def test_members_have_theirs() -> None:
    experiment = Experiment(data=Headlines(), members=(Member(Lstm()), Member(**TFIDF)))  # type: ignore[arg-type]
    space = Space.of(default_space(experiment), experiment)
    assert {"member.0.encoder.hidden_size", "member.1.trainer.C"} <= {each.name for each in space.parameters}


def test_the_size_of_word_vectors_from_a_file_is_not_searched() -> None:
    encoder = EmbeddingMean(embedding=Embedding(vectors="glove.6B.50d"))
    found = default_space(Experiment(data=Headlines(), encoder=encoder))
    assert set(found["encoder"]["embedding"]) == {"dropout", "word_dropout"}


def test_there_may_be_nothing_to_search() -> None:
    class Nothing(Trainer):
        def build(self, labels, seed, progress=None):  # type: ignore[no-untyped-def]
            raise NotImplementedError

    experiment = Experiment(data=Headlines(), encoder=Tfidf(), trainer=Nothing(), collator=Offsetify())
    with pytest.raises(ConfigError, match="there is no default space for these components\n  write one"):
        default_space(experiment)
