"""docs/training: each page has a plugin that keeps the promises of its kind and does what ships."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from nlpkit import Collator, Offsetify, Padify, PadLength, Registry
from nlpkit.components.kinds import KINDS
from nlpkit.components.losses import Focal
from nlpkit.components.steps import Fgm, RDrop
from nlpkit.scoring.losses import summed_cross_entropy
from nlpkit.testing import outcomes
from nlpkit.testing.step import StepBench
from nlpkit.training.passes import Pass, Passed

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "training"
PAGES = sorted(FOLDER.glob("*.md"))
FILE = re.compile(r'^```python title="(?P<name>[^"]+)"\n(?P<code>.*?)^```', re.MULTILINE | re.DOTALL)
MOST_LINES = 25  # of what does it, without imports and registration
SHIPPED = {"fgm": Fgm(), "r-drop": RDrop()}


def files(page: str) -> dict[str, str]:
    return {
        match["name"]: match["code"] for match in FILE.finditer((FOLDER / f"{page}.md").read_text("utf-8"))
    }


@pytest.fixture
def plugin(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The component that a page writes, registered as its plugin does."""
    written = files(request.param)
    for name, code in written.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = re.split(r"[/.]", next(iter(written)))[0]
    registry = Registry(module)
    importlib.import_module(module).nlpkit_register(registry)
    [entry] = [entry for kind in KINDS for entry in registry.entries(kind)]
    yield entry.settings()
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        del sys.modules[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_does_it_is_short(page: Path) -> None:
    code = next(iter(files(page.stem).values()))
    own = code.split("\n\n\n", 1)[1].split("@hookimpl")[0]  # after the imports
    assert 0 < sum(bool(line.strip()) for line in own.split("\n")) <= MOST_LINES


@pytest.mark.parametrize("plugin", [page.stem for page in PAGES], indirect=True)
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
