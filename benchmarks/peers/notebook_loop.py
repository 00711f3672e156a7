"""The lesson's notebook loop as a contender."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.notebook import Notebook, vocabulary
from benchmarks.peers.protocol import Peer, main
from benchmarks.peers.torch_file import load_rest, load_weights, save_model


class NotebookLoop(Peer):
    """Setting: packed."""

    packages = ("torch",)

    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        torch.manual_seed(self.seed)
        self.classes = sorted(set(labels))
        self.notebook = Notebook(vocabulary(texts), len(self.classes), self.settings["packed"])
        ids = [self.classes.index(label) for label in labels[:documents]]
        self.rows = list(zip(ids, texts[:documents], strict=True))

    def epoch(self) -> int:
        return self.notebook.epoch(self.rows)

    def predict(self, texts: Sequence[str]) -> list[str]:
        return [self.classes[i] for i in self.notebook.predict(texts)]

    def save(self, folder: Path) -> None:
        save_model(folder, self.notebook.model, classes=self.classes, vocab=self.notebook.vocab)

    def load(self, folder: Path) -> None:
        rest = load_rest(folder)
        self.classes = rest["classes"]
        self.notebook = Notebook(rest["vocab"], len(self.classes), self.settings["packed"])
        load_weights(folder, self.notebook.model)


if __name__ == "__main__":
    main(NotebookLoop)
