from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlpkit import (
    ConfigError,
    Csv,
    DataError,
    Embedding,
    EmbeddingMean,
    Experiment,
    Headlines,
    Linear,
    Member,
    Offsetify,
    Split,
    Standard,
    Tfidf,
    compare,
    run,
)
from nlpkit.runs.past import past_run
from tests.runs.quick import EXPERIMENT


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs on the same texts; better and worse differ by the epochs."""
    folder = tmp_path_factory.mktemp("runs")
    larger = EmbeddingMean(embedding=Embedding(size=8))
    run(EXPERIMENT, folder / "small")
    run(replace(EXPERIMENT, encoder=larger), folder / "large")
    run(replace(EXPERIMENT, seed=7), folder / "other-seed")
    return folder


@pytest.fixture
def copied(runs: Path, tmp_path: Path) -> Path:
    """Two of them, to be changed."""
    for name in ("small", "large"):
        shutil.copytree(runs / name, tmp_path / name)
    return tmp_path


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(*folders: Path) -> str:
    with pytest.raises(DataError) as caught:
        compare(folders)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_runs_are_sorted_by_validation_accuracy_and_held_against_the_first(runs: Path) -> None:
    found = compare([runs / name for name in ("small", "large", "other-seed")])
    valid = [each.valid_accuracy or 0.0 for each in found.runs]
    assert valid == sorted(valid, reverse=True)
    first, *others = found.runs
    for other, pair in zip(others, found.pairs, strict=True):
        assert pair.difference == pytest.approx(other.scored["accuracy"] - first.scored["accuracy"])
        assert pair.better == int((other.right & ~first.right).sum())
        assert pair.worse == int((first.right & ~other.right).sum())
    table = found.table()
    assert [each["run"] for each in table["runs"]] == list(found.names)
    assert table["runs"][0]["scores"] == first.scored["scores"]
    assert table["runs"][0]["intervals"] == first.scored["intervals"]
    assert json.loads(json.dumps(table, allow_nan=False)) == table


def test_what_was_changed_is_told(runs: Path) -> None:
    found = compare([runs / "small", runs / "other-seed"]).table()
    (pair,) = found["pairs"]
    assert {key: set(values) for key, values in pair["settings"].items()} == {"seed": {7, 13}}
    assert (pair["files"], pair["versions"]) == ({}, {})
    (pair,) = compare([runs / "small", runs / "large"]).table()["pairs"]
    assert {key: set(values) for key, values in pair["settings"].items()} == {
        "encoder.embedding.size": {4, 8}
    }


def test_the_rows_on_which_runs_disagree_are_those_with_other_predictions(runs: Path) -> None:
    found = compare([runs / "small", runs / "large"])
    one, two = (each.predicted for each in found.runs)
    expected = [place for place in range(len(one)) if one[place] != two[place]]
    assert found.disagreements == expected
    assert expected
    shown = found.table(1)["disagreements"]
    place = expected[0]
    assert shown["rows"] == len(expected)
    assert shown["first"] == [[f"{place + 1}", found.runs[0].gold[place], one[place], two[place]]]


def test_the_repr_is_a_table(runs: Path) -> None:
    lines = repr(compare([runs / "small", runs / "large"])).splitlines()
    assert lines[0] == "2 runs on the same 20 test texts, sorted by validation accuracy"
    assert max(map(len, lines)) <= 80


def test_names_are_as_much_of_the_path_as_tells_them_apart(copied: Path) -> None:
    shutil.copytree(copied / "small", copied / "again" / "small")
    found = compare([copied / "small", copied / "again" / "small"])
    assert sorted(found.names) == sorted([f"{copied.name}/small", "again/small"])
    assert found.pairs[0].difference == 0
    assert "they give every test text the same label" in repr(found)


def test_runs_without_validation_scores_come_last(copied: Path) -> None:
    scored = json.loads((copied / "small" / "scores.json").read_text(encoding="utf-8"))
    (copied / "small" / "scores.json").write_text(json.dumps({**scored, "best_valid": {}}), encoding="utf-8")
    found = compare([copied / "small", copied / "large"])
    assert found.names == ("large", "small")
    assert "1 run has no validation scores and comes last" in found.notes


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ([], "0 runs are given, and two to 100 can be compared"),
        (["a"], "1 run is given, and two to 100 can be compared"),
        (["a", "b", "a"], "a: this run is named twice"),
        ("ab", "a list of run folders is expected, not one folder"),
    ],
)
def test_too_few_runs_are_refused(folders: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        compare(folders)


def test_other_test_rows_are_refused_by_what_differs(copied: Path) -> None:
    small, large = copied / "small", copied / "large"
    head = f"{large}: not scored on the same rows as {small}: "
    gold = past_run(large).gold[0]
    other = next(name for name in past_run(large).gold if name != gold)
    content = (large / "predictions.csv").read_text(encoding="utf-8")
    scores = (large / "scores.json").read_text(encoding="utf-8")
    last = content.splitlines()[-1]

    changed(large / "predictions.csv", f"\n{last}", "")
    changed(large / "scores.json", '"texts": 20', '"texts": 19')
    right = past_like(large)
    changed(large / "scores.json", f'  "accuracy": {json.loads(scores)["accuracy"]},\n  "maj', right)
    assert refusal(small, large) == f"{head}19 test rows are here, and 20 there"

    (large / "scores.json").write_text(scores, encoding="utf-8")
    (large / "predictions.csv").write_text(content.replace("\n1,", "\n999,"), encoding="utf-8")
    assert refusal(small, large) == f"{head}test text 1 is of row 999 here, and of row 1 there"

    rows = content.splitlines()
    wrong = next(line for line in rows[1:] if line.split(",")[1] == gold != line.split(",")[2])
    row, _, predicted, *_ = wrong.split(",")
    other = next(name for name in set(past_run(small).gold) if name not in (gold, predicted))
    text = content.replace(f"\n{row},{gold},", f"\n{row},{other},")
    (large / "predictions.csv").write_text(text, encoding="utf-8")
    assert refusal(small, large) == f"{head}row {row} has the label {other!r} here, and {gold!r} there"

    (large / "predictions.csv").write_text(content, encoding="utf-8")
    digest = json.loads((large / "manifest.json").read_text(encoding="utf-8"))["data"]["test_sha256"]
    changed(large / "manifest.json", digest, "0" * 64)
    assert refusal(small, large) == f"{head}the texts of these rows are others"


def past_like(folder: Path) -> str:
    """The line of scores.json that suits the predictions as they are now."""
    lines = (folder / "predictions.csv").read_text(encoding="utf-8").splitlines()[1:]
    right = np.mean([line.split(",")[1] == line.split(",")[2] for line in lines])
    return f'  "accuracy": {float(right)!r},\n  "maj'


def test_other_texts_of_the_same_labels_and_rows_are_refused(runs: Path, tmp_path: Path) -> None:
    assert isinstance(EXPERIMENT.data, Headlines)
    run(replace(EXPERIMENT, data=replace(EXPERIMENT.data, seed=5)), tmp_path / "others")
    assert refusal(runs / "small", tmp_path / "others").startswith(f"{tmp_path / 'others'}: not scored on")


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


NONE = "a run folder is expected, which nlpkit run writes"
DAMAGED = "is damaged, or not from nlpkit run"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove("scores.json"), f"there is no scores.json here: {NONE}"),
        (remove("predictions.csv"), f"there is no predictions.csv here: {NONE}"),
        (remove("experiment.toml"), f"there is no experiment.toml here: {NONE}"),
        (shutil.rmtree, f"there is no such folder: {NONE}"),
        (write("scores.json", "{"), f"scores.json {DAMAGED}: this is not JSON with each key once"),
        (write("scores.json", "[]"), f"scores.json {DAMAGED}: it is no table"),
        (write("scores.json", "{}"), f"scores.json {DAMAGED}: it has no 'texts'"),
        (
            write("scores.json", '{"scores": {"a": "b"}, "best_valid": {}, "texts": 1}'),
            f"scores.json {DAMAGED}: 'b' is not a number",
        ),
        (
            write(
                "scores.json", '{"scores": {}, "best_valid": {}, "texts": 1, "intervals": {"a": ["0", 1]}}'
            ),
            f"scores.json {DAMAGED}: '0' is not a number",
        ),
        (write("manifest.json", "{}"), f"manifest.json {DAMAGED}: it has no 'data'"),
        (
            write("experiment.toml", "seed ="),
            f"experiment.toml {DAMAGED}: Invalid value (at end of document)",
        ),
        (
            write("predictions.csv", "a,b\n"),
            f"predictions.csv {DAMAGED}: its columns do not begin with row, gold, predicted",
        ),
        (
            write("predictions.csv", "row,gold,predicted\n1,a\n"),
            f"predictions.csv {DAMAGED}: line 2 has too few cells, or too many",
        ),
        (
            write("predictions.csv", "row,gold,predicted\n1,World,World\n"),
            f"predictions.csv {DAMAGED}: its rows are not those that scores.json is of",
        ),
    ],
)
def test_a_damaged_or_foreign_folder_is_refused_in_one_line(
    copied: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(copied / "large")
    assert refusal(copied / "small", copied / "large") == f"{copied / 'large'}: {message}"


def test_groups_are_written_and_drawn_together(tmp_path: Path) -> None:
    rows = [f"{word} day {i},{word},g{i // 4}\n" for i in range(40) for word in ("good", "bad")]
    (tmp_path / "a.csv").write_text("text,label,who\n" + "".join(rows), encoding="utf-8")
    data = Csv(train=tmp_path / "a.csv", split=Split(group="who", test_fraction=0.4))
    for seed in (1, 2):
        run(replace(EXPERIMENT, data=data, seed=seed), tmp_path / f"run{seed}")
    head = (tmp_path / "run1" / "predictions.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head == "row,gold,predicted,group,probability:bad,probability:good"
    found = compare([tmp_path / "run1", tmp_path / "run2"])
    assert set(found.runs[0].groups) <= {f"g{i}" for i in range(10)}
    assert found.pairs[0].p is None
    assert "rows of one group are drawn together; McNemar's test is for rows without groups" in found.notes


def test_a_member_is_held_against_its_like_wherever_it_stands(tmp_path: Path) -> None:
    mean = Member(EmbeddingMean(), collator=Offsetify(), trainer=Standard(epochs=1))
    linear = Member(Tfidf(), collator=Offsetify(max_tokens=None), trainer=Linear())
    pool = Experiment(data=EXPERIMENT.data, members=(mean, linear))
    run(pool, tmp_path / "one")
    run(replace(pool, members=(linear, replace(mean, trainer=Standard(epochs=2)))), tmp_path / "two")
    (pair,) = compare([tmp_path / "one", tmp_path / "two"]).table()["pairs"]
    assert {name: sorted(values) for name, values in pair["settings"].items()} == {
        "member[embedding_mean].trainer.epochs": [1, 2]
    }
