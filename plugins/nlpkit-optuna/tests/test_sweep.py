"""sweep(): validation alone decides, nothing is lost, and the best can be had again."""

from __future__ import annotations

import json
import logging
import math
import random
import subprocess
import sys
import threading
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import nlpkit
from nlpkit import (
    ConfigError,
    Csv,
    Embedding,
    EmbeddingMean,
    Encoder,
    Experiment,
    Headlines,
    InMemory,
    Scores,
    SettingsError,
    Split,
    Standard,
    load_experiment,
    load_plugins,
)
from nlpkit_optuna import Search, Sweep, sweep
from nlpkit_optuna.trial import Watching, read_without_test, valid_score

Go = Callable[..., Sweep]


def outcomes(found: Sweep) -> list[tuple[Any, ...]]:
    return [(row.number, row.state, row.score, row.settings, row.seed) for row in found.trials]


def test_the_same_seed_finds_the_same(search_in: Go) -> None:
    one, other = search_in(8, "one"), search_in(8, "other")
    assert outcomes(one) == outcomes(other)
    assert {row.state for row in one.trials} == {"complete", "pruned"}
    assert outcomes(search_in(3, "third", seed=14)) != outcomes(one)[:3]


def test_the_first_trial_has_the_settings_of_the_experiment_as_far_as_the_space_has_them(
    search_in: Go,
) -> None:
    [row] = search_in(1).trials
    assert row.settings == {"encoder.embedding.size": 4, "trainer.learning_rate": 0.1}


def test_one_that_goes_on_finds_what_one_in_one_go_finds(search_in: Go) -> None:
    search_in(2, "parts")
    assert outcomes(search_in(5, "parts")) == outcomes(search_in(5, "whole"))


def test_the_best_is_had_again_from_its_file(search_in: Go, tmp_path: Path) -> None:
    found = search_in(4)
    assert found.best is not None
    assert found.best.score == max(row.score for row in found.trials if row.score is not None)
    again = load_experiment(tmp_path / "sweep" / "best.toml")
    assert again == found.experiment(found.best)
    assert valid_score(nlpkit.run(again), "accuracy") == found.best.score
    first = (tmp_path / "sweep" / "best.toml").read_text(encoding="utf-8").splitlines()[0]
    number, score = found.best.number, found.best.score
    assert first == f"# Trial {number} of a search: accuracy {score:.4f} on the validation texts."
    assert tomllib.loads((tmp_path / "sweep" / "space.toml").read_text(encoding="utf-8")) == found.space.table


def test_test_texts_are_not_seen(quick: Callable[..., Experiment], search_in: Go, tmp_path: Path) -> None:
    lines = "".join(
        f"{label},{word} fell\n" for word, label in (("oil", "a"), ("rain", "b")) for _ in range(20)
    )
    for name in ("train", "valid"):
        (tmp_path / f"{name}.csv").write_text(f"label,text\n{lines}", encoding="utf-8")
    data = Csv(train=tmp_path / "train.csv", valid=tmp_path / "valid.csv", test=tmp_path / "test.csv")
    found = search_in(1, experiment=quick(data=data))  # and there is no test.csv
    assert found.best is not None
    assert found.experiment(found.best).data == data


def test_rows_that_are_drawn_for_test_stay_apart(tmp_path: Path) -> None:
    data = Headlines(train_size=80, valid_size=20, test_size=20)
    splits = data.build()()
    drawn = InMemory(splits.train.texts, splits.train.labels, split=Split(0.2, 0.2))
    whole = drawn.build()()
    searched = read_without_test(drawn)
    assert not len(searched.test)
    assert (list(searched.train.texts), list(searched.valid.texts)) == (
        list(whole.train.texts),
        list(whole.valid.texts),
    )


def test_texts_in_memory_are_searched_over(quick: Callable[..., Experiment], search_in: Go) -> None:
    splits = Headlines(train_size=80, valid_size=20, test_size=20).build()()
    found = search_in(1, experiment=quick(data=InMemory(splits.train.texts, splits.train.labels)))
    assert found.best is not None


def test_without_validation_texts_there_is_nothing_to_search_by(
    quick: Callable[..., Experiment], search_in: Go
) -> None:
    splits = Headlines(train_size=40, valid_size=20, test_size=20).build()()
    data = InMemory(splits.train.texts, splits.train.labels, split=Split(valid_fraction=0.0))
    with pytest.raises(
        ConfigError, match="data: there are no validation texts, which tell trials apart\n  draw"
    ):
        search_in(1, experiment=quick(data=data))


def test_a_model_that_is_trained_again_on_validation_texts_is_scored_before(
    quick: Callable[..., Experiment], search_in: Go
) -> None:
    found, other = search_in(1, "refit", quick(refit=True)), search_in(1, "not")
    assert found.best is not None and other.best is not None
    assert found.best.score == other.best.score
    assert found.experiment(found.best).refit


def test_another_metric_chooses_the_epoch_too(search_in: Go) -> None:
    found = search_in(3, metric="log_loss")
    assert found.best is not None and found.best.score is not None
    assert found.best.score == min(row.score for row in found.trials if row.score is not None)
    trainer: Any = found.experiment(found.best).trainer
    assert trainer.monitor == "log_loss"


def test_seeds_are_averaged(search_in: Go) -> None:
    alone = search_in(1, "one")
    assert alone.best is not None
    several = search_in(1, "two", seeds=2).best
    first = replace(alone.experiment(alone.best), baseline=False, audit=False)
    scores = [
        valid_score(nlpkit.run(replace(first, seed=first.seed + turn)), "accuracy") for turn in range(2)
    ]
    assert several is not None and several.score == sum(scores) / 2


def test_a_size_budget_leaves_out_larger_models(search_in: Go) -> None:
    free = search_in(6, "free", pruning="none")
    sizes = sorted(row.size for row in free.trials if row.size is not None)
    limit = (sizes[2] + sizes[3]) // 2
    found = search_in(6, "small", max_size=limit)
    assert found.best is not None and found.best.size is not None and found.best.size <= limit
    assert not all(row.fits for row in found.trials)
    assert [row.fits for row in found.trials] == [(row.size or 0) <= limit for row in found.trials]
    assert {row.state for row in found.trials} == {"complete"}
    assert search_in(2, "none", max_size="100B").best is None


def test_a_trial_is_not_pruned_once_it_is_trained(quick: Callable[..., Experiment], search_in: Go) -> None:
    found = search_in(7, experiment=quick(trainer=Standard(batch_size=40, epochs=1, learning_rate=0.1)))
    assert {row.state for row in found.trials} == {"complete"}
    assert all(len(row.epochs) == 1 for row in found.trials)


@pytest.mark.parametrize("against", ["size", "latency"])
def test_two_objectives_have_a_front(against: str, search_in: Go, tmp_path: Path) -> None:
    found = search_in(6, against=against)
    front = [(row.score, getattr(row, against)) for row in found.front]
    rest = [(row.score, getattr(row, against)) for row in found.trials if row not in found.front]
    assert front == sorted(front, reverse=True) and front[0][0] == max(row.score or 0 for row in found.trials)
    assert all(any(one[0] >= other[0] and one[1] <= other[1] for one in front) for other in rest)
    assert found.best == found.front[0]
    written = {path.name for path in (tmp_path / "sweep" / "front").iterdir()}
    assert written == {f"trial-{row.number}.toml" for row in found.front}
    for path in (tmp_path / "sweep" / "front").iterdir():
        load_experiment(path)


@dataclass(frozen=True)
class Picky(Encoder):
    """An encoder that some settings break.

    size: numbers in a vector
    """

    size: int = 4

    @property
    def accepts(self) -> Any:
        return EmbeddingMean().accepts

    def build(self, vocab: Any) -> Any:
        if self.size % 2:
            raise ConfigError("an odd size does not work")
        return EmbeddingMean(embedding=Embedding(size=self.size)).build(vocab)


@pytest.fixture
def picky(monkeypatch: pytest.MonkeyPatch, quick: Callable[..., Experiment]) -> Experiment:
    plugins = load_plugins().given([Picky])
    monkeypatch.setattr("nlpkit.experiment.file.load_plugins", lambda: plugins)
    return quick(encoder=Picky())


def test_a_trial_that_fails_counts_and_the_search_goes_on(picky: Experiment, search_in: Go) -> None:
    found = search_in(5, experiment=picky, space={"encoder": {"size": [4, 3]}}, seed=4)
    states = {row.settings["encoder.size"]: (row.state, row.error) for row in found.trials}
    assert states == {4: ("complete", ""), 3: ("failed", "an odd size does not work")}
    assert found.best is not None and found.best.settings == {"encoder.size": 4}


def test_one_of_which_all_trials_fail_ends_with_the_reason(picky: Experiment, search_in: Go) -> None:
    with pytest.raises(ConfigError, match="an odd size does not work"):
        search_in(5, experiment=picky, space={"encoder": {"size": [3, 5]}})


def test_time_is_up_between_steps_and_the_trial_waits(search_in: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    step = Watching.step
    steps = iter(range(100))

    def late(self: Watching, progress: Any) -> None:
        if next(steps) == 5:  # in the second trial
            monkeypatch.setattr("nlpkit_optuna.searching.time.monotonic", lambda: 1e12)
        step(self, progress)

    monkeypatch.setattr(Watching, "step", late)
    found = search_in(3, time_limit=1000, tell=told.append)
    assert [row.number for row in found.trials] == [0]
    assert told[-1] == "stopped after 1000 s; the same command goes on"
    monkeypatch.undo()
    assert [(row[1:]) for row in outcomes(search_in(3))] == [
        row[1:] for row in outcomes(search_in(3, "whole"))
    ]


def test_what_is_interrupted_loses_no_trial(search_in: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Watching.step
    steps = iter(range(100))

    def interrupted(self: Watching, progress: Any) -> None:
        if next(steps) == 5:
            raise KeyboardInterrupt
        step(self, progress)

    monkeypatch.setattr(Watching, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        search_in(3)
    monkeypatch.undo()
    found, whole = search_in(3), search_in(3, "whole")
    assert [row.number for row in found.trials] == [0, 2, 3]
    assert [row[1:] for row in outcomes(found)] == [row[1:] for row in outcomes(whole)]


def test_a_study_is_not_gone_on_with_other_texts_or_settings(
    quick: Callable[..., Experiment], search_in: Go, tmp_path: Path
) -> None:
    search_in(1)
    kept = (tmp_path / "sweep" / "space.toml").read_bytes()
    other = quick(data=Headlines(train_size=81, valid_size=20), trainer=Standard(batch_size=41, epochs=2))
    with pytest.raises(ConfigError) as caught:
        search_in(1, experiment=other, space={"trainer": {"batch_size": [8, 16]}}, seeds=2)
    said = str(caught.value)
    assert "\n  experiment.trainer.batch_size: 40 there, 41 here\n" in said
    assert "\n  space.trainer.batch_size: nothing there, [8, 16] here\n" in said
    assert "\n  texts.train: " in said and "texts.valid" not in said
    assert "\n  search.seeds: 1 there, 2 here\n" in said
    assert (tmp_path / "sweep" / "space.toml").read_bytes() == kept


def test_a_folder_of_something_else_is_left_alone(search_in: Go, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="folder: exists and is none of a search\n  name another --folder"):
        search_in(1, "mine")
    with pytest.raises(ConfigError, match=r"notes.txt: folder: there is a file of that name"):
        search_in(1, "mine/notes.txt")


def test_what_is_wrong_with_the_search_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Search(trials=0, metric="acuracy", max_size="1XB", seeds=0, grace=1, name=" ", time_limit=-1)
    assert set(caught.value.by_field) == {
        *("trials", "metric", "max_size", "seeds", "grace", "name", "time_limit"),
    }
    assert caught.value.by_field["metric"] == "there is no metric 'acuracy'; did you mean accuracy?"
    assert caught.value.by_field["max_size"] == (
        "'1XB' is not a size above 0; write it like 500kB, 1MB or 1.5MiB"
    )


@pytest.mark.parametrize(
    ("given", "found"), [(1000, 1000), ("1MB", 10**6), ("1.5 MiB", 1572864), ("500kb", 500_000)]
)
def test_a_size_is_read_as_it_is_written(given: int | str, found: int) -> None:
    assert Search(max_size=given).most_bytes == found


def test_a_file_of_texts_is_searched_over_the_pool_that_suits_it(tmp_path: Path) -> None:
    splits = Headlines(train_size=120, valid_size=1, test_size=1).build()()
    rows = [
        json.dumps({"label": label, "text": text})
        for text, label in zip(splits.train.texts, splits.train.labels, strict=True)
    ]
    (tmp_path / "news.jsonl").write_text("\n".join(rows), encoding="utf-8")
    told: list[str] = []
    found = sweep(tmp_path / "news.jsonl", None, tmp_path / "sweep", Search(trials=2), tell=told.append)
    assert found.name == "news"
    assert [each.name for each in found.space.parameters] == ["member.0.trainer.C"]
    assert any("chose tfidf (a linear model)" in each for each in told)
    assert len(load_experiment(tmp_path / "sweep" / "best.toml").members) == 1


def test_several_labels_a_text_are_searched_by_micro_f1(
    quick: Callable[..., Experiment], search_in: Go
) -> None:
    data = Headlines(train_size=80, valid_size=20, test_size=20, multi_label=True)
    found = search_in(2, experiment=quick(data=data, metrics=("f1_micro",)))
    assert found.metric == "f1_micro"
    assert found.best is not None and found.best.score is not None


def test_importing_the_plugin_imports_neither_optuna_nor_torch() -> None:
    program = (
        "import sys, nlpkit_optuna, nlpkit_optuna.command; "
        "assert not {'torch', 'optuna', 'sqlalchemy', 'numpy', 'jinja2'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_a_search_changes_nothing_of_its_host(search_in: Go) -> None:
    import torch

    def state() -> list[Any]:
        return [
            logging.getLogger("optuna").level,
            list(warnings.filters),
            random.getstate(),
            torch.get_rng_state().tolist(),
            torch.get_num_threads(),
            {each.name for each in threading.enumerate()},
        ]

    search_in(1)  # loads what has to be loaded
    before = state()
    search_in(2)
    assert state() == before


def test_scores_that_are_no_numbers_fail_a_trial(search_in: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    found = search_in(1, "one")
    assert found.best is not None
    result = nlpkit.run(replace(found.experiment(found.best), baseline=False, audit=False))
    nothing = Scores({"accuracy": math.nan}, {}, ())
    monkeypatch.setattr("nlpkit_optuna.trial.scores", lambda *given: nothing)
    with pytest.raises(
        ConfigError, match="the validation score accuracy is not a number; the model gives none"
    ):
        valid_score(result, "accuracy")
