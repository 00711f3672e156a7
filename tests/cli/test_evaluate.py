from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Dataset, Headlines, Jsonl, Splits, Texts, evaluate, load
from nlpkit.data.reading.layout import CsvLayout
from nlpkit.plugins import loading


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Headlines that the model has not seen."""
    texts = Headlines(train_size=1, valid_size=1, test_size=40, order_fraction=0.0, seed=9).build()().test
    file = tmp_path / "new.jsonl"
    rows = [{"text": text, "topic": label} for text, label in zip(texts.texts, texts.labels, strict=True)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_the_scores_of_a_labelled_file_are_told(
    trained: Path, labelled: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit(
        "evaluate", trained, labelled, "--label", "topic", "--min", "balanced_accuracy=0.5"
    )
    assert (code, err) == (0, "")
    assert out.startswith(
        "scores of 40 texts, with 95 % intervals\n  accuracy           1.0000  [0.9124, 1.0000]\n"
    )
    assert "balanced_accuracy" in out
    assert "confusion matrix" in out
    document = json.loads(
        nlpkit("evaluate", trained, labelled, "--label", "topic", "--metric", "log_loss", "--json").out
    )
    assert list(document["scores"]) == ["log_loss"]
    assert document["texts"] == 40
    assert sum(row["support"] for row in document["classes"]) == 40
    assert document["averages"].keys() == {"macro", "weighted"}
    assert "best_epoch" not in document
    assert document["notes"] == []
    found = evaluate(trained, Jsonl(train=labelled, test=labelled, label="topic"), metrics=["log_loss"])
    assert document["scores"] == found.scores  # which Python says too
    assert document["confusion_matrix"] == found.table["confusion_matrix"]


def test_a_label_that_training_never_saw_is_an_error_and_said(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("a.csv").write_text(
        "text,label\nthe coach,Sports\na pawn,Chess\na rook,Ch\x1bess\n", encoding="utf-8"
    )
    code, out, err = nlpkit("evaluate", trained, "a.csv")
    assert code == 0
    assert (
        "note: 2 rows have a label that training never saw, which counts as an error; "
        "they are left out of log_loss\n" in err
    )
    assert (
        "  labels not seen in training: 'Ch\\x1bess', 'Chess'; the model knows: 'Business', 'Sci/Tech'" in err
    )
    assert "the last 2 classes are labels that training never saw\n" in out
    assert "\n       Chess      0.000     0.000     0.000         1\n" in out
    document = json.loads(nlpkit("evaluate", trained, "a.csv", "--json").out)
    assert [row["name"] for row in document["classes"][4:]] == ["Ch\x1bess", "Chess"]
    assert (document["unseen_labels"], len(document["confusion_matrix"])) == (2, 6)


def test_a_new_label_that_looks_like_a_class_of_the_model_is_noted(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("a.csv").write_text("text,label\nthe coach,Sp\u200borts\nthe senate,World\n", encoding="utf-8")
    said = (
        "labels that differ only in case, spaces, dashes, invisible characters or Unicode form: "
        "'Sports' and 'Sp\\u200borts'; make them one in the file if they mean the same"
    )
    assert f"note: {said}\n" in nlpkit("evaluate", trained, "a.csv").err
    assert said in json.loads(nlpkit("evaluate", trained, "a.csv", "--json").out)["notes"]


def test_the_macro_average_of_the_table_is_the_score_also_where_a_class_has_no_text(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("a.csv").write_text("text,label\nthe coach,Sports\nthe senate,World\n", encoding="utf-8")
    found = nlpkit("evaluate", trained, "a.csv", "--json")
    document = json.loads(found.out)
    assert document["scores"]["f1_macro"] == pytest.approx(document["averages"]["macro"]["f1"])
    count = document["macro_classes"]
    assert count == sum(bool(row["support"] or row["predicted"]) for row in document["classes"])
    assert found.err == (
        f"note: no row has the label 'Business', 'Sci/Tech'; macro averages are over the {count} classes "
        "that are a label or a prediction\n"
    )


def test_labels_of_another_kind_altogether_are_refused(trained: Path, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("text,label\nthe coach,1\nthe senate,2\n", encoding="utf-8")
    assert nlpkit("evaluate", trained, "a.csv") == (
        3,
        "",
        "error: a.csv: none of its labels is a class of the model: '1', '2'\n"
        "  the model knows 'Business', 'Sci/Tech', 'Sports' and 1 more; "
        "is this the right column (--label)?\n",
    )


def test_labels_that_are_probably_mistakes_are_read_where_they_are_meant(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("a.csv").write_text("text,label\nthe coach,Sports\nthe senate,NULL\n", encoding="utf-8")
    found = nlpkit("evaluate", trained, "a.csv")
    assert (found.code, found.err.splitlines()[0]) == (3, "error: a.csv:3: the label is missing")
    code, _, err = nlpkit("evaluate", trained, "a.csv", "--label-type", "string")
    assert code == 0
    assert "labels not seen in training: 'NULL'; the model knows:" in err


def test_a_bar_that_is_not_met_is_exit_code_6(trained: Path, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("text,label\nthe coach,Sports\nthe senate,2\nx,3\n", encoding="utf-8")
    code, out, err = nlpkit("evaluate", trained, "a.csv", "--min", "accuracy=0.5", "--min", "roc_auc=0.6")
    assert code == 6
    assert out
    assert "error: accuracy is 0." in err
    assert err.endswith(", and --min asks for 0.5; roc_auc is not defined, and --min asks for 0.6\n")


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["--metric", "acuracy"], 2, "error: --metric 'acuracy' is not a metric; did you mean accuracy?\n"),
        (
            ["--label", "class"],
            3,
            "error: new.csv:1: the header has no column 'class'\n  known: date, label, text",
        ),
        (["--text", "txet"], 3, "error: new.csv:1: the header has no column 'txet'\n  did you mean text?"),
        (["--format", "txt"], 2, "error: new.csv: a txt file has no labels"),
        (["--label", "7"], 3, "error: new.csv:1: "),
    ],
)
def test_what_does_not_fit_the_file_is_refused(
    line: list[str], code: int, said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("new.csv").write_text("text,label,date\nthe coach,Sports,today\n", encoding="utf-8")
    found = nlpkit("evaluate", trained, "new.csv", *line)
    assert (found.code, found.out) == (code, "")
    assert found.err.startswith(said)


def test_a_missing_file_is_exit_code_3(trained: Path, nlpkit: Callable[..., Any]) -> None:
    code, _, err = nlpkit("evaluate", trained, "gone.csv")
    assert code == 3
    assert err.startswith("error: gone.csv: ")


def test_a_label_column_that_is_not_there_is_told_with_where_its_name_comes_from(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.csv").write_text("text,class\nthe coach,Sports\n", encoding="utf-8")
    assert nlpkit("evaluate", trained, "a.csv").err == (
        "error: a.csv:1: the header has no column 'label'\n"
        "  name the column with --label; known: class, text; where there is no header, name columns by "
        "number: the first is 0\n"
    )
    model = replace(load(trained), layout=CsvLayout(label="topic"))
    monkeypatch.setattr("nlpkit.models.saved.load", lambda folder: model)
    hint = nlpkit("evaluate", trained, "a.csv").err.splitlines()[1].strip()
    assert hint.startswith(
        "the model was trained on the column 'topic': name what this file has instead with "
    )


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_probabilities_that_are_not_numbers_are_no_scores(
    form: tuple[str, ...], overflowing: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("a.csv").write_text("text,label\nthe coach,Sports\n", encoding="utf-8")
    code, out, err = nlpkit("evaluate", overflowing, "a.csv", *form)
    assert (code, out) == (3, "")
    assert err.startswith(f"error: {overflowing}: the model gives probabilities that are not numbers\n")


@pytest.fixture
def dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset of a plugin, which reads a folder of one text a line."""

    @dataclass(frozen=True)
    class Lines(Dataset):
        file: Path
        loud: str = ""

        def build(self) -> Callable[[], Splits]:
            return self.read

        def read(self) -> Splits:
            rows = [line.split(" ", 1) for line in self.file.read_text(encoding="utf-8").split("\n") if line]
            test = Texts([text for _, text in rows], [label for label, _ in rows])
            return Splits(Texts((), ()), Texts((), ()), test, "lines", substitute=self.loud)

    loading.load_plugins()
    found = loading.load([])
    found.registry.add("lines", Lines)
    monkeypatch.setattr(loading, "_told", lambda: found)


def experiment(data: str) -> Path:
    file = Path("other.toml")
    file.write_text(f'encoder = "embedding_mean"\n[data]\n{data}\n', encoding="utf-8")
    return file


def test_the_experiment_of_a_run_gives_the_scores_of_the_run(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, _ = nlpkit("evaluate", trained, trained / "experiment.toml", "--json")
    assert code == 0
    scored = json.loads((trained / "scores.json").read_text(encoding="utf-8"))
    assert json.loads(out)["scores"] == scored["scores"]


@pytest.mark.usefixtures("dataset")
def test_any_dataset_of_an_experiment_is_scored_by_its_test_part(
    trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("lines.txt").write_text("Sports the coach\nChess a pawn\nWorld the election\n", encoding="utf-8")
    file = experiment('type = "lines"\nfile = "lines.txt"\nloud = "another file"')
    code, out, err = nlpkit("evaluate", trained, file)
    assert code == 0
    assert out.startswith("scores of 3 texts, with 95 % intervals\n")
    assert "another file" in err
    assert "labels not seen in training: 'Chess'; the model knows: 'Business'" in err


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "error: other.toml: the test part of the dataset has no rows\n"),
        (
            "Chess a pawn",
            "error: other.toml: none of its labels is a class of the model: 'Chess'\n  the model knows",
        ),
    ],
)
def test_a_dataset_that_cannot_be_scored_is_refused(
    text: str, said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    Path("lines.txt").write_text(text, encoding="utf-8")
    code, out, err = nlpkit("evaluate", trained, experiment('type = "lines"\nfile = "lines.txt"'))
    assert (code, out) == (3, "")
    assert err.startswith(said)


def test_options_of_a_dataset_are_those_of_its_settings(trained: Path, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("body,label\nthe coach,Sports\nthe election,World\n", encoding="utf-8")
    file = experiment('type = "csv"\ntrain = "a.csv"\ntest = "a.csv"')
    assert nlpkit("evaluate", trained, file, "--text", "body").out.startswith(
        "scores of 2 texts, with 95 % intervals\n"
    )
    code, _, err = nlpkit("evaluate", trained, file, "--labels", "labels.txt")
    assert (code, err) == (
        2,
        "error: other.toml: --labels is for a file of texts, and this is an experiment\n",
    )
    code, _, err = nlpkit("evaluate", trained, experiment('type = "csv"\ntrain = "a.csv"\ntest = "b.csv"'))
    assert (code, err.split("\n")[0]) == (3, "error: b.csv: there is no such file")


def test_unknown_tokens_are_noted(trained: Path, nlpkit: Callable[..., Any]) -> None:
    rows = [f"zi za zo ze zu,{label}\n" for label in ("Sports", "World") * 3]
    Path("a.csv").write_text("".join(["text,label\n", *rows]), encoding="utf-8")
    said = "100 % of the tokens are not in the vocabulary, and all are one to the model; "
    assert f"note: {said}" in nlpkit("evaluate", trained, "a.csv").err
    assert any(
        note.startswith(said)
        for note in json.loads(nlpkit("evaluate", trained, "a.csv", "--json").out)["notes"]
    )


def test_the_values_of_a_column_have_scores_of_their_own(
    trained: Path, labelled: Path, nlpkit: Callable[..., Any]
) -> None:
    rows = [json.loads(line) for line in labelled.read_text(encoding="utf-8").split("\n") if line]
    for place, row in enumerate(rows):
        row["country"] = "de" if place % 4 else None
    labelled.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    told = ("evaluate", trained, labelled, "--label", "topic", "--slice", "country")
    out = nlpkit(*told).out
    assert "slices of the test texts" in out
    assert f"\n  country\n    {'de':<20}      30    1.0000  [0.8865, 1.0000]" in out
    document = json.loads(nlpkit(*told, "--json").out)
    assert [(each["name"], each["texts"]) for each in document["slices"][-1]["slices"]] == [
        ("de", 30),
        ("(blank)", 10),
    ]
    assert document["calibration"]["bins"][-1]["texts"] > 0


def test_a_column_of_slices_that_is_not_there_is_refused(
    trained: Path, labelled: Path, nlpkit: Callable[..., Any]
) -> None:
    code, _, err = nlpkit("evaluate", trained, labelled, "--label", "topic", "--slice", "contry")
    assert code == 3
    assert "there is no key 'contry'" in err
