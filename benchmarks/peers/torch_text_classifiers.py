"""torchTextClassifiers 2, as in its tutorial: word pieces, the mean of their vectors, Lightning's loop."""

from __future__ import annotations

import csv
import json
import logging
import random
import sys
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from pytorch_lightning import seed_everything  # type: ignore[import-not-found]
from pytorch_lightning.loggers import CSVLogger  # type: ignore[import-not-found]
from torchTextClassifiers import (  # type: ignore[import-not-found]
    ModelConfig,
    TrainingConfig,
    torchTextClassifiers,
)
from torchTextClassifiers.tokenizers import WordPieceTokenizer  # type: ignore[import-not-found]

from benchmarks.peers.protocol import Peer, main

VALID_FRACTION = 0.1  # of the training texts, drawn at random: they stop its training
PREDICTED_AT_ONCE = 512  # its `predict` makes one batch of all that it is given


class TorchTextClassifiers(Peer):
    """Settings: vocab_size, max_tokens, embedding_dim, and some of its TrainingConfig. One call is all."""

    packages = ("torchtextclassifiers", "pytorch-lightning", "tokenizers", "transformers", "torch", "numpy")

    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        warnings.filterwarnings("ignore")
        for name in ("torchTextClassifiers", "pytorch_lightning"):
            logging.getLogger(name).setLevel(logging.ERROR)
        seed_everything(self.seed, workers=True, verbose=False)
        settings = self.settings
        tokenizer = WordPieceTokenizer(settings["vocab_size"], output_dim=settings["max_tokens"])
        tokenizer.train(list(texts))
        self.classes = sorted(set(labels))
        model = ModelConfig(embedding_dim=settings["embedding_dim"], num_classes=len(self.classes))
        self.classifier = torchTextClassifiers(tokenizer=tokenizer, model_config=model)
        rows = random.Random(self.seed).sample(range(documents), documents)
        held_out = int(documents * VALID_FRACTION)
        self.texts = np.array(texts[:documents])
        self.gold = np.array([self.classes.index(label) for label in labels[:documents]])
        self.valid, self.train = np.split(np.array(rows), [held_out])

    def epoch(self) -> int:
        names = ("num_epochs", "batch_size", "lr", "patience_early_stopping")
        train, valid = ((self.texts[rows], self.gold[rows]) for rows in (self.train, self.valid))
        with tempfile.TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
            logger = CSVLogger(folder)
            config = TrainingConfig(
                **{name: self.settings[name] for name in names},
                raw_labels=False,
                raw_categorical_inputs=False,
                accelerator="cpu",
                num_workers=0,
                save_path=str(Path(folder) / "model"),
                trainer_params={"enable_progress_bar": False, "default_root_dir": folder, "logger": logger},
            )
            self.classifier.train(*train, config, *valid)
            with (Path(logger.log_dir) / "metrics.csv").open(encoding="utf-8", newline="") as file:
                epochs = 1 + max(int(row["epoch"]) for row in csv.DictReader(file) if row["epoch"])
        return len(self.train) * epochs

    def predict(self, texts: Sequence[str]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(texts), PREDICTED_AT_ONCE):
            some = np.array(texts[start : start + PREDICTED_AT_ONCE])
            told = self.classifier.predict(some, raw_categorical_inputs=False)["prediction"]
            found += [self.classes[int(place)] for place in told[:, 0]]
        return found

    def save(self, folder: Path) -> None:
        with redirect_stdout(sys.stderr):
            self.classifier.save(folder)
        (folder / "classes.json").write_text(json.dumps(self.classes), encoding="utf-8")

    def load(self, folder: Path) -> None:
        self.classes = json.loads((folder / "classes.json").read_text(encoding="utf-8"))
        self.classifier = torchTextClassifiers.load(folder, device="cpu")


if __name__ == "__main__":
    main(TorchTextClassifiers)
