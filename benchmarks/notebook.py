"""The loop of a first lesson on recurrent networks, as notebooks write it, for comparison.

Re-created from its description: a torch DataLoader that tokenizes, encodes and pads each batch in
`collate_fn`, 16 texts a batch in random order, `nn.Embedding(size 64)` into `nn.LSTM(hidden 32)`, a linear
layer on the last state, `torch.optim.Adam(lr=1e-3)` over all parameters. The tokenizer is basic English as
torchtext 0.18 has it: one regular expression after the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

Row = tuple[int, str]

PATTERNS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\'", " '  "),
        (r"\"", ""),
        (r"\.", " . "),
        (r"<br \/>", " "),
        (r",", " , "),
        (r"\(", " ( "),
        (r"\)", " ) "),
        (r"\!", " ! "),
        (r"\?", " ? "),
        (r"\;", " "),
        (r"\:", " "),
        (r"\s+", " "),
    )
]


def tokenize(text: str) -> list[str]:
    """Lower-case words and punctuation.

    >>> tokenize("It's new; really!")
    ['it', "'", 's', 'new', 'really', '!']
    """
    text = text.lower()
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text.split()


def vocabulary(texts: Iterable[str]) -> dict[str, int]:
    """Ids from 2, the most frequent token first; 0 is padding and 1 stands for unknown tokens."""
    counts = Counter(token for text in texts for token in tokenize(text))
    return {token: i for i, (token, _) in enumerate(counts.most_common(), 2)}


class NotebookModel(nn.Module):
    """The lesson's LSTM; `packed` skips padding, otherwise the last state is read at the padded end."""

    def __init__(self, vocab_size: int, classes: int, packed: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 64, padding_idx=0)
        self.lstm = nn.LSTM(64, 32, batch_first=True)
        self.head = nn.Linear(32, classes)
        self.packed = packed

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        if self.packed:
            vectors = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.lstm(vectors)
        logits: Tensor = self.head(hidden[-1])
        return logits


class Notebook:
    """The notebook's model and loop, for a vocabulary and a number of classes."""

    def __init__(self, vocab: dict[str, int], classes: int, packed: bool = False) -> None:
        self.vocab = vocab
        self.model = NotebookModel(len(vocab) + 2, classes, packed)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def collate(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
        """Ids (B, T), lengths (B,) and labels (B,) of some rows."""
        ids = [
            torch.tensor([self.vocab.get(token, 1) for token in tokenize(text)] or [1]) for _, text in rows
        ]
        lengths = torch.tensor([len(row) for row in ids])
        return pad_sequence(ids, batch_first=True), lengths, torch.tensor([label for label, _ in rows])

    def epoch(self, rows: Sequence[Row]) -> int:
        """Train one epoch; the number of texts."""
        loss_of = nn.CrossEntropyLoss()
        self.model.train()
        for ids, lengths, labels in self._batches(rows, shuffle=True):
            self.optimizer.zero_grad()
            loss_of(self.model(ids, lengths), labels).backward()
            self.optimizer.step()
        return len(rows)

    def predict(self, texts: Sequence[str]) -> list[int]:
        """The class id of each text."""
        self.model.eval()
        found: list[int] = []
        with torch.no_grad():
            for ids, lengths, _ in self._batches([(0, text) for text in texts], shuffle=False):
                found += self.model(ids, lengths).argmax(dim=1).tolist()
        return found

    def _batches(self, rows: Sequence[Row], shuffle: bool) -> Any:
        return DataLoader(rows, batch_size=16, shuffle=shuffle, collate_fn=self.collate)  # type: ignore[arg-type]
