"""The encoder that has been trained before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from nlpkit import Batch, Encoder, PaddedBatch, refuse
from nlpkit_hf.sources import bad_source, missing, source_problems

if TYPE_CHECKING:
    from nlpkit import NlpkitError, Vocab
    from nlpkit_hf.transformer import TransformerEncoder

Pooling = Literal["mean", "first"]


@dataclass(frozen=True)
class Pretrained(Encoder):
    """A transformer such as BERT, with the weights that somebody has trained.

    The tokens have to be pieces of the model's own tokenizer.json; what is none of them is read as its
    unknown piece. The special tokens around a text are added here. A text is read up to the model's longest,
    which is 510 pieces for BERT.

    folder: has config.json, model.safetensors and tokenizer.json
    name: a model on the hub instead, such as distilbert/distilbert-base-uncased
    revision: the commit of it, by its hash, or a tag
    pooling: the text's vector: the mean of all states, or the first one, which is that of [CLS] in BERT
    frozen: keep the weights as they are and train the head alone
    architecture: what a model keeps in the folder's stead, beside the weights; nobody else sets it
    """

    outside = ("folder", "name", "revision")

    folder: Path | None = None
    name: str | None = None
    revision: str | None = None
    pooling: Pooling = "mean"
    frozen: bool = False
    architecture: str = ""

    def __post_init__(self) -> None:
        refuse({} if self.architecture else bad_source(self.folder, self.name, self.revision))

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def problems_here(self) -> Iterator[NlpkitError]:
        """A folder that is not here, files that it lacks, and the missing library."""
        from nlpkit_hf.architecture import FILES, lacking

        yield from missing("transformers")
        if not self.architecture:
            pinned = (self.name or "", self.revision or "")
            yield from source_problems(self.folder, pinned, "model", FILES, lacking)

    def portable(self) -> Self:
        """With the model's configuration, and without the folder or the name."""
        if self.architecture:
            return self
        from nlpkit_hf.architecture import read_architecture

        found = read_architecture(self._folder()).dumps()
        return replace(self, folder=None, name=None, revision=None, architecture=found)

    def build(self, vocab: Vocab) -> TransformerEncoder:
        from nlpkit_hf.architecture import Architecture
        from nlpkit_hf.transformer import from_architecture, from_folder

        if self.architecture:
            architecture = Architecture.loads(self.architecture)
            return from_architecture(architecture, vocab, pooling=self.pooling, frozen=self.frozen)
        return from_folder(self._folder(), vocab, pooling=self.pooling, frozen=self.frozen)

    def _folder(self) -> Path:
        from nlpkit_hf.architecture import FILES
        from nlpkit_hf.sources import snapshot

        if self.folder is not None:
            return self.folder
        return snapshot(self.name or "", self.revision or "", "model", FILES)
