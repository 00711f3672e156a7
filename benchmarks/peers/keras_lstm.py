"""Keras 3 on its torch backend: embedding 64, LSTM 32, `model.fit`."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras  # type: ignore[import-not-found]
import numpy as np

from benchmarks.peers.protocol import Peer, main

# What Keras calls lower_and_strip_punctuation; its TextVectorization layer needs TensorFlow
_STRIPPED = str.maketrans("", "", "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'")


def words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return text.lower().translate(_STRIPPED).split()


class KerasLstm(Peer):
    """Settings: max_tokens, batch_size, learning_rate."""

    packages = ("keras", "torch", "numpy")

    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        keras.utils.set_random_seed(self.seed)
        counts = Counter(word for text in texts for word in words(text))
        self.vocab = {word: i for i, (word, _) in enumerate(counts.most_common(), 2)}
        self.classes = sorted(set(labels))
        self.ids = self._ids(texts[:documents])
        self.gold = np.array([self.classes.index(label) for label in labels[:documents]])
        self.model = keras.Sequential(
            [
                keras.layers.Embedding(len(self.vocab) + 2, 64),
                keras.layers.LSTM(32),
                keras.layers.Dense(len(self.classes)),
            ]
        )
        self.model.compile(
            optimizer=keras.optimizers.Adam(self.settings["learning_rate"]),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )

    def _ids(self, texts: Sequence[str]) -> Any:
        """Int32 (R, max_tokens), padded on the left as `pad_sequences` does by itself."""
        rows = [[self.vocab.get(word, 1) for word in words(text)] for text in texts]
        return keras.utils.pad_sequences(rows, maxlen=self.settings["max_tokens"], truncating="post")

    def epoch(self) -> int:
        self.model.fit(self.ids, self.gold, batch_size=self.settings["batch_size"], verbose=0)
        return len(self.ids)

    def predict(self, texts: Sequence[str]) -> list[str]:
        found = self.model.predict(self._ids(texts), batch_size=512, verbose=0)
        return [self.classes[i] for i in found.argmax(axis=1)]

    def save(self, folder: Path) -> None:
        self.model.save(folder / "model.keras")
        rest = json.dumps({"classes": self.classes, "vocab": self.vocab})
        (folder / "rest.json").write_text(rest, encoding="utf-8")

    def load(self, folder: Path) -> None:
        rest = json.loads((folder / "rest.json").read_text(encoding="utf-8"))
        self.classes, self.vocab = rest["classes"], rest["vocab"]
        self.model = keras.saving.load_model(folder / "model.keras")


if __name__ == "__main__":
    main(KerasLstm)
