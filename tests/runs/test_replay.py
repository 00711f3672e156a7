from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from nlpkit import ConfigError, Csv, Experiment, run
from nlpkit.cli.main import outcome
from nlpkit.runs.replay import NOTHING_RECORDED, replay
from tests.runs.quick import EXPERIMENT
from tests.runs.test_side_by_side import POOL


def changed(path: Path, **values: Any) -> None:
    """Change values of a file of JSON, by their paths with a __ between two keys."""
    table = json.loads(path.read_text(encoding="utf-8"))
    for name, value in values.items():
        *keys, last = name.split("__")
        inside = table
        for key in keys:
            inside = inside[key]
        inside[last] = value
    path.write_text(json.dumps(table), encoding="utf-8")


@pytest.mark.parametrize("experiment", [EXPERIMENT, POOL], ids=["lone", "pool"])
def test_a_run_comes_to_the_same_bits_again(experiment: Experiment, tmp_path: Path) -> None:
    run(experiment, tmp_path / "run")
    found = replay(tmp_path / "run")
    assert (found.same, found.differences, found.reasons) == (True, (), ())
    assert all(seconds > 0 for seconds in found.seconds)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]  # the new one was for the comparison alone


def test_the_new_run_may_be_kept(tmp_path: Path) -> None:
    run(EXPERIMENT, tmp_path / "run")
    assert replay(tmp_path / "run", tmp_path / "again").same
    assert (tmp_path / "again" / "report.html").is_file()


def test_what_differs_is_told_with_what_went_in(tmp_path: Path) -> None:
    texts = tmp_path / "texts.csv"
    rows = [f"good,a fine day {n}\nbad,a poor night {n}\n" for n in range(60)]
    texts.write_text("label,text\n" + "".join(rows), encoding="utf-8")
    run(replace(EXPERIMENT, data=Csv(train=texts, text=("text",), label="label")), tmp_path / "run")
    changed(tmp_path / "run" / "manifest.json", versions__torch="2.0.0", hardware__processor="Abacus")
    texts.write_text(texts.read_text(encoding="utf-8").replace("fine day", "day"), encoding="utf-8")
    found = replay(tmp_path / "run")
    assert not found.same
    assert found.differences[0].startswith("model/weights.safetensors: ")
    [torch, processor, file] = found.reasons
    assert torch.startswith("torch: 2.0.0 was, ")
    assert processor.startswith("processor: Abacus was, ")
    assert file == "texts.csv: its content is another"


def test_how_far_weights_predictions_and_scores_are_apart(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run(EXPERIMENT, folder)
    path = folder / "model" / "weights.safetensors"
    weights = load_file(path)
    name = next(name for name in weights if weights[name].dtype == np.float32)
    weights[name].ravel()[0] += 0.5
    save_file(weights, path)
    lines = (folder / "predictions.csv").read_text(encoding="utf-8").splitlines()
    row, gold, predicted, *rest = lines[1].split(",")
    lines[1] = ",".join([row, gold, "Sports" if predicted != "Sports" else "World", *rest])
    (folder / "predictions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    changed(folder / "scores.json", scores__accuracy=2)
    found = replay(folder)
    numbers = sum(each.size for each in weights.values())
    accuracy = run(EXPERIMENT).scores["accuracy"]
    assert found.differences == (
        f"model/weights.safetensors: 1 of {numbers:,} numbers differ, by 0.5 at the most",
        "predictions.csv: 1 of 20 texts get another label",
        f"accuracy: 2 was, {accuracy} is",
    )
    assert found.reasons == (NOTHING_RECORDED,)


def test_what_is_no_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is not a run folder"):
        replay(tmp_path)
    for content in ("{", "[]", "[" * 100_000):
        (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"manifest\.json: this is not what a run has written"):
            replay(tmp_path)


def test_the_command_line_says_it_with_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(EXPERIMENT, tmp_path / "run")
    assert outcome(["replay", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out.startswith("the same bits: weights, predictions and scores (")
    changed(tmp_path / "run" / "scores.json", accuracy=2)
    assert outcome(["replay", str(tmp_path / "run")]) == 6
    out, err = capsys.readouterr()
    assert out == (
        "what differs\n  scores.json: other numbers than those of the metrics\n\n"
        f"what went in\n  {NOTHING_RECORDED}\n"
    )
    assert err.splitlines()[-1] == f"error: {tmp_path}/run: the run did not come to the same bits"
    assert outcome(["replay", str(tmp_path / "run"), "--json"]) == 6
    found = json.loads(capsys.readouterr().out)
    assert (found["same"], found["differences"]) == (
        False,
        ["scores.json: other numbers than those of the metrics"],
    )
