from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nlpkit import (
    CheckpointEvery,
    ConfigError,
    Observer,
    SettingsError,
    Split,
    compare,
    load_experiment,
    replay,
    resume,
    run,
)
from nlpkit.runs import side_by_side
from nlpkit.runs.listing import runs_in
from nlpkit.training.progress import TrainingProgress
from tests.runs.quick import EXPERIMENT
from tests.runs.test_side_by_side import BAG, LINEAR, POOL

SEEDS = replace(EXPERIMENT, seed=5, seeds=3)


class Watching(Observer):
    """What is said, and an error at one of the steps, if any."""

    def __init__(self, *, steps: int = 0) -> None:
        self.said: list[str] = []
        self.notes: list[str] = []
        self._left = steps

    def stage(self, sentence: str) -> None:
        self.said.append(sentence)

    def note(self, note: object) -> None:
        self.notes.append(str(getattr(note, "text", "")))

    def step(self, progress: TrainingProgress) -> None:
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt


def bits(folder: Path) -> dict[str, bytes]:
    """What has to be the same to the last bit."""
    names = [folder / "scores.json", folder / "predictions.csv", *(folder / "model").rglob("*.safetensors")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in names}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds") / "whole"
    run(SEEDS, folder)
    return folder


def test_each_seed_has_the_scores_of_a_run_with_that_seed_alone(whole: Path) -> None:
    seeds = json.loads((whole / "scores.json").read_text(encoding="utf-8"))["seeds"]
    assert seeds["count"] == 3
    assert [each["seed"] for each in seeds["each"]] == [5, 6, 7]
    for each in seeds["each"]:
        alone = run(replace(SEEDS, seed=each["seed"], seeds=1))
        assert each["scores"] == alone.scores
        assert each["valid"] == alone.valid


def test_the_model_is_the_one_with_the_best_validation_scores(whole: Path, tmp_path: Path) -> None:
    scored = json.loads((whole / "scores.json").read_text(encoding="utf-8"))
    each = scored["seeds"]["each"]
    best = max(each, key=lambda one: (one["valid"]["accuracy"], -one["valid"]["log_loss"]))
    assert scored["seeds"]["chosen"] == best["seed"]
    assert scored["scores"] == best["scores"]
    run(replace(SEEDS, seed=best["seed"], seeds=1), tmp_path / "alone")
    weights = "model/weights.safetensors"
    assert (tmp_path / "alone" / weights).read_bytes() == (whole / weights).read_bytes()
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["seeds"], manifest["chosen_seed"]) == (5, 3, best["seed"])
    assert any(note.startswith(f"the model is that of seed {best['seed']}") for note in manifest["warnings"])


def test_which_seed_is_at_work_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    watching = Watching()
    result = run(SEEDS, observer=watching)
    assert [said for said in watching.said if " of 3" in said] == [
        "seed 1 of 3: 5",
        "seed 2 of 3: 6",
        "seed 3 of 3: 7",
    ]
    assert "seed-6: tokenizing" in watching.said
    assert len(watching.notes) == len(set(watching.notes))
    assert [(report.member, report.epoch) for report in result.epochs] == [("", 1), ("", 2)]


@pytest.mark.parametrize("cores", [1, 2])
def test_seeds_side_by_side_have_the_same_bits(
    cores: int, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: cores)
    run(SEEDS, tmp_path / "run")
    assert bits(tmp_path / "run") == bits(whole)


@pytest.mark.parametrize("steps", [3, 6, 10, 12])  # four of each seed
def test_a_run_that_was_stopped_goes_on_with_the_seed_it_was_at(
    steps: int, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    with pytest.raises(KeyboardInterrupt):
        run(SEEDS, tmp_path / "run", Watching(steps=steps), checkpoint_every=CheckpointEvery(steps=1))
    done = (steps - 1) // 4
    [listed] = runs_in(tmp_path)
    assert listed.state == "stopped"
    assert (f"{done} training{'s' * (done > 1)} finished" in listed.progress) is (done > 0)
    watching = Watching()
    resume(tmp_path / "run", watching)
    assert bits(tmp_path / "run") == bits(whole)
    assert sum(" of 3: " in said for said in watching.said) == 3 - done


def test_the_members_of_a_pool_have_several_seeds_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    pool = replace(POOL, members=(LINEAR, replace(BAG, refit=False)), seeds=2)
    run(pool, tmp_path / "whole")
    watching = Watching(steps=3)
    with pytest.raises(KeyboardInterrupt):
        run(pool, tmp_path / "run", watching, checkpoint_every=CheckpointEvery(steps=1))
    assert "seed 1 of 2, embedding_mean: 13" in watching.said
    resume(tmp_path / "run")
    assert bits(tmp_path / "run") == bits(tmp_path / "whole")


def test_replay_repeats_all_seeds(whole: Path) -> None:
    assert load_experiment(whole / "experiment.toml").seeds == 3
    assert replay(whole).same


def test_without_validation_texts_the_first_seed_is_kept() -> None:
    from nlpkit import InMemory

    words = ["oil bank", "goal match"] * 20
    data = InMemory(words, ["a", "b"] * 20, test=(words[:4], ["a", "b"] * 2), split=Split(valid_fraction=0))
    watching = Watching()
    result = run(replace(SEEDS, data=data), observer=watching)
    assert result.seeds["chosen"] == 5
    assert any("the first one, as there are no validation texts" in note for note in watching.notes)


@pytest.mark.parametrize("seeds", [0, -1, 101])
def test_numbers_of_seeds_that_make_no_sense_are_refused(seeds: int) -> None:
    with pytest.raises(SettingsError, match="seeds"):
        replace(SEEDS, seeds=seeds)


def test_the_last_seed_is_one_that_there_is() -> None:
    with pytest.raises(SettingsError, match="the last of 3 seeds is 2,147,483,649"):
        replace(SEEDS, seed=2**31 - 1)


def test_a_run_goes_on_with_as_many_seeds_as_it_began_with(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(SEEDS, tmp_path / "run", Watching(steps=3), checkpoint_every=CheckpointEvery(steps=1))
    with pytest.raises(ConfigError, match="since this run began, seeds has changed"):
        run(replace(SEEDS, seeds=2), tmp_path / "run", resume=True)


def test_runs_with_several_seeds_are_compared_by_their_means_too(whole: Path, tmp_path: Path) -> None:
    run(replace(SEEDS, seed=20), tmp_path / "other")
    run(replace(SEEDS, seeds=1), tmp_path / "one")
    shown = repr(compare([whole, tmp_path / "other"]))
    assert "mean accuracy of seeds" in shown
    assert "(sd " in shown
    assert ", 3 seeds)" in shown
    assert "of seeds" not in repr(compare([whole, tmp_path / "one"]))
