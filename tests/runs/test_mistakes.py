from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpkit import Headlines, Result, run
from nlpkit.runs.deciding import typical_words
from nlpkit.runs.mistakes import mistakes, row_of
from nlpkit.runs.shown import shown, take_apart
from tests.runs.quick import EXPERIMENT


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(EXPERIMENT, tmp_path_factory.mktemp("mistakes") / "run")


def found(ran: Result, probabilities: list[list[float]], gold: list[int]) -> Result:
    """The run as if its first test texts had these probabilities and labels."""
    names, test = ran.model.labels.names, ran.splits.test.take(range(len(gold)))
    labels = [names[each] if each >= 0 else "chess" for each in gold]
    width = len(names)
    rows = [[*row, *[0.0] * (width - len(row))] for row in probabilities]
    splits = replace(ran.splits, test=replace(test, labels=labels))
    return replace(
        ran, splits=splits, gold=np.array(gold, int), probabilities=np.array(rows).reshape(-1, width)
    )


def test_the_surest_mistake_comes_first_and_the_closest_call_is_the_first_unsure_one(ran: Result) -> None:
    chances = [[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.51, 0.49], [0.6, 0.4]]
    those = mistakes(found(ran, chances, [1, 0, 1, 0, -1]))
    assert those.sure.tolist() == [0, 1, 4]
    assert those.unsure.tolist() == [3, 4, 1, 2, 0]


def test_each_pair_that_is_confused_has_texts_the_most_frequent_pair_first(ran: Result) -> None:
    chances = [[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.4, 0.6]]
    those = mistakes(found(ran, chances, [1, 0, 0, 0]))
    assert [places.tolist() for places in those.confused] == [[2, 1, 3], [0]]


def test_a_row_has_the_text_with_its_labels_and_their_probabilities(ran: Result) -> None:
    result = found(ran, [[0.9, 0.1], [0.2, 0.8]], [1, -1])
    names = result.model.labels.names
    assert row_of(result, 0) == {
        "gold": names[1],
        "predicted": names[0],
        "probability": 0.9,
        "gold_probability": 0.1,
        "row": result.splits.test.rows[0],
        "text": " ".join(result.splits.test.texts[0].split()),
        "cut": False,
    }
    assert row_of(result, 1)["gold_probability"] is None


def test_a_run_without_test_texts_has_nothing_to_read(ran: Result) -> None:
    told = shown(found(ran, [], []))
    assert told == {"format": 1, "sure": [], "unsure": [], "confused": [], "words": {}}


def test_the_words_of_a_text_worth_reading_have_their_share_of_the_log_odds(ran: Result) -> None:
    told = shown(ran)
    for row in (*told["sure"], *told["unsure"], *(row for rows in told["confused"] for row in rows)):
        assert "".join(piece for piece, _ in row["pieces"]) == row["text"]
        found = ran.model.explain([row["text"]], row["predicted"], "leave-one-out")[0]
        drops = [drop for _, drop in row["pieces"] if drop is not None]
        assert drops == pytest.approx(found.weights.tolist(), abs=1e-4)


@pytest.mark.parametrize("text", ["one", "?!", "", "word " * 81])
def test_texts_of_too_few_words_or_too_many_are_not_taken_apart(ran: Result, text: str) -> None:
    row = {**row_of(ran, 0), "text": text}
    take_apart(ran, [row])
    assert row["pieces"] == []


WORDS = ["oil price", "oil fund", "oil bank", "goal match", "goal team", "goal cup"]


def test_the_words_of_a_class_are_those_its_texts_have_and_others_do_not(ran: Result) -> None:
    result = found(ran, [[0.9, 0.1]] * 9 + [[0.1, 0.9]] * 9, [0] * 18)
    test = replace(result.splits.test, texts=[*WORDS[:3] * 3, *WORDS[3:] * 3])
    typical = typical_words(replace(result, splits=replace(result.splits, test=test)))
    names = ran.model.labels.names
    assert typical["texts"] == 18
    assert [(each["name"], each["texts"]) for each in typical["classes"]] == [(name, 9) for name in names[:2]]
    oil, goal = (each["words"] for each in typical["classes"])
    assert (oil[0][0], oil[0][2], goal[0][0]) == ("oil", 9, "goal")
    assert oil[0][1] > 1.96


def test_a_run_folder_keeps_what_the_page_shows(ran: Result) -> None:
    assert ran.folder is not None
    assert json.loads((ran.folder / "report.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(shown(ran))
    )


def test_texts_with_several_labels_are_shown_for_the_label_that_is_farthest_off(tmp_path: Path) -> None:
    data = Headlines(train_size=80, valid_size=20, test_size=20, multi_label=True)
    result = run(replace(EXPERIMENT, data=data), tmp_path / "run")
    names = result.model.labels.names
    chances = np.full((3, len(names)), 0.02)
    chances[:, :2] = [[0.9, 0.2], [0.4, 0.3], [0.1, 0.45]]
    gold = np.zeros(chances.shape, bool)
    gold[0, 1] = True
    decision = replace(result.model.decision, thresholds=(0.5,) * len(names))
    model: Any = result.model
    those = replace(
        result,
        gold=gold,
        probabilities=chances,
        splits=replace(result.splits, test=result.splits.test.take(range(3))),
        model=replace(model, settings=replace(model.settings, decision=decision)),
    )
    assert mistakes(those).sure.tolist() == [0]
    assert mistakes(those).unsure.tolist() == [2, 1, 0]
    row = row_of(those, 0)
    assert (row["label"], row["probability"], row["predicted"]) == (names[0], 0.9, names[0])
    assert row_of(those, 2)["label"] == names[1]
    row["text"], of_label = (
        "one banker two",
        those.model.explain(["one banker two"], names[0], "leave-one-out"),
    )
    row["cut"] = False
    take_apart(those, [row])
    drops = [drop for _, drop in row["pieces"] if drop is not None]
    assert drops == pytest.approx(of_label[0].weights.tolist(), abs=1e-4)
