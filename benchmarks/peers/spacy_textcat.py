"""spaCy: a blank English pipeline with `textcat`, the bag-of-words model its quickstart gives for the CPU."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import spacy  # type: ignore[import-not-found]
from spacy.training import Example  # type: ignore[import-not-found]
from spacy.util import fix_random_seed, minibatch  # type: ignore[import-not-found]

from benchmarks.peers.protocol import Peer, main


class SpacyTextcat(Peer):
    """Settings: ngram_size, batch_size."""

    packages = ("spacy", "thinc", "numpy")

    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        fix_random_seed(self.seed)
        self.random = random.Random(self.seed)
        self.nlp = spacy.blank("en")
        architecture = {
            "@architectures": "spacy.TextCatBOW.v3",
            "exclusive_classes": True,
            "ngram_size": self.settings["ngram_size"],
            "no_output_layer": False,
        }
        self.nlp.add_pipe("textcat", config={"model": architecture})
        classes = sorted(set(labels))
        self.examples = [
            Example.from_dict(
                self.nlp.make_doc(text), {"cats": {each: float(each == label) for each in classes}}
            )
            for text, label in zip(texts[:documents], labels[:documents], strict=True)
        ]
        self.optimizer = self.nlp.initialize(lambda: self.examples)

    def epoch(self) -> int:
        self.random.shuffle(self.examples)
        for batch in minibatch(self.examples, self.settings["batch_size"]):
            self.nlp.update(batch, sgd=self.optimizer)
        return len(self.examples)

    def predict(self, texts: Sequence[str]) -> list[str]:
        docs = self.nlp.pipe(texts, batch_size=512)
        return [max(doc.cats, key=doc.cats.__getitem__) for doc in docs]

    def save(self, folder: Path) -> None:
        self.nlp.to_disk(folder / "pipeline")

    def load(self, folder: Path) -> None:
        self.nlp = spacy.load(folder / "pipeline")


if __name__ == "__main__":
    main(SpacyTextcat)
