"""A search that takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Experiment
from nlpkit_optuna import Search, Sweep, sweep

SPACE = {
    "encoder": {"embedding": {"size": {"low": 2, "high": 16}}},
    "trainer": {"learning_rate": {"low": 1e-3, "high": 0.5, "log": True}},
}


@pytest.fixture
def search_in(quick: Callable[..., Experiment], tmp_path: Path) -> Callable[..., Sweep]:
    """Searches with `trials` in a folder of that name, where nothing else is said."""

    def go(
        trials: int = 3,
        folder: str = "sweep",
        experiment: Experiment | None = None,
        space: Any = SPACE,
        tell: Callable[[str], None] = lambda sentence: None,
        **search: Any,
    ) -> Sweep:
        settings = Search(trials=trials, **search)
        return sweep(experiment or quick(), space, tmp_path / folder, settings, tell=tell)

    return go
