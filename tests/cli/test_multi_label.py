from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

NAMES = ("art", "law", "oil")


def write(path: Path, rows: int, seed: int, mark: str = "|") -> None:
    """Texts that name their labels."""
    random = Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "topics"])
        for row in range(rows):
            names = [name for name in NAMES if random.random() < 0.4]
            words = [f"{name}{random.randrange(4)}" for name in names for _ in range(3)]
            writer.writerow([" ".join([*words, "and", f"row{row % 9}"]), mark.join(names)])


@pytest.fixture
def ran(nlpkit: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """The command line beside a run on a file of several labels."""
    write(tmp_path / "x.csv", 300, 1)
    write(tmp_path / "new.csv", 60, 2)
    said = nlpkit("run", "x.csv", "--label", "topics", "--multi-label", "--folder", "r")
    assert said.code == 0, said.err
    return nlpkit


def test_a_file_of_several_labels_is_trained_on_without_settings(ran: Callable[..., Any]) -> None:
    scored = json.loads(Path("r/scores.json").read_text(encoding="utf-8"))
    assert scored["task"] == "multi_label"
    assert scored["scores"]["f1_micro"] > 0.9
    assert [each["name"] for each in scored["classes"]] == list(NAMES)


def test_predict_prints_the_labels_of_each_text_on_a_line(ran: Callable[..., Any]) -> None:
    said = ran("predict", "r", "oil1 oil2 oil3 art1 art2 art3", "and row1", "law1 law2 law3")
    assert said.out == "art|oil\n\nlaw\n"


def test_predict_gives_lists_in_json_and_cells_in_tables(ran: Callable[..., Any]) -> None:
    said = ran("predict", "r", "oil1 oil2 oil3 art1 art2 art3", "and row1", "--json")
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [each["labels"] for each in answers] == [["art", "oil"], []]
    assert list(answers[0]["probabilities"]) == list(NAMES)

    assert ran("predict", "r", "--input", "new.csv", "--output", "out.csv", "--probabilities").code == 0
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["row", "labels", *(f"probability:{name}" for name in NAMES), "note"]
    with Path("new.csv").open(newline="") as file:
        gold = [row["topics"] for row in csv.DictReader(file)]
    same = sum(row["labels"] == cell for row, cell in zip(rows, gold, strict=True))
    assert same > 0.9 * len(gold)


def test_predict_writes_parquet(ran: Callable[..., Any]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert ran("predict", "r", "--input", "new.csv", "--output", "out.parquet").code == 0
    table = parquet.read_table("out.parquet")
    assert table.column_names == ["row", "labels", "note"]
    assert {name for cell in table["labels"].to_pylist() for name in cell.split("|") if name} == set(NAMES)


def test_evaluate_reads_a_file_as_the_training_file_was_read(ran: Callable[..., Any]) -> None:
    said = ran("evaluate", "r", "new.csv", "--json", "--min", "f1_samples=0.5")
    assert said.code == 0, said.err
    assert list(json.loads(said.out)["scores"]) == ["f1_micro", "f1_macro", "log_loss", "f1_samples"]


def test_evaluate_takes_labels_that_stand_apart_in_another_way(ran: Callable[..., Any]) -> None:
    write(Path("semi.csv"), 60, 2, mark=";")
    said = ran("evaluate", "r", "semi.csv", "--label-separator", ";", "--json")
    assert json.loads(said.out)["scores"]["f1_micro"] > 0.9


def test_evaluate_reads_another_format_as_the_training_file_was_read(ran: Callable[..., Any]) -> None:
    with Path("new.csv").open(newline="") as file:
        rows = [{**row, "topics": row["topics"].split("|")} for row in csv.DictReader(file)]
    Path("new.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said = ran("evaluate", "r", "new.jsonl", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["scores"]["f1_micro"] > 0.9


def test_evaluate_refuses_a_file_of_one_label_a_text(ran: Callable[..., Any]) -> None:
    Path("one.csv").write_text("text,topics\n" + "oil1 oil2,oil\nart1 art2,art\n" * 5, encoding="utf-8")
    said = ran("evaluate", "r", "one.csv", "--no-multi-label")
    assert said.code == 2
    assert "the model gives each text any number of labels, and these texts are not read so" in said.err
    assert "read them with multi_label = true (--multi-label)" in said.err


def test_a_metric_of_one_label_is_not_defined(ran: Callable[..., Any]) -> None:
    said = ran("evaluate", "r", "new.csv", "--metric", "cohen_kappa")
    assert "cohen_kappa is not defined here: it is for one label a text" in said.err


def test_a_column_of_several_labels_without_the_setting_says_how_to_set_it(
    nlpkit: Callable[..., Any], tmp_path: Path
) -> None:
    write(tmp_path / "x.csv", 300, 1)
    said = nlpkit("run", "x.csv", "--label", "topics")
    assert said.code == 3
    assert "set multi_label = true (--multi-label) if a text may have several labels, or none" in said.err


def test_init_writes_an_experiment_of_several_labels(nlpkit: Callable[..., Any], tmp_path: Path) -> None:
    write(tmp_path / "x.csv", 300, 1)
    assert nlpkit("init", "x.csv", "--label", "topics", "--multi-label").code == 0
    assert "\nmulti_label = true" in (tmp_path / "x.toml").read_text(encoding="utf-8")
    assert nlpkit("check", "x.toml").code == 0
    said = nlpkit("run", "x.toml", "--folder", "r", "--set", "baseline=false")
    assert said.code == 0, said.err


def test_a_column_for_each_label_is_named_one_by_one(nlpkit: Callable[..., Any], tmp_path: Path) -> None:
    random = Random(3)
    with (tmp_path / "marks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "oil", "art"])
        for row in range(200):
            oil, art = random.random() < 0.5, random.random() < 0.5
            writer.writerow([f"{'oil ' * oil}{'art ' * art}and row{row}", int(oil), int(art)])
    columns = ("--label-columns", "oil", "--label-columns", "art")
    said = nlpkit("run", "marks.csv", "--multi-label", *columns, "--folder", "r")
    assert said.code == 0, said.err
    assert nlpkit("evaluate", "r", "marks.csv").code == 0
    assert nlpkit("predict", "r", "oil art and row5").out == "art|oil\n"
    said = nlpkit("run", "marks.csv", "--label-columns", "oil")
    assert said.code == 2
    assert "label_columns: is for multi_label = true" in said.err
