"""fastText (Joulin et al., 2017)."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fasttext  # type: ignore[import-not-found]

from benchmarks.peers.protocol import Peer, main

PREFIX = "__label__"
_SYMBOL = re.compile(r"([^\w\s])")


def normalized(text: str) -> str:
    """Lower case, with white space around symbols: what its authors advise before training."""
    return " ".join(_SYMBOL.sub(r" \1 ", text.lower()).split())


class FastTextSupervised(Peer):
    """Settings: those of `train_supervised`. All epochs are one call of it."""

    packages = ("fasttext-wheel", "numpy")

    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.file = str(Path(self.folder.name) / "train.txt")
        names = [PREFIX + label.replace(" ", "_") for label in labels[:documents]]
        with Path(self.file).open("w", encoding="utf-8") as file:
            for name, text in zip(names, texts[:documents], strict=True):
                file.write(f"{name} {normalized(text)}\n")
        self.documents = documents
        self.labels = dict(zip(names, labels[:documents], strict=True))

    def epoch(self) -> int:
        started = time.perf_counter()
        self.model = self._trained(self.settings["epoch"])
        self.seconds = time.perf_counter() - started
        return self.documents * int(self.settings["epoch"])

    def _trained(self, epochs: int) -> Any:
        settings = {**self.settings, "epoch": epochs}
        return fasttext.train_supervised(self.file, seed=self.seed, verbose=0, **settings)

    def more(self) -> dict[str, Any]:
        """The rate of epochs alone: one epoch takes as long as the rest, once the words are counted."""
        started = time.perf_counter()
        self._trained(1)
        others = self.seconds - (time.perf_counter() - started)
        epochs = int(self.settings["epoch"]) - 1
        if epochs < 1 or others <= 0:
            return {}
        each = others / epochs
        return {"later_rate": self.documents / each, "before_epochs": self.seconds - each * (epochs + 1)}

    def predict(self, texts: Sequence[str]) -> list[str]:
        found, _ = self.model.predict([normalized(text) for text in texts])
        return [self.labels.get(names[0], names[0]) if names else "" for names in found]

    def save(self, folder: Path) -> None:
        self.model.save_model(str(folder / "model.bin"))

    def load(self, folder: Path) -> None:
        fasttext.FastText.eprint = lambda *_: None  # a warning about its own interface
        self.model = fasttext.load_model(str(folder / "model.bin"))
        names = self.model.get_labels()
        self.labels = {name: name.removeprefix(PREFIX).replace("_", " ") for name in names}


if __name__ == "__main__":
    main(FastTextSupervised)
