"""docs/training: each page has a plugin that keeps the promises of its kind, and does what it says."""

from __future__ import annotations

import importlib
import json
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.documented import FOLDER, files_of, module_of, write_files
from nlpkit import (
    Collator,
    Embedding,
    Lstm,
    Offsetify,
    Padify,
    PadLength,
    Ragged,
    Registry,
    ScoredRows,
    Vocab,
)
from nlpkit.components.kinds import KINDS
from nlpkit.components.losses import Focal
from nlpkit.components.steps import Fgm, RDrop
from nlpkit.scoring.losses import summed_cross_entropy
from nlpkit.testing import outcomes
from nlpkit.testing.step import StepBench
from nlpkit.training.passes import Pass, Passed
from tests.warm import command

PAGES = sorted(page.stem for page in FOLDER.glob("*.md") if files_of(page.stem))
COMPONENTS = [page for page in PAGES if "def nlpkit_register(" in "".join(files_of(page).values())]
MOST_LINES = 25  # of what does it, without imports and registration
SHIPPED = {"fgm": Fgm(), "r-drop": RDrop()}
POINT = re.compile(r"^    \[project\.entry-points\..+\n    .+\n", re.MULTILINE)
SMALL = """
metrics = ["accuracy", "log_loss"]
encoder = "embedding_mean"
trainer = { type = "standard", epochs = 12, learning_rate = 0.1 }
data = { type = "csv", train = "train.csv", valid = "valid.csv", test = "test.csv" }
"""
ROWS = [
    ("the cat slept", "animal"),
    ("a red wall", "colour"),
    ("one dog ran", "animal"),
    ("blue paint", "colour"),
]


@pytest.fixture
def plugin(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The component that a page writes, registered as its plugin does."""
    write_files(request.param, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    module = module_of(request.param)
    registry = Registry(module)
    importlib.import_module(module).nlpkit_register(registry)
    [entry] = [entry for kind in KINDS for entry in registry.entries(kind)]
    yield entry.settings()
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        del sys.modules[name]


@pytest.fixture
def nlpkit(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., str]:
    """The command line where the plugin of a page is installed, in a folder with small.toml and its data."""
    page = request.param
    write_files(page, tmp_path)
    [point] = POINT.findall((FOLDER / f"{page}.md").read_text(encoding="utf-8"))
    [(group, names)] = tomllib.loads(textwrap.dedent(point))["project"]["entry-points"].items()
    info = tmp_path / f"{module_of(page)}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {module_of(page)}\nVersion: 1.0\n", encoding="utf-8")
    points = [f"[{group}]", *(f"{name} = {module}" for name, module in names.items()), ""]
    (info / "entry_points.txt").write_text("\n".join(points), encoding="utf-8")
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    for part, rows in {"train": ROWS * 5, "valid": ROWS, "test": ROWS}.items():
        write_rows(tmp_path / f"{part}.csv", rows)

    def call(*arguments: str) -> str:
        ran = command(tmp_path, *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    return call


def write_rows(path: Path, rows: list[tuple[str, str]]) -> None:
    path.write_text("".join(f"{row[0]},{row[1]}\n" for row in [("text", "label"), *rows]), encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_what_does_it_is_short(page: str) -> None:
    code = next(iter(files_of(page).values()))
    own = code.split("\n\n\n", 1)[1].split("@hookimpl")[0]  # after the imports
    assert 0 < sum(bool(line.strip()) for line in own.split("\n")) <= MOST_LINES


@pytest.mark.parametrize("plugin", COMPONENTS, indirect=True)
def test_it_keeps_what_its_kind_promises(plugin: Any) -> None:
    assert [each for each in outcomes(plugin) if each.state == "broken"] == []


@pytest.mark.parametrize(
    "collator", [Padify(), Offsetify(), PadLength()], ids=lambda each: type(each).__name__
)
@pytest.mark.parametrize(("plugin", "ours"), SHIPPED.items(), indirect=["plugin"], ids=list(SHIPPED))
def test_a_step_does_what_the_one_that_ships_does(plugin: Any, ours: Any, collator: Collator) -> None:
    losses = []
    for step in (plugin, ours):
        bench = StepBench(step)
        losses.append(bench.step(*bench.batch(collator)).passed.loss)
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize("plugin", ["focal-loss"], indirect=True)
def test_the_focal_loss_is_the_one_that_ships(plugin: Any) -> None:
    logits, labels = torch.tensor([[0.3, -1.0], [2.0, 0.1]]), torch.tensor([1, 0])
    for weights in (None, torch.tensor([0.5, 3.0])):
        one, other = plugin.build(weights)(logits, labels), Focal().build(weights)(logits, labels)
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("plugin", ["mixup"], indirect=True)
def test_mixup_of_a_text_with_itself_is_its_own_loss(plugin: Any) -> None:
    bench = StepBench(plugin)
    model, loss = bench.model(), summed_cross_entropy()

    def inside(batch: Any, labels: Any) -> Passed:
        return Passed(loss(model(batch), labels), model(batch))

    batch, labels = bench.batch(Padify(), slice(1))
    found = plugin.build()(Pass(model, loss, inside), batch, labels)
    torch.testing.assert_close(found.loss, loss(model(batch), labels))


@pytest.mark.parametrize("plugin", ["calibration"], indirect=True)
def test_the_calibration_error_is_the_one_worked_out_by_hand(plugin: Any) -> None:
    surest = np.array([0.9, 0.8, 0.6, 0.55])  # two bins of 0.2: 0.8 is in the one below
    rows = ScoredRows(
        gold=np.array([0, 0, 1, 0]),
        probabilities=np.stack([surest, 1 - surest], axis=1),
        predicted=np.zeros(4, np.int64),
        classes=["a", "b"],
    )
    gaps = [abs(1 - 0.9), abs(1 - 0.8), abs(0 - 0.6 + 1 - 0.55)]
    assert replace(plugin, bins=5).build()(rows) == pytest.approx(sum(gaps) / 4)


@pytest.mark.parametrize("nlpkit", ["calibration"], indirect=True)
def test_the_calibration_error_stands_in_the_table_of_scores(
    nlpkit: Callable[..., str], tmp_path: Path
) -> None:
    said = nlpkit(
        "run", "small.toml", "--folder", "run", "--set", 'metrics=["accuracy", "calibration_error"]'
    )
    kept = json.loads((tmp_path / "run" / "scores.json").read_text(encoding="utf-8"))["scores"]
    assert kept["accuracy"] == 1
    assert 0 < kept["calibration_error"] < 0.5
    assert re.search(rf"^  calibration_error +{kept['calibration_error']:.4f}  \[", said, re.MULTILINE)
    scored = nlpkit("evaluate", "run", "test.csv", "--metric", "calibration_error", "--json")
    assert json.loads(scored)["scores"] == {"calibration_error": pytest.approx(kept["calibration_error"])}


@pytest.mark.parametrize("plugin", ["statistics-pooling"], indirect=True)
def test_statistics_are_those_worked_out_by_hand(plugin: Any) -> None:
    states = torch.tensor([[[1.0, -4.0], [3.0, -2.0], [5.0, 0.0]], [[-5.0, 6.0], [9.0, 9.0], [9.0, 9.0]]])
    mask = torch.tensor([[True, True, True], [True, False, False]])
    pool = plugin.build(2, 0)
    deviation = ((2**2 + 0 + 2**2) / 3) ** 0.5  # of both features
    expected = torch.tensor([[3.0, -2.0, deviation, deviation], [-5.0, 6.0, 1e-6, 1e-6]])
    torch.testing.assert_close(pool(states, mask), expected)
    assert pool.output_dim == 4


@pytest.mark.parametrize("plugin", ["statistics-pooling"], indirect=True)
def test_statistics_stand_beside_another_pooling(plugin: Any) -> None:
    lstm = Lstm(hidden_size=3, bidirectional=True, pooling=("max", plugin), embedding=Embedding(size=2))
    encoder = lstm.build(Vocab(["up", "down"]))
    assert encoder.output_dim == 3 * 6
    vectors = encoder(Padify().build(Vocab(["up", "down"]))(Ragged.from_rows([[2, 3], [2]])))
    vectors.sum().backward()  # a text of one token deviates from nothing
    assert all(bool(each.grad.isfinite().all()) for each in encoder.parameters())


@pytest.mark.parametrize("nlpkit", ["doubts"], indirect=True)
def test_doubts_prints_the_rows_with_the_least_likely_labels(
    nlpkit: Callable[..., str], tmp_path: Path
) -> None:
    write_rows(tmp_path / "valid.csv", [*ROWS, ("a blue wall", "animal")])
    write_rows(tmp_path / "test.csv", [*ROWS, ("the\x07 dog slept", "mammal"), ("red paint", "animal")])
    nlpkit("run", "small.toml", "--folder", "run")
    [line] = nlpkit("doubts", "run", "--count", "1").splitlines()
    assert re.fullmatch(r"5\t0\.\d{3}\t'animal'\t'a blue wall'", line)
    never, wrong, *others = nlpkit("doubts", "run", "--part", "test").splitlines()
    assert never == "5\t0.000\t'mammal'\t'the\\x07 dog slept'"
    assert wrong.startswith("6\t0.")
    assert sorted(other.split("\t")[0] for other in others) == ["1", "2", "3", "4"]
    assert "least likely" in nlpkit("doubts", "--help")
