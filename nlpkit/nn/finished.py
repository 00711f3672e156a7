"""What modules do once training is over."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import nn


@runtime_checkable
class Finishing(Protocol):
    """A module with something to do once, when training is over and before anything is scored or saved."""

    def finish_training(self) -> None:
        """Put what only training needs into the weights that a model keeps; what it predicts stays."""


def finish_training(model: nn.Module) -> None:
    """Let all modules in it that are `Finishing` do so."""
    for module in list(model.modules()):
        if isinstance(module, Finishing):
            module.finish_training()
