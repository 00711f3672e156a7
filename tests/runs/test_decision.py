"""What a run chooses for its labels on the validation texts, and what it says of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from nlpkit import (
    ConfigError,
    Dataset,
    DecisionConfig,
    Headlines,
    Observer,
    Pool,
    Result,
    Splits,
    Texts,
    compare,
    load,
    replay,
    run,
)
from nlpkit.runs import side_by_side
from nlpkit.runs.resume import resume
from nlpkit.scoring.decisions import Decision
from nlpkit.scoring.metrics import scores
from nlpkit.scoring.tuned import tuned
from tests.runs.quick import EXPERIMENT
from tests.runs.test_resume import read, stopped
from tests.runs.test_side_by_side import POOL

LARGER = replace(
    EXPERIMENT,
    data=Headlines(train_size=200, valid_size=150, test_size=100),
    trainer=replace(EXPERIMENT.trainer, epochs=6),
)
ASKED = {
    "thresholds": DecisionConfig(thresholds="f1_macro"),
    "precision": DecisionConfig(precision=0.6),
    "accuracy": DecisionConfig(accuracy=0.6),
    "coverage": DecisionConfig(coverage=0.9),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Result]:
    folder, found = tmp_path_factory.mktemp("decided"), dict[str, Result]()

    def of(kind: str) -> Result:
        if kind not in found:
            found[kind] = run(replace(LARGER, decision=ASKED[kind]), folder / kind)
        return found[kind]

    return of


def rows_of(result: Result) -> list[dict[str, str]]:
    with (Path(result.folder or "") / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("kind", ASKED)
def test_it_is_chosen_on_the_validation_texts_alone_and_kept_in_the_model(
    kind: str, ran: Callable[[str], Result]
) -> None:
    result = ran(kind)
    model, valid = load(result.folder or ""), result.splits.valid
    found = model.probabilities(valid.texts)
    plain = replace(model.decision, thresholds=(), levels=(), set_level=None)
    again = tuned(plain, ASKED[kind], model.labels.ids(valid.labels), found)
    assert model.decision == result.model.decision
    assert model.decision.asked == ASKED[kind]
    numbers = [(*each.thresholds, *each.levels, each.set_level or 0.0) for each in (again, model.decision)]
    np.testing.assert_allclose(numbers[0], numbers[1], rtol=1e-4)


def test_what_came_of_thresholds_is_the_score_that_they_are_for(ran: Callable[[str], Result]) -> None:
    result = ran("thresholds")
    found = result.scored["decision"]
    assert (found["kind"], found["asked"], list(found["thresholds"])) == (
        "thresholds",
        "f1_macro",
        list(result.model.labels.names),
    )
    assert found["test"]["score"] == result.scores["f1_macro"]
    plain = scores(["f1_macro"], result.gold, result.probabilities).values["f1_macro"]
    assert found["test"]["likeliest"] == pytest.approx(plain)
    assert found["validation"]["score"] >= found["validation"]["likeliest"]
    names = result.model.labels.names
    assert [row["predicted"] for row in rows_of(result)] == [names[each] for each in result.predicted]


@pytest.mark.parametrize("kind", ["precision", "accuracy"])
def test_what_came_of_levels_are_the_texts_with_a_label_and_how_many_are_right(
    kind: str, ran: Callable[[str], Result]
) -> None:
    result = ran(kind)
    found, rows = result.scored["decision"]["test"], rows_of(result)
    given = [row for row in rows if row["predicted"]]
    assert 0 < len(given) < len(rows) == found["texts"]
    assert found["answered"] == pytest.approx(len(given) / len(rows))
    right = [row["predicted"] == row["gold"] for row in given]
    assert found["accuracy"] == pytest.approx(np.mean(right))
    assert found["interval"][0] < found["accuracy"] < found["interval"][1]
    assert {row["predicted"] for row in given if row["predicted"] != row["likeliest"]} == set()
    accuracy = np.mean([row["likeliest"] == row["gold"] for row in rows])
    assert result.scored["accuracy"] == pytest.approx(accuracy)  # scores are of all texts
    if kind == "precision":
        for name, precision in found["precision"].items():
            of = [row["gold"] == name for row in given if row["predicted"] == name]
            assert found["given"][name] == len(of)
            assert precision == (pytest.approx(np.mean(of)) if of else None)


def test_what_came_of_sets_is_how_often_they_have_the_true_label(ran: Callable[[str], Result]) -> None:
    result = ran("coverage")
    found = result.scored["decision"]["test"]
    sets = [json.loads(row["labels"]) for row in rows_of(result)]
    gold = result.splits.test.labels
    assert found["coverage"] == pytest.approx(np.mean([a in b for a, b in zip(gold, sets, strict=True)]))
    assert found["set_size"] == pytest.approx(np.mean([*map(len, sets)]))
    assert found["single"] == pytest.approx(np.mean([len(each) == 1 for each in sets]))
    assert [each[0] for each in sets] == [row["predicted"] for row in rows_of(result)]


def test_the_report_tells_it_in_the_terminal(ran: Callable[[str], Result]) -> None:
    report = (Path(ran("accuracy").folder or "") / "report.txt").read_text(encoding="utf-8")
    assert "labels for accuracy = 0.6 with confidence 0.8, chosen on the validation texts" in report
    assert "  test        " in report.split("chosen on the validation texts")[1]


def test_runs_compare_by_all_labels_and_those_without_one_are_marked(ran: Callable[[str], Result]) -> None:
    folders = [Path(ran(kind).folder or "") for kind in ("accuracy", "thresholds", "coverage")]
    found = compare(folders)
    table = found.table(disagreements=1000)
    by_name = {each["run"]: each for each in table["runs"]}
    assert by_name["accuracy"]["answered"] == pytest.approx(
        ran("accuracy").scored["decision"]["test"]["answered"]
    )
    assert "answered" not in by_name["coverage"]
    assert "labels given" in repr(found)
    place = found.names.index("accuracy")
    shown = [found.row(each)[2 + place] for each in range(table["texts"])]
    abstained = [row["predicted"] == "" for row in rows_of(ran("accuracy"))]
    assert [each.endswith(" (abstained)") for each in shown] == abstained


def test_a_pool_decides_as_one_and_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    experiment = replace(POOL, decision=DecisionConfig(coverage=0.8))
    result = run(experiment, tmp_path / "whole")
    model = load(tmp_path / "whole")
    assert isinstance(model, Pool)
    assert model.decision == result.model.decision
    assert model.decision.set_level is not None
    decisions = [member.decision for member in model.members]
    assert decisions == [Decision(temperature=each.temperature) for each in decisions]
    stopped(experiment, tmp_path / "run", steps=2)
    resume(tmp_path / "run")
    assert read(tmp_path / "run") == read(tmp_path / "whole")
    assert load(tmp_path / "run").decision == model.decision


def test_replay_finds_the_same_bits(ran: Callable[[str], Result]) -> None:
    assert replay(ran("precision").folder or "").same


@dataclass(frozen=True)
class Unvalidated(Dataset):
    """Texts of which nobody knows before they are read that none are for validation."""

    def build(self) -> Callable[[], Splits]:
        texts = Texts(["a b", "c d"] * 4, ["x", "y"] * 4)
        return lambda: Splits(train=texts, valid=Texts([], []), test=Texts(["a e"], ["x"]), source="here")


def test_without_validation_texts_it_is_refused_before_training() -> None:
    with pytest.raises(ConfigError) as caught:
        run(replace(EXPERIMENT, data=Unvalidated(), decision=DecisionConfig(coverage=0.9)))
    assert str(caught.value) == (
        "decision.coverage is chosen on validation rows, and there are none; "
        "name a file of them, or set valid_fraction above 0, or leave it out"
    )


def test_classes_that_a_metric_is_not_for_are_refused_before_training() -> None:
    with pytest.raises(ConfigError) as caught:
        run(replace(LARGER, decision=DecisionConfig(thresholds="f1")))
    assert str(caught.value) == (
        "decision.thresholds cannot be chosen: "
        "f1 is not defined here: it needs two classes, and there are 4\n"
        "  f1_macro is for any number of classes"
    )


def test_a_class_that_no_level_vouches_for_is_told_loudly() -> None:
    result = run(replace(EXPERIMENT, decision=DecisionConfig(precision=0.99)), observer=Observer())
    [note] = [each for each in result.notes if each.text.startswith("no text gets the label")]
    assert note.level == "loud"
    assert "on the validation texts no level vouches for precision 0.99 with confidence 0.8" in note.text
    assert set(result.scored["decision"]["thresholds"].values()) == {None}
    assert result.scored["decision"]["test"]["answered"] == 0
    assert result.model.predict(["the coach"]) == [None]


def test_without_anything_asked_for_nothing_is_said() -> None:
    assert "decision" not in run(EXPERIMENT).scored
