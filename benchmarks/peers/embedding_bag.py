"""Bags of embeddings as the torchtext tutorial on text classification trains them.

Written anew from its description, in plain torch, because torchtext does not load beside a current torch:
a vocabulary from an iterator of tokens, a pipeline from text to ids, a `collate_fn` that makes one flat
tensor and offsets, `nn.EmbeddingBag(size 64)` into a linear layer, SGD with learning rate 5, gradients
clipped to a norm of 0.1, 64 texts a batch; 5 % of the texts are held out, and the learning rate falls to
a tenth when they are no longer classified better.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from benchmarks.notebook import tokenize
from benchmarks.peers.protocol import Peer, main
from benchmarks.peers.torch_file import load_rest, load_weights, save_model

Row = tuple[str, str]  # label, text


class TutorialVocab:
    """Tokens to ids, called with a list of tokens."""

    def __init__(self, tokens: Sequence[str], default: int = 0) -> None:
        self.tokens = list(tokens)
        self.ids = {token: i for i, token in enumerate(tokens)}
        self.default = default

    def __call__(self, tokens: Iterable[str]) -> list[int]:
        return [self.ids.get(token, self.default) for token in tokens]


def build_vocab_from_iterator(rows: Iterator[list[str]], specials: Sequence[str]) -> TutorialVocab:
    """Specials, then all tokens, the most frequent first and ties in string order."""
    counts: Counter[str] = Counter()
    for tokens in rows:
        counts.update(tokens)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return TutorialVocab([*specials, *(token for token, _ in ordered)])


class TutorialModel(nn.Module):
    """The mean of the token vectors and a linear layer."""

    def __init__(self, vocab_size: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, 64, sparse=False)
        self.head = nn.Linear(64, classes)
        for weight in (self.embedding.weight, self.head.weight):
            nn.init.uniform_(weight, -0.5, 0.5)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Tensor, offsets: Tensor) -> Tensor:
        logits: Tensor = self.head(self.embedding(ids, offsets))
        return logits


class EmbeddingBag(Peer):
    """No settings."""

    packages = ("torch",)

    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        torch.manual_seed(self.seed)
        rows = list(zip(labels[:documents], texts[:documents], strict=True))
        random.Random(self.seed).shuffle(rows)
        kept = max(1, int(len(rows) * 0.95))
        self.rows, self.held_out = rows[:kept], rows[kept:]
        vocab = build_vocab_from_iterator((tokenize(text) for text in texts), specials=["<unk>"])
        self._pipelines(vocab, sorted(set(labels)))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=5.0)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, 1, gamma=0.1)
        self.best: float | None = None

    def _pipelines(self, vocab: TutorialVocab, classes: list[str]) -> None:
        self.vocab, self.classes = vocab, classes
        self.text_pipeline: Callable[[str], list[int]] = lambda text: vocab(tokenize(text))
        self.label_pipeline: Callable[[str], int] = lambda label: classes.index(label)
        self.model = TutorialModel(len(vocab.tokens), len(classes))

    def collate_batch(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
        """Labels (B,), ids (N,) and offsets (B,)."""
        labels, ids, offsets = [], [], [0]
        for label, text in rows:
            labels.append(self.label_pipeline(label))
            ids.append(torch.tensor(self.text_pipeline(text), dtype=torch.int64))
            offsets.append(len(ids[-1]))
        return torch.tensor(labels), torch.cat(ids), torch.tensor(offsets[:-1]).cumsum(dim=0)

    def epoch(self) -> int:
        loss_of = nn.CrossEntropyLoss()
        self.model.train()
        for labels, ids, offsets in self._batches(self.rows, shuffle=True):
            self.optimizer.zero_grad()
            loss_of(self.model(ids, offsets), labels).backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 0.1)
            self.optimizer.step()
        found = self.predict([text for _, text in self.held_out])
        right = sum(label == each for (label, _), each in zip(self.held_out, found, strict=True))
        if self.best is not None and right < self.best:
            self.schedule.step()
        else:
            self.best = right
        return len(self.rows)

    def predict(self, texts: Sequence[str]) -> list[str]:
        self.model.eval()
        found: list[int] = []
        rows = [(self.classes[0], text) for text in texts]
        with torch.no_grad():
            for _, ids, offsets in self._batches(rows, shuffle=False):
                found += self.model(ids, offsets).argmax(dim=1).tolist()
        return [self.classes[i] for i in found]

    def _batches(self, rows: Sequence[Row], shuffle: bool) -> Any:
        return DataLoader(rows, batch_size=64, shuffle=shuffle, collate_fn=self.collate_batch)  # type: ignore[arg-type]

    def save(self, folder: Path) -> None:
        save_model(folder, self.model, classes=self.classes, tokens=self.vocab.tokens)

    def load(self, folder: Path) -> None:
        rest = load_rest(folder)
        self._pipelines(TutorialVocab(rest["tokens"]), rest["classes"])
        load_weights(folder, self.model)


if __name__ == "__main__":
    main(EmbeddingBag)
