"""What an encoder promises that says `exports = True`: that a graph of it gives the same vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlpkit.testing.encoder_bench import EncoderBench, Rows, apart, forward, seeded, shake
from nlpkit.testing.promises import Skipped, expect, trying

if TYPE_CHECKING:
    from nlpkit.batch import Batch


def is_exported(bench: EncoderBench) -> None:
    """The graph is traced with one batch and tried on others: texts alone, and of one token."""
    import torch
    from torch import nn

    from nlpkit.models.exporting.export import closed
    from nlpkit.models.exporting.graph import graph_of
    from nlpkit.models.exporting.loader import session
    from nlpkit.nn.classifier import Classifier
    from nlpkit.nn.finished import finish_training

    if (part := closed(bench.component)) is not None:
        said = "does not say that it can be exported, with `exports = True` in its class"
        raise Skipped(f"{type(part).__name__} {said}")
    module = bench.module()
    shake(module, seed=0)
    _without_padding(module)
    finish_training(module)
    with seeded(0):
        classifier = Classifier(module, int(module.output_dim))  # type: ignore[arg-type]
    with torch.no_grad():
        classifier.head.weight.copy_(torch.eye(classifier.head.in_features))
        nn.init.zeros_(classifier.head.bias)
    with trying("tracing it to ONNX"):
        run = session(graph_of(classifier.eval()), threads=1)
    for rows in (bench.rows, bench.rows[:1], [[2]], [[2, 3], [3]]):
        batch = bench.batch(rows)
        with trying("the graph"):
            found = torch.from_numpy(run.run(None, _inputs(rows, len(run.get_inputs()) > 1))[0])
        far = apart(forward(module, batch, "a batch"), found)
        expect(not far, f"vectors differ by up to {far:.3g} in a batch of {_shape(batch)}")


def _without_padding(module: Any) -> None:
    """The vector of the padding id is zero again, as training leaves it."""
    import torch

    from nlpkit.nn.embedding import TokenEmbedding

    with torch.no_grad():
        for each in module.modules():
            if isinstance(each, TokenEmbedding):
                each.weight[0] = 0


def _inputs(rows: Rows, counts: bool) -> dict[str, Any]:
    from nlpkit.models.exporting.loader import TYPES, columns_of, padded
    from nlpkit.testing.samples import ragged

    columns = columns_of(ragged(rows), counts)
    return {name: padded(column, TYPES[name]) for name, column in columns.items()}


def _shape(batch: Batch) -> str:
    return " x ".join(map(str, batch.ids.shape))
