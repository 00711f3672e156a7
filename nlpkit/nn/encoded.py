"""What an encoder gives, vectors alone or with losses beside them.

Axes: B texts, D the encoder's output.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class Encoded:
    """One vector a text, float (B, D), and losses of the encoder's own, by name.

    Each loss is one number, a mean over the texts of the batch: training adds it to the loss of the classes.
    An encoder's `forward` returns this in the place of a tensor; predicting ignores the losses.
    """

    vectors: Tensor
    losses: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, loss in self.losses.items():
            if not isinstance(loss, Tensor) or loss.ndim:
                given = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)
                raise ValueError(
                    f"the loss {name!r} of an encoder is {given}, and a tensor of one number is expected: "
                    f"the mean over the texts of the batch"
                )


SIZED = "an nn.Module with a whole number as output_dim"


def is_sized(module: object) -> bool:
    """Whether it is `SIZED`, as encoders and poolings are."""
    return isinstance(module, nn.Module) and isinstance(getattr(module, "output_dim", None), int)


def encoded(output: Tensor | Encoded) -> Encoded:
    """What an encoder's `forward` gave, with its losses, perhaps none."""
    return output if isinstance(output, Encoded) else Encoded(output)
