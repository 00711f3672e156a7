"""Steps that a small corpus gets by more epochs."""

from __future__ import annotations

from typing import Any

import pytest

from nlpkit.errors import ConfigError
from nlpkit.training.settings import LoopSettings
from nlpkit.training.state import EpochReport
from tests.training.test_going_on import scripted
from tests.training.test_loop import loop, model_for, same, told, weights_of, with_states


def reports(toy: Any, **changes: Any) -> list[EpochReport]:
    """Of 40 texts, which are 5 batches of 8."""
    corpus = toy()
    return list(loop(**changes)(model_for(corpus), corpus.train, corpus.valid))


@pytest.mark.parametrize(
    ("min_steps", "epochs"), [(None, 2), (1, 2), (10, 2), (11, 3), (15, 3), (16, 4), (31, 7)]
)
def test_epochs_are_raised_to_the_fewest_that_have_the_steps(
    toy: Any, min_steps: int | None, epochs: int
) -> None:
    found = reports(toy, epochs=2, min_steps=min_steps)
    assert [report.epochs for report in found] == [epochs] * epochs


def test_the_first_report_says_that_there_are_more_epochs_than_set(toy: Any) -> None:
    found = reports(toy, epochs=2, min_steps=14)
    assert [note.text for note in found[0].notes] == [
        "14 steps take 3 epochs of 40 texts; there are as many, not 2 (trainer.min_steps)"
    ]
    assert found[1].notes == found[2].notes == ()
    assert reports(toy, epochs=3, min_steps=14)[0].notes == ()


def test_steps_are_counted_where_tokens_cut_batches_too(toy: Any) -> None:
    corpus, steps = toy(), []
    count = lambda progress: steps.append(progress.texts)  # noqa: E731
    setting = loop(epochs=1, min_steps=60, max_batch_tokens=12, progress=count)
    found = list(setting(model_for(corpus), corpus.train, corpus.valid))
    assert len(steps) >= 60 > len(steps) * (len(found) - 1) / len(found)
    assert len(found) < 60 / 5  # batches of 8 texts would take as many


def test_the_schedule_spans_the_steps_that_are_taken(toy: Any) -> None:
    found = reports(toy, epochs=1, min_steps=20, schedule="linear", learning_rate=0.8)
    assert [report.learning_rate for report in found] == pytest.approx(
        [0.8 * left / 20 for left in (16, 11, 6, 1)]
    )


@pytest.mark.parametrize(("min_steps", "epochs"), [(None, 3), (10, 3), (25, 5), (26, 6)])
def test_patience_does_not_stop_before(toy: Any, min_steps: int | None, epochs: int) -> None:
    falling = scripted([0.9 - epoch / 20 for epoch in range(12)])
    assert len(reports(toy, epochs=12, patience=2, min_steps=min_steps, score=falling)) == epochs


def test_a_break_changes_nothing(toy: Any) -> None:
    corpus, changes = toy(), {"epochs": 2, "min_steps": 20, "schedule": "cosine"}
    model = model_for(corpus)
    whole, states = with_states(loop(**changes)(model, corpus.train, corpus.valid))
    for state in states:
        other = model_for(corpus, seed=9)
        rest = list(loop(**changes)(other, corpus.train, corpus.valid, state))
        assert told(rest) == told(whole[state.epoch :])
        assert same(weights_of(other), weights_of(model))


def test_the_average_over_the_last_epochs_is_of_those_that_there_are(toy: Any) -> None:
    found = reports(toy, epochs=1, min_steps=40, average="swa")  # 8 epochs, of which the last 2 are in it
    assert all(not note.text.startswith("there is no average") for note in found[-1].notes)


@pytest.mark.parametrize("min_steps", [0, -1, 1_000_001, 1.5])
def test_what_is_no_number_of_steps_is_refused(min_steps: Any) -> None:
    with pytest.raises(ConfigError, match=r"min_steps: .* is not a whole number"):
        LoopSettings(min_steps=min_steps)


def test_a_learning_rate_of_tables_that_there_are_none_of_is_told(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus)
    model.encoder.embedding.weight.requires_grad_(False)  # type: ignore[union-attr]
    setting = loop(epochs=1, embedding_learning_rate=0.1)
    [report] = setting(model, corpus.train, corpus.valid)
    assert report.notes[0].text == (
        "there is no embedding table that learns (trainer.embedding_learning_rate)"
    )
    assert reports(toy, epochs=1, embedding_learning_rate=0.1)[0].notes == ()
