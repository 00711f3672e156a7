"""Models of plain torch loops on disk: a state dict and the rest as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn


def save_model(folder: Path, model: nn.Module, **rest: Any) -> None:
    """Write a model's weights and plain data beside them."""
    torch.save(model.state_dict(), folder / "weights.pt")
    (folder / "rest.json").write_text(json.dumps(rest), encoding="utf-8")


def load_rest(folder: Path) -> dict[str, Any]:
    """The plain data."""
    rest: dict[str, Any] = json.loads((folder / "rest.json").read_text(encoding="utf-8"))
    return rest


def load_weights(folder: Path, model: nn.Module) -> None:
    """Read the weights into a model of the same shape."""
    model.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    model.eval()
