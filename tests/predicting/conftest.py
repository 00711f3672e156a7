"""A file of texts, a model that answers them, and what a folder of answers has in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Predicted, predict_files

WORDS = ["the coach praises the goalkeeper", "the minister\nmeets the senate", "a chip, a laser", ""]
READING = {"text": ("text",), "header": True, "quoted": True}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """200 texts, some with line breaks and some blank."""
    path = tmp_path / "a.csv"
    rows = "".join(f'{row},"{WORDS[row % 4]} {row if row % 4 < 3 else ""}"\n' for row in range(200))
    path.write_text(f"id,text\n{rows}", encoding="utf-8")
    return path


@pytest.fixture
def predict(trained: Path, texts: Path, tmp_path: Path) -> Callable[..., Predicted]:
    """Answer them in small shards, in this process unless an engine is given."""

    def predicted(output: str = "new", **changes: Any) -> Predicted:
        given = {"shard_bytes": 800, "reading": READING, "input": texts, "run": trained, **changes}
        return predict_files(given.pop("run"), given.pop("input"), tmp_path / output, **given)

    return predicted


def rows_of(found: Predicted) -> list[dict[str, Any]]:
    """The answers of all parts of JSON Lines."""
    lines = [line for part in found.parts for line in part.read_text(encoding="utf-8").splitlines()]
    return list(map(json.loads, lines))


@pytest.fixture
def rows() -> Callable[[Predicted], list[dict[str, Any]]]:
    return rows_of


def bytes_of(found: Predicted) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in found.parts}


@pytest.fixture
def content() -> Callable[[Predicted], dict[str, bytes]]:
    return bytes_of
