"""What a plugin that adds columns to predictions promises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nlpkit.testing.promises import Bench, Promise, expect
from nlpkit.testing.samples import AWKWARD_TEXTS, sample_vocab

if TYPE_CHECKING:
    from nlpkit.models.added import AddedColumns, Cell
    from nlpkit.models.model import Model

CLASSES = ("business", "sports", "world")
TEXTS = [text.encode("utf-8", "replace").decode() for text in AWKWARD_TEXTS]  # no reader gives surrogates


@dataclass
class PredictedBench(Bench):
    """A model that has learned nothing, and what the plugin adds to its predictions."""

    component: Any

    @cached_property
    def model(self) -> Model:
        from nlpkit.components.collators import Padify
        from nlpkit.components.embedding import Embedding
        from nlpkit.components.encoders import EmbeddingMean
        from nlpkit.components.tokenizers import BasicEnglish
        from nlpkit.models.model import Model, ModelSettings
        from nlpkit.nn.modes import drawing
        from nlpkit.text.settings import TextConfig
        from nlpkit.vocab import Labels

        encoder = EmbeddingMean(embedding=Embedding(size=8))
        settings = ModelSettings(encoder, BasicEnglish(), TextConfig(), Padify())
        with drawing(7):
            return Model.untrained(settings, sample_vocab(), Labels(CLASSES))

    @cached_property
    def added(self) -> AddedColumns:
        from nlpkit.models.added import AddedColumns

        return AddedColumns(self.model, [self.component])

    def columns(self, texts: Sequence[str]) -> list[list[Cell]]:
        return self.added(texts, self.model.probabilities(texts, workers=1))


def names_columns_without_texts(bench: PredictedBench) -> None:
    expect(bool(bench.added.names), "there are none")


def gives_values(bench: PredictedBench) -> None:
    """One for each text, which every format can hold; `AddedColumns` refuses any others."""
    for texts in (TEXTS, TEXTS[3:4]):
        bench.columns(texts)


def depends_on_the_text_alone(bench: PredictedBench) -> None:
    """Blocks are of any size."""
    together = bench.columns(TEXTS)
    for place, text in enumerate(TEXTS):
        for name, values, [alone] in zip(bench.added.names, together, bench.columns([text]), strict=True):
            told = f"{name} of the text {text[:60]!a} is {values[place]!r} among others, and alone {alone!r}"
            expect(_same(values[place], alone), told)


def leaves_the_model(bench: PredictedBench) -> None:
    before = bench.model.probabilities(TEXTS, workers=1)
    weights = {name: value.clone() for name, value in bench.model.classifier.state_dict().items()}
    bench.columns(TEXTS)
    for name, value in bench.model.classifier.state_dict().items():
        expect(bool(value.equal(weights[name])), f"{name} is another one")
    after = bench.model.probabilities(TEXTS, workers=1)
    expect(bool((before == after).all()), "its probabilities are other ones")


def _same(one: Cell, other: Cell) -> bool:
    """A model is not exact in the last digits, which depend on the size of a batch."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-6)
    return one == other


PROMISES: tuple[Promise[PredictedBench], ...] = (
    Promise("it names its columns without texts", names_columns_without_texts),
    Promise("a column has one value for each text, which can be written", gives_values),
    Promise("a text has the same values alone and among others", depends_on_the_text_alone),
    Promise("the model is left as it was", leaves_the_model),
)
