"""Every format, from training to prediction: a model reads new data as its training data was read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROWS = [(f"the kettle number {row} hums", "good") for row in range(20)]
ROWS += [(f"an oven number {row} leaks", "bad") for row in range(20)]
TEXTS, LABELS = zip(*ROWS, strict=True)
EXPERIMENT = """
collator = "offsetify"
encoder = "embedding_mean"
[trainer]
type = "standard"
epochs = 4
batch_size = 8
learning_rate = 0.1
[data]
train = "train"
type = """


def in_folders() -> None:
    for row, (text, label) in enumerate(ROWS):
        Path("train", label).mkdir(parents=True, exist_ok=True)
        Path("train", label, f"{row:02}.txt").write_text(text, encoding="utf-8")


def in_class_files() -> None:
    Path("train").mkdir()
    for label in set(LABELS):
        texts = "\n".join(text for text, own in ROWS if own == label)
        Path("train", f"all.{label}").write_text(texts, encoding="utf-8")


def in_lines(line: str) -> Callable[[], None]:
    def write() -> None:
        lines = [line.format(text=text, label=label) for text, label in ROWS]
        Path("train").write_text("\n".join(lines), encoding="utf-8")
        Path("labels").write_text("\n".join(LABELS), encoding="utf-8")

    return write


def in_json() -> None:
    rows = [{"body": text, "topic": label} for text, label in ROWS]
    Path("train").write_text(json.dumps({"all": {"rows": rows}, "more": [{}]}), encoding="utf-8")


def in_parquet() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra arrow is not installed")
    table = pytest.importorskip("pyarrow").table({"body": TEXTS, "topic": LABELS})
    parquet.write_table(table, "train")


def in_arrow() -> None:
    feather = pytest.importorskip("pyarrow.feather", reason="the extra arrow is not installed")
    feather.write_feather(pytest.importorskip("pyarrow").table({"text": TEXTS, "label": LABELS}), "train")


@pytest.mark.parametrize(
    ("write", "data", "options"),
    [
        pytest.param(in_folders, '"folders"', [], id="folders"),
        pytest.param(in_class_files, '"class_files"', [], id="class_files"),
        pytest.param(in_lines("{text}"), '"txt"\ntrain_labels = "labels"', ["--labels", "labels"], id="txt"),
        pytest.param(in_lines("{label}\t{text}"), '"label_text"', [], id="label_text"),
        pytest.param(in_json, '"json"\ntext = "body"\nlabel = "topic"\nrecords = "all.rows"', [], id="json"),
        pytest.param(in_parquet, '"parquet"\ntext = "body"\nlabel = "topic"', [], id="parquet"),
        pytest.param(in_arrow, '"arrow"', [], id="arrow"),
    ],
)
def test_a_model_reads_new_data_as_it_read_the_training_data(
    write: Callable[[], None], data: str, options: list[str], nlpkit: Callable[..., Any]
) -> None:
    write()
    Path("a.toml").write_text(EXPERIMENT + data, encoding="utf-8")
    assert nlpkit("run", "a.toml", "--folder", "run").code == 0

    code, out, err = nlpkit("evaluate", "run", "train", *options, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["texts"] == 40
    assert json.loads(out)["scores"]["accuracy"] == 1.0

    code, out, err = nlpkit("predict", "run", "--input", "train")
    assert (code, err) == (0, "")
    assert sorted(out.split()) == sorted(LABELS)


def test_a_folder_of_texts_is_answered_in_the_order_of_its_paths(
    trained: Path, model: Any, nlpkit: Callable[..., Any]
) -> None:
    texts = {"new/a/2.txt": "the coach\npraises", "new/b.txt": "a chip", "new/a/10.txt": "the senate"}
    for name, text in texts.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")

    code, out, _ = nlpkit("predict", trained, "--input", "new", "--format", "folders")
    assert (code, out.splitlines()) == (0, model.predict([texts[name] for name in sorted(texts)]))
    code, _, err = nlpkit("predict", trained, "--input", "new")
    assert (code, err) == (
        3,
        "error: new: this is a folder, not a file\n"
        '  name a file in it, or set type = "folders" (--format "folders") or type = "class_files" '
        '(--format "class_files")\n',
    )


def test_labels_in_a_file_of_their_own_are_for_txt_files(trained: Path, nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_text("text,label\nthe coach,Sports\n", encoding="utf-8")
    Path("a.txt").write_text("the coach\na chip\n", encoding="utf-8")
    Path("labels").write_text("Sports\nSci/Tech\n", encoding="utf-8")

    assert nlpkit("evaluate", trained, "a.txt", "--labels", "labels").code == 0
    code, _, err = nlpkit("evaluate", trained, "a.csv", "--labels", "labels")
    assert (code, err) == (
        2,
        "error: a.csv: csv files have labels of their own\n"
        '  leave the file of labels out, or set type = "txt" (--format "txt")\n',
    )
    code, _, err = nlpkit("evaluate", trained, "a.txt")
    assert (code, err) == (
        2,
        "error: a.txt: a txt file has no labels\n"
        '  name the file that has them, line by line: train_labels = "FILE" (--labels "FILE"); '
        "or use another format\n",
    )
