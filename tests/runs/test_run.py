from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpkit import (
    Csv,
    EmbeddingMean,
    Experiment,
    Offsetify,
    Split,
    Standard,
    TextConfig,
    default_experiment,
    dump_experiment,
    run,
)
from nlpkit.components.kinds import Dataset
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import ConfigError, DataError, StorageError
from nlpkit.notes import Note
from nlpkit.runs.observer import Observer
from tests.runs import quick

EXPERIMENT = replace(quick.EXPERIMENT, metrics=("accuracy",))


def csv_of(folder: Path, *rows: tuple[str, str], name: str = "a.csv") -> Path:
    file = folder / name
    file.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    return file


ROWS = [(f"{word} day {i}", word) for i in range(20) for word in ("good", "bad")]


class Watching(Observer):
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.steps = 0

    def stage(self, sentence: str) -> None:
        self.told.append(sentence)

    def note(self, note: Note) -> None:
        self.told.append(f"{note.level} {note}")

    def step(self, progress: Any) -> None:
        self.steps += 1

    def epoch(self, report: Any) -> None:
        self.told.append(f"epoch {report.epoch}")


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(EXPERIMENT)
    assert list(tmp_path.iterdir()) == []
    assert list(result.scores) == ["accuracy"]
    assert len(result.epochs) == 2
    assert result.probabilities.shape == (20, 4)
    assert result.folder is None


def test_an_observer_is_told_each_stage_step_and_epoch_and_changes_nothing() -> None:
    watching = Watching()
    watched, unwatched = run(EXPERIMENT, observer=watching), run(EXPERIMENT)
    assert watching.told == [
        "reading the texts",
        "tokenizing",
        "training on 80 texts of 4 classes; 20 for validation, 20 for test",
        "epoch 1",
        "epoch 2",
        "scoring the test texts",
    ]
    assert watching.steps == 4
    assert np.array_equal(watched.probabilities, unwatched.probabilities)
    assert list(watched.wall_seconds) == ["read", "audit", "index", "train", "score"]


def test_another_seed_gives_other_weights() -> None:
    first, second = run(EXPERIMENT), run(replace(EXPERIMENT, seed=14))
    assert not np.array_equal(first.probabilities, second.probabilities)


def test_the_global_random_state_decides_nothing() -> None:
    import torch

    first = run(EXPERIMENT)
    torch.manual_seed(99)
    np.random.seed(99)
    assert np.array_equal(run(EXPERIMENT).probabilities, first.probabilities)


def test_a_folder_that_exists_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    experiment = replace(EXPERIMENT, data=Csv(train=tmp_path / "gone.csv"))
    with pytest.raises(ConfigError, match="this folder exists, and nothing is ever overwritten"):
        run(experiment, tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("odd"), OSError(5, "odd")], ids=repr)
def test_an_error_in_training_leaves_nothing_and_is_what_it_was(error: BaseException, tmp_path: Path) -> None:
    class Failing(Observer):
        def epoch(self, report: Any) -> None:
            raise error

    with pytest.raises(type(error)) as caught:
        run(EXPERIMENT, tmp_path / "new" / "run", Failing())
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "where"), [("metrics.jsonl", "run"), ("asked", "run.partial/unfinished/asked")]
)
def test_a_disk_that_fails_before_anything_is_trained_leaves_nothing(
    place: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("open", "write_text", "mkdir"):
        real = getattr(Path, name)

        def fail(path: Path, *given: Any, real: Any = real, **named: Any) -> Any:
            if place in path.name:
                raise OSError(28, "No space left on device")
            return real(path, *given, **named)

        monkeypatch.setattr(Path, name, fail)
    with pytest.raises(StorageError) as caught:
        run(EXPERIMENT, tmp_path / "run")
    assert str(caught.value) == (
        f"{tmp_path}/{where}: cannot be written: No space left on device\n"
        "  nothing of it was kept; free some space or write elsewhere"
    )
    assert list(tmp_path.iterdir()) == []


def test_data_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run(replace(EXPERIMENT, data=Csv(train=tmp_path / "gone.csv")), tmp_path / "new" / "run")
    assert list(tmp_path.iterdir()) == []


def test_one_class_is_nothing_to_learn_unless_it_is_allowed(tmp_path: Path) -> None:
    data = Csv(train=csv_of(tmp_path, *[(f"day {i}", "good") for i in range(20)]))
    with pytest.raises(DataError, match="nothing to learn"):
        run(replace(EXPERIMENT, data=data))
    result = run(replace(EXPERIMENT, data=replace(data, allow_constant=True)), tmp_path / "run")
    assert result.scores == {"accuracy": 1.0}


def test_a_test_label_that_training_never_saw_is_an_error_that_is_counted_and_told(tmp_path: Path) -> None:
    test = csv_of(tmp_path, ("good day", "good"), ("odd day", "odd"), name="test.csv")
    watching = Watching()
    data = Csv(train=csv_of(tmp_path, *ROWS), test=test)
    result = run(replace(EXPERIMENT, data=data), tmp_path / "run", watching)
    assert result.gold.tolist() == [1, -1]
    assert [row["name"] for row in result.scored["classes"]] == ["bad", "good", "odd"]
    assert any(
        "1 test row has a label that train lacks, so it counts as an error" in told for told in watching.told
    )


def test_a_class_without_test_rows_has_a_support_of_zero(tmp_path: Path) -> None:
    test = csv_of(tmp_path, ("good day", "good"), name="test.csv")
    result = run(replace(EXPERIMENT, data=Csv(train=csv_of(tmp_path, *ROWS), test=test)))
    bad = {"name": "bad", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert result.scored["classes"][0] == bad | {"predicted": int((result.predicted == 0).sum())}


def test_without_test_rows_there_are_no_scores_and_the_run_is_written(tmp_path: Path) -> None:
    data = Csv(train=csv_of(tmp_path, *ROWS), split=Split(valid_fraction=0.0, test_fraction=0.0))
    result = run(replace(EXPERIMENT, data=data), tmp_path / "run")
    assert result.scored == {
        "texts": 0,
        "scores": {"accuracy": None},
        "leaked_test_rows": 0,
        "best_epoch": 2,
        "best_valid": {},
    }
    assert "scores of 0 texts" in (tmp_path / "run" / "report.txt").read_text(encoding="utf-8")


def test_test_rows_that_are_also_in_train_are_told_loudly_and_flag_the_scores(tmp_path: Path) -> None:
    watching = Watching()
    data = Csv(train=csv_of(tmp_path, *ROWS), test=csv_of(tmp_path, ROWS[0], name="test.csv"))
    result = run(replace(EXPERIMENT, data=data), observer=watching)
    assert any(told.startswith("loud LEAK: 1 of 1 test row is also in train") for told in watching.told)
    assert result.scored["leaked_test_rows"] == 1


def test_a_leak_is_refused_where_the_dataset_is_strict(tmp_path: Path) -> None:
    data = Csv(train=csv_of(tmp_path, *ROWS), test=csv_of(tmp_path, ROWS[0], name="test.csv"), strict=True)
    with pytest.raises(DataError, match="LEAK: 1 of 1 test row is also in train, 1 exactly") as caught:
        run(replace(EXPERIMENT, data=data))
    assert caught.value.hint == "remove them, or set strict = false"


def test_any_dataset_is_audited_with_its_own_notes_and_facts_kept() -> None:
    @dataclass(frozen=True)
    class Own(Dataset):
        def build(self) -> Callable[[], Splits]:
            return self.read

        def read(self) -> Splits:
            part = Texts(["good day", "bad day", "good day"], ["good", "bad", "good"])
            return Splits(part, part, part, "own", notes=(Note("mine"),), facts={"leaked_test_rows": 0.0})

    result = run(replace(EXPERIMENT, data=Own()), observer=Observer())
    assert result.notes[0] == Note("mine")
    assert [note for note in result.notes if note.text.startswith("LEAK: 3 of 3 test rows")]
    assert (result.scored["leaked_test_rows"], result.facts["duplicate_train_rows"]) == (3, 1)


@pytest.mark.parametrize(("keep", "read"), [("tail", "tail is"), ("both", "head and tail are")])
def test_texts_that_are_cut_are_counted(keep: Any, read: str) -> None:
    watching = Watching()
    run(replace(EXPERIMENT, collator=Offsetify(max_tokens=3, keep=keep)), observer=watching)
    assert watching.told[2] == (
        f"note 120 texts are longer than 3 tokens, and only their {read} read "
        "(collator.max_tokens, collator.keep)"
    )


@pytest.mark.parametrize(("normalize", "notes"), [("none", 1), ("NFC", 0)])
def test_a_word_in_two_unicode_forms_is_noted_unless_they_are_made_one(
    tmp_path: Path, normalize: Any, notes: int
) -> None:
    path = tmp_path / "train.csv"
    rows = "".join(f"caf\u00e9 {i},a\ncafe\u0301 {i},b\n" for i in range(20))
    path.write_text("text,label\n" + rows, encoding="utf-8")
    result = run(
        Experiment(
            data=Csv(train=path),
            encoder=EmbeddingMean(),
            collator=Offsetify(),
            text=TextConfig(normalize=normalize),
            trainer=Standard(epochs=1),
        )
    )
    said = [note for note in result.notes if "in two Unicode forms" in note.text]
    assert len(said) == notes


@pytest.mark.parametrize(
    ("experiment", "folder", "said"),
    [
        (None, None, "experiment: none is no experiment, dataset or file"),
        (
            [["a text"], ["a label"]],
            None,
            "experiment: a list is no experiment, dataset or file; "
            "InMemory(texts, labels) makes a dataset of columns",
        ),
        (EXPERIMENT, 3, "folder: 3 is not a path"),
        (EXPERIMENT, "", "folder: '' is not a path"),
        (7, None, "experiment: 7 is no experiment, dataset or file"),
        (7, b"x", "folder: b'x' is not a path"),
        (
            EXPERIMENT,
            "\ud800",
            "\\ud800: cannot be made: the name is not Unicode text\n  give another folder",
        ),
        (
            EXPERIMENT,
            "\ud800/x",
            "\\ud800/x: cannot be made: the name is not Unicode text\n  give another folder",
        ),
    ],
)
def test_what_is_no_experiment_and_no_folder_is_refused(experiment: Any, folder: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run(experiment, folder)
    assert str(caught.value) == said


def test_what_is_not_here_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    file, watching = csv_of(tmp_path, *ROWS), Watching()
    with pytest.raises(DataError, match="2 problems with what this experiment needs") as caught:
        run(replace(EXPERIMENT, data=Csv(file, tmp_path / "b", tmp_path / "c")), observer=watching)
    assert str(tmp_path / "c: there is no such file") in str(caught.value)
    assert watching.told == []


def test_tokens_that_do_not_suit_the_data_are_noted_before_the_training(tmp_path: Path) -> None:
    rows = [(f"x{n}a{n}b{n}c{n}d7 me{n}@home.example", "ab"[n % 2]) for n in range(60)]
    watching = Watching()
    experiment = replace(EXPERIMENT, data=Csv(train=csv_of(tmp_path, *rows)))
    run(experiment, tmp_path / "run", watching)
    told = [each.partition(" tokens ")[0] for each in watching.told[2:4]]
    assert told == ["note 50 % of the test", "note vocabulary.json has 84"]  # a dot and "example" are known
    assert "vocabulary.json" not in "".join(note.text for note in run(experiment).notes)


def test_a_dataset_a_file_of_texts_and_an_experiment_file_run_as_they_are(tmp_path: Path) -> None:
    rows = [(f"{'good' if number % 2 else 'bad'} {number}", "ab"[number % 2]) for number in range(60)]
    file, watching = csv_of(tmp_path, *rows), Watching()
    first = run(file, observer=watching)
    assert watching.told[0].startswith(f"note {file}: read ")
    (tmp_path / "experiment.toml").write_text(dump_experiment(default_experiment(Csv(train=file))))
    for source in (str(file), Csv(train=file), tmp_path / "experiment.toml"):
        again = run(source, observer=Observer())
        assert again.scores == first.scores
        np.testing.assert_array_equal(again.probabilities, first.probabilities)


def test_a_result_is_told_in_a_line_and_in_a_table(tmp_path: Path) -> None:
    result = run(quick.EXPERIMENT, tmp_path / "run", observer=Observer())
    assert re.fullmatch(
        r"<Result on 20 texts: accuracy \d\.\d{4} \[.*\], f1_macro .*, log_loss .*, written to .*/run>",
        repr(result),
    )
    assert len(repr(result)) < 300
    assert result._repr_html_().count("<tr>") == 3


def test_a_run_without_an_audit_has_none(tmp_path: Path) -> None:
    result = run(replace(EXPERIMENT, audit=False), tmp_path / "run", observer=Observer())
    assert result.audit is None
    assert not (tmp_path / "run" / "audit.json").exists()
    assert "audit" not in result.wall_seconds
