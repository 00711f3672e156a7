"""Texts without a label, and sets of labels, in each form that predictions have."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import DecisionConfig, Model, load

TEXTS = ["the minister", "the coach praises the goalkeeper"]


def with_decision(trained: Path, folder: Path, **changes: Any) -> Path:
    """The trained model with another decision."""
    model = load(trained)
    assert isinstance(model, Model)
    settings = replace(model.settings, decision=replace(model.decision, **changes))
    folder.mkdir()
    replace(model, settings=settings).write(folder)
    return folder


@pytest.fixture
def abstaining(trained: Path, tmp_path: Path) -> tuple[Path, list[str | None]]:
    """A model that is sure enough of the first text alone, and its labels."""
    found = load(trained).probabilities(TEXTS)
    first, second = found.max(axis=1).tolist()
    assert first > second
    asked = DecisionConfig(accuracy=0.9)
    folder = with_decision(trained, tmp_path / "abstaining", levels=((first + second) / 2,), asked=asked)
    return folder, [load(trained).predict(TEXTS)[0], None]


@pytest.fixture
def with_sets(trained: Path, tmp_path: Path) -> tuple[Path, list[list[str]]]:
    """A model whose sets have all labels, and those of two texts, the likeliest first."""
    folder = with_decision(trained, tmp_path / "sets", set_level=0.0, asked=DecisionConfig(coverage=0.9))
    found, names = load(trained).probabilities(TEXTS), load(trained).labels.names
    return folder, [[names[id] for id in ids] for ids in (-found).argsort(axis=1).tolist()]


def written(nlpkit: Callable[..., Any], model: Path, output: str) -> None:
    Path("in.txt").write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    assert nlpkit("predict", model, "--input", "in.txt", "--output", output).code == 0


def test_an_abstained_text_has_no_label_in_any_form(
    abstaining: tuple[Path, list[str | None]], nlpkit: Callable[..., Any]
) -> None:
    model, labels = abstaining
    said = nlpkit("predict", model, *TEXTS)
    assert said.out.split("\n")[:2] == [labels[0], "(abstained)"]
    assert said.err == (
        "note: 1 text of 2 without a label, of which the model is not sure enough (accuracy = 0.9)\n"
    )
    assert nlpkit("predict", model, "--input", "-", stdin="\n".join(TEXTS).encode()).out == said.out
    lines = [json.loads(line) for line in nlpkit("predict", model, *TEXTS, "--json").out.splitlines()]
    assert [line["label"] for line in lines] == labels
    assert all(len(line["probabilities"]) == 4 for line in lines)
    for name, delimiter in (("new.csv", ","), ("new.tsv", "\t")):
        written(nlpkit, model, name)
        with Path(name).open(encoding="utf-8", newline="") as file:
            assert [row["label"] for row in csv.DictReader(file, delimiter=delimiter)] == [labels[0], ""]
    written(nlpkit, model, "new.jsonl")
    lines = [json.loads(line) for line in Path("new.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["label"] for line in lines] == labels


def test_a_set_of_labels_is_a_json_list_in_any_form(
    with_sets: tuple[Path, list[list[str]]], nlpkit: Callable[..., Any]
) -> None:
    model, sets = with_sets
    said = nlpkit("predict", model, *TEXTS)
    assert said.err == "label\tlabels\n"
    shown = [line.split("\t") for line in said.out.splitlines()]
    assert [(label, json.loads(each)) for label, each in shown] == [(each[0], each) for each in sets]
    lines = [json.loads(line) for line in nlpkit("predict", model, *TEXTS, "--json").out.splitlines()]
    assert [line["labels"] for line in lines] == sets
    assert list(lines[0]) == ["row", "label", "labels", "probabilities"]
    for name, delimiter in (("new.csv", ","), ("new.tsv", "\t")):
        written(nlpkit, model, name)
        with Path(name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=delimiter))
        assert [json.loads(row["labels"]) for row in rows] == sets
        assert list(rows[0]) == ["row", "label", "labels", "note"]


def test_parquet_has_nulls_and_lists(
    abstaining: tuple[Path, list[str | None]],
    with_sets: tuple[Path, list[list[str]]],
    nlpkit: Callable[..., Any],
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    written(nlpkit, abstaining[0], "one.parquet")
    assert parquet.read_table("one.parquet")["label"].to_pylist() == abstaining[1]
    written(nlpkit, with_sets[0], "two.parquet")
    assert parquet.read_table("two.parquet")["labels"].to_pylist() == with_sets[1]


def test_a_column_that_is_kept_cannot_have_the_name_of_the_sets(
    with_sets: tuple[Path, list[list[str]]], abstaining: tuple[Path, Any], nlpkit: Callable[..., Any]
) -> None:
    Path("in.csv").write_text("text,labels\nthe coach,x\n", encoding="utf-8")
    given = ("--input", "in.csv", "--text", "text", "--keep", "labels", "--json")
    said = nlpkit("predict", with_sets[0], *given)
    assert (said.code, "the output has a 'labels' of its own" in said.err) == (2, True)
    assert json.loads(nlpkit("predict", abstaining[0], *given).out)["labels"] == "x"


def test_scores_of_a_file_say_how_many_texts_get_a_label(
    abstaining: tuple[Path, list[str | None]], trained: Path, nlpkit: Callable[..., Any]
) -> None:
    labels = load(trained).predict(TEXTS)
    with Path("new.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *zip(TEXTS, labels, strict=True)])
    scored = json.loads(nlpkit("evaluate", abstaining[0], "new.csv", "--json").out)
    assert scored["accuracy"] == 1.0
    assert scored["decision"]["kind"] == "accuracy"
    assert (scored["decision"]["test"]["answered"], scored["decision"]["test"]["accuracy"]) == (0.5, 1.0)
    assert "50.0% of 2 texts get a label, accuracy 1.0000" in nlpkit("evaluate", abstaining[0], "new.csv").out


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["decision.precision=2"], "decision.precision: 2.0 is not a number from 0.01 to 0.9999"),
        (["decision.precison=0.9"], "decision.precison: no such setting; did you mean precision?"),
        (["decision=precision"], "decision: 'precision' is not a table"),
        (
            ["decision.precision=0.9", "decision.coverage=0.9"],
            "decision.coverage: is given beside precision: a text without a label would still have a set",
        ),
    ],
)
def test_what_is_typed_wrong_gets_a_sentence(
    settings: list[str], said: str, nlpkit: Callable[..., Any]
) -> None:
    Path("x.toml").write_text('data = "headlines"\nencoder = "lstm"\n', encoding="utf-8")
    given = [each for setting in settings for each in ("--set", setting)]
    found = nlpkit("check", "x.toml", *given)
    assert (found.code, said in found.err) == (2, True), found.err
