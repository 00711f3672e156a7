"""The loop of a first lesson on recurrent networks, as notebooks write it, for comparison.

Re-created from its description: a torch DataLoader that tokenizes, encodes and pads each batch in
`collate_fn`, 16 texts a batch in random order, `nn.Embedding(size 64)` into `nn.LSTM(hidden 32)`, a linear
layer on the last state, `torch.optim.Adam(lr=1e-3)` over all parameters. The tokenizer is basic English as
torchtext 0.18 has it: one regular expression after the other.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

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
    """Lower-case words and punctuation."""
    text = text.lower()
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text.split()


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
    """The notebook's data, model and loop over given texts."""

    def __init__(self, texts: Sequence[str], labels: Sequence[int], packed: bool = False) -> None:
        counts = Counter(token for text in texts for token in tokenize(text))
        self.vocab = {token: i for i, (token, _) in enumerate(counts.most_common(), 2)}
        self.rows = list(zip(labels, texts, strict=True))
        self.model = NotebookModel(len(self.vocab) + 2, len(set(labels)), packed)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def collate(self, rows: list[tuple[int, str]]) -> tuple[Tensor, Tensor, Tensor]:
        """Ids (B, T), lengths (B,) and labels (B,) of some rows."""
        ids = [
            torch.tensor([self.vocab.get(token, 1) for token in tokenize(text)] or [1]) for _, text in rows
        ]
        lengths = torch.tensor([len(row) for row in ids])
        return pad_sequence(ids, batch_first=True), lengths, torch.tensor([label for label, _ in rows])

    def epoch(self) -> float:
        """Train one epoch; the texts a second."""
        loader = DataLoader(self.rows, batch_size=16, shuffle=True, collate_fn=self.collate)
        loss_of = nn.CrossEntropyLoss()
        self.model.train()
        started = time.perf_counter()
        for ids, lengths, labels in loader:
            self.optimizer.zero_grad()
            loss_of(self.model(ids, lengths), labels).backward()
            self.optimizer.step()
        return len(self.rows) / (time.perf_counter() - started)

    def accuracy(self, texts: Sequence[str], labels: Sequence[int]) -> float:
        """The share of texts whose class is found."""
        self.model.eval()
        right = 0
        rows = list(zip(labels, texts, strict=True))
        with torch.no_grad():
            for ids, lengths, gold in DataLoader(rows, batch_size=16, collate_fn=self.collate):
                right += int((self.model(ids, lengths).argmax(dim=1) == gold).sum())
        return right / len(rows)
