from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import softmax

from nlpkit import (
    EmbeddingMean,
    Experiment,
    Headlines,
    InMemory,
    Linear,
    Lstm,
    Member,
    Model,
    Offsetify,
    Pool,
    Split,
    Standard,
    Tfidf,
    dump_experiment,
    experiment_of,
    load,
    run,
)
from nlpkit.components.kinds import Encoder
from nlpkit.errors import ConfigError
from nlpkit.models.pool import pooled
from nlpkit.runs.observer import Observer
from nlpkit.runs.pooling import pooled_model
from nlpkit.runs.result import Result
from nlpkit.text.numbering import Numbered, number_tokens
from nlpkit.text.store import indexed as indexed_module
from nlpkit.training.calibration import weights_of
from nlpkit.vocab import Vocab

DATA = Headlines(train_size=120, valid_size=60, test_size=60)
BAG = Member(encoder=EmbeddingMean(), collator=Offsetify(), trainer=Standard(epochs=2, learning_rate=0.05))
LINEAR = Member(encoder=Tfidf(), collator=Offsetify(max_tokens=None), trainer=Linear())
LSTM = Member(encoder=Lstm(hidden_size=4), trainer=Standard(epochs=1))
POOL = Experiment(data=DATA, members=(BAG, LINEAR, LSTM))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(POOL, tmp_path_factory.mktemp("pool") / "run", Observer())


def of_members(result: Result, texts: list[str]) -> np.ndarray:
    """The probabilities of the pool, computed from each member's own logits with plain numpy."""
    assert isinstance(result.model, Pool)
    total = sum(
        weight * member.logits(texts)
        for weight, member in zip(result.model.weights, result.model.members, strict=True)
    )
    return np.asarray(softmax(total, axis=1))


def test_a_pool_multiplies_the_probabilities_of_its_members(ran: Result) -> None:
    texts = list(ran.splits.test.texts)
    np.testing.assert_allclose(ran.probabilities, of_members(ran, texts), atol=1e-6)
    np.testing.assert_allclose(ran.model.probabilities(texts), ran.probabilities, atol=1e-6)


def test_its_weights_have_the_least_log_loss_on_the_validation_texts(ran: Result) -> None:
    assert isinstance(ran.model, Pool)
    valid = ran.splits.valid
    gold = ran.model.labels.ids(valid.labels)
    logits = [member.logits(list(valid.texts)) for member in ran.model.members]
    assert ran.model.weights == pytest.approx(weights_of(logits, gold), rel=1e-3)


def test_the_model_that_is_loaded_again_gives_the_same(ran: Result) -> None:
    assert ran.folder is not None
    model = load(ran.folder)
    texts = list(ran.splits.test.texts)
    assert isinstance(model, Pool)
    assert (model.names, model.weights) == (ran.model.names, ran.model.weights)  # type: ignore[attr-defined]
    assert np.array_equal(model.probabilities(texts), ran.model.probabilities(texts))
    assert model.predict(texts[:3]) == ran.model.predict(texts[:3])


def test_a_member_is_a_model_of_its_own(ran: Result) -> None:
    assert ran.folder is not None
    member = load(ran.folder / "model" / "tfidf")
    assert isinstance(member, Model)
    assert len(member.predict(["the coach praises the goalkeeper"])) == 1


def test_processes_give_the_same_bits_as_one(ran: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.runs.side_by_side.cores", lambda: 1)
    alone = run(POOL, observer=Observer())
    monkeypatch.setattr("nlpkit.runs.side_by_side.cores", lambda: 3)
    shared = run(POOL, observer=Observer())
    assert np.array_equal(alone.probabilities, shared.probabilities)
    assert np.array_equal(alone.probabilities, ran.probabilities)
    assert [(each.member, each.epoch, each.valid) for each in alone.epochs] == [
        (each.member, each.epoch, each.valid) for each in sorted(shared.epochs, key=_place)
    ]
    assert sorted(map(str, alone.notes)) == sorted(map(str, shared.notes))


def _place(report: Any) -> int:
    return ["embedding_mean", "tfidf", "lstm"].index(report.member)


def test_a_process_that_is_killed_has_its_work_done_here(
    ran: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    parent = os.getpid()
    whole = load  # bound before
    from nlpkit.runs import side_by_side

    train = side_by_side.train

    def killed(*given: Any, **named: Any) -> Any:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return train(*given, **named)

    monkeypatch.setattr("nlpkit.runs.side_by_side.cores", lambda: 2)
    monkeypatch.setattr(side_by_side, "train", killed)
    again = run(POOL, observer=Observer())
    assert np.array_equal(again.probabilities, ran.probabilities)
    assert whole is load
    said = "for lack of memory, and the work of 'tfidf' is done again"
    assert sum(said in str(note) for note in again.notes) == 1
    assert not any(said in str(note) for note in ran.notes)


def test_what_is_wrong_with_a_member_is_told_where_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.runs.side_by_side.cores", lambda: 2)
    wrong = replace(LINEAR, vocab=replace(LINEAR.vocab, min_count=10_000))
    with pytest.raises(Exception, match="the vocabulary has no token"):
        run(replace(POOL, members=(BAG, wrong)), observer=Observer())


def test_a_vocabulary_of_which_no_text_has_enough_is_refused() -> None:
    few = replace(LINEAR, encoder=Tfidf(min_texts=10_000))
    with pytest.raises(ConfigError, match="the encoder finds nothing in the training texts") as caught:
        run(Experiment(data=DATA, **_parts(few)), observer=Observer())
    assert "lower encoder.min_texts" in caught.value.hint


def test_scores_say_what_each_member_adds(ran: Result) -> None:
    assert ran.folder is not None
    scored = json.loads((ran.folder / "scores.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in scored["members"]] == ["embedding_mean", "tfidf", "lstm"]
    least = min(each[of]["log_loss"] for each in scored["members"] for of in ("alone", "without"))
    assert scored["best_valid"]["log_loss"] <= least + 0.02  # weights are of labels that are a bit unsure
    report = (ran.folder / "report.txt").read_text(encoding="utf-8")
    page = (ran.folder / "report.html").read_text(encoding="utf-8")
    assert "members, on the validation texts" in report
    assert "Members</h2>" in page
    assert "pool of embedding_mean, tfidf, lstm" in page


def test_epochs_are_told_with_the_member_that_they_are_of(ran: Result) -> None:
    assert ran.folder is not None
    lines = (ran.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["member"] for line in lines} == {"embedding_mean", "tfidf", "lstm"}


def test_the_experiment_of_a_run_is_the_one_that_ran(ran: Result) -> None:
    assert ran.folder is not None
    written = (ran.folder / "experiment.toml").read_text(encoding="utf-8")
    assert written.count("[[member]]") == 3
    assert "\n[tokenizer]" not in written  # settings that nothing reads are not there
    import tomllib

    assert experiment_of(tomllib.loads(written)) == POOL
    assert dump_experiment(POOL) == written


@dataclass(frozen=True)
class Nothing(Encoder):
    """Gives every text the same vector."""

    from nlpkit.batch import FlatBatch as _Flat

    accepts = _Flat

    def build(self, vocab: Any) -> torch.nn.Module:
        class Zeros(torch.nn.Module):
            output_dim = 2

            def forward(self, batch: Any) -> torch.Tensor:
                return torch.zeros(len(batch.offsets), 2)

        return Zeros()


def test_a_member_of_weight_zero_is_left_out_of_the_bundle(tmp_path: Path, ran: Result) -> None:
    trained = [_Trained(model, *logits) for model, logits in _members(ran)]
    misleading = replace(trained[0], valid=-trained[1].valid, test=-trained[1].test)
    gold = ran.model.labels.ids(ran.splits.valid.labels)
    found = pooled_model(["bad", "good", "better"], [misleading, *trained[1:]], gold)  # type: ignore[list-item]
    assert isinstance(found.model, Pool)
    assert found.model.names == ("good", "better")
    assert found.members[0]["weight"] == 0
    alone = pooled_model(["good", "bad"], [trained[1], misleading], gold)  # type: ignore[list-item]
    assert isinstance(alone.model, Model)
    assert alone.members[1]["weight"] == 0


@dataclass(frozen=True, eq=False)
class _Trained:
    model: Model
    valid: np.ndarray
    test: np.ndarray


def _members(ran: Result) -> list[tuple[Model, tuple[np.ndarray, np.ndarray]]]:
    assert isinstance(ran.model, Pool)
    parts = (list(ran.splits.valid.texts), list(ran.splits.test.texts))
    return [(each, (each.logits(parts[0]), each.logits(parts[1]))) for each in ran.model.members]


def test_one_classifier_gets_the_temperature_of_least_log_loss() -> None:
    result = run(Experiment(data=DATA, **_parts(LINEAR)), observer=Observer())
    valid = result.splits.valid
    logits, gold = result.model.logits(list(valid.texts)), result.model.labels.ids(valid.labels)
    assert 1 / result.model.decision.temperature == pytest.approx(weights_of([logits], gold)[0], rel=1e-4)
    loss = -np.log(result.model.probabilities(valid.texts)[np.arange(len(gold)), gold]).mean()
    raw = -np.log(softmax(logits, axis=1)[np.arange(len(gold)), gold]).mean()
    assert loss < raw


def test_without_validation_texts_probabilities_stay_as_they_are(ran: Result) -> None:
    train = ran.splits.train
    data = InMemory(train.texts, train.labels, split=Split(valid_fraction=0.0))
    result = run(Experiment(data=data, **_parts(BAG)), observer=Observer())
    assert result.model.decision.temperature == 1.0
    pool = run(Experiment(data=data, members=(BAG, LINEAR)), observer=Observer()).model
    assert isinstance(pool, Pool)
    assert pool.weights == (0.5, 0.5)


def test_a_member_that_is_trained_again_has_seen_the_validation_texts() -> None:
    once = run(Experiment(data=DATA, **_parts(LINEAR)), observer=Observer())
    again = run(Experiment(data=DATA, **_parts(replace(LINEAR, refit=True))), observer=Observer())
    assert again.model.decision == once.model.decision
    assert len(again.model.parts[0].vocab) > len(once.model.parts[0].vocab)
    valid = once.splits.valid
    right = [np.mean(np.array(each.model.predict(valid.texts)) == valid.labels) for each in (once, again)]
    assert right[1] == 1.0
    assert once.valid == again.valid
    assert once.epochs[0].valid == again.epochs[0].valid
    assert len(again.epochs) == 1
    assert again.facts["refit_texts"] == len(once.splits.train) + len(valid)
    assert "refit_texts" not in once.facts


@pytest.mark.parametrize("parts", [1, 2])
def test_training_again_takes_the_tokens_of_the_first_time(
    monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    calls = []

    def counted(columns: Any, tokenize: Any) -> Numbered:
        calls.append(list(map(len, columns)))
        return number_tokens(columns, tokenize, parts=parts)

    monkeypatch.setattr(indexed_module, "number_tokens", counted)
    again = run(Experiment(data=DATA, **_parts(replace(LINEAR, refit=True))), observer=Observer())
    train, valid = again.splits.train, again.splits.valid
    assert calls == [[len(train), len(valid), len(again.splits.test)]]
    tokenize = LINEAR.tokenizer.build()
    vocab = Vocab.from_counts(
        Counter(token for text in (*train.texts, *valid.texts) for token in tokenize(text)),
        min_count=LINEAR.vocab.min_count,
    )
    assert again.model.parts[0].vocab.tokens == vocab.tokens


def test_logits_are_added_up() -> None:
    first, second = np.array([[1.0, 2.0]]), np.array([[10.0, 0.0]])
    assert pooled([first, second], [2.0, 0.5]).tolist() == [[7.0, 4.0]]


def _parts(member: Member) -> dict[str, Any]:
    return dict(vars(member))
