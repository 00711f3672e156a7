"""An encoder with a linear head: the whole model that is trained, saved and asked.

Axes: B texts, D the encoder's output, C classes.
"""

from __future__ import annotations

from torch import Tensor, nn

from nlpkit.batch import Batch
from nlpkit.nn.encoded import encoded
from nlpkit.settings.given import callable_with, given


class Classifier(nn.Module):
    """A batch to logits, float (B, C): an encoder and a linear layer over its vectors, float (B, D). D is
    what `encoder.output_dim` says, and C is `classes`.
    """

    def __init__(self, encoder: nn.Module, classes: int) -> None:
        super().__init__()
        callable_with(encoder, 1)
        self.encoder = encoder
        self.head = nn.Linear(int(encoder.output_dim), classes)  # type: ignore[arg-type]

    def forward(self, batch: Batch) -> Tensor:
        return self.with_losses(batch)[0]

    def with_losses(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Logits (B, C), and the losses that the encoder gives beside its vectors: means over the texts."""
        found = encoded(self.encoder(batch))
        vectors: object = found.vectors
        fits = isinstance(vectors, Tensor) and vectors.ndim == 2 and vectors.shape[1] == self.head.in_features
        expected = f"a tensor of one vector of {self.head.in_features} a text"
        logits: Tensor = self.head(given(vectors, fits, expected, self.encoder, "forward"))
        return logits, found.losses
