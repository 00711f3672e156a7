"""Models with fresh weights over a vocabulary of headlines."""

from __future__ import annotations

from typing import Any

import torch

from nlpkit import (
    BasicEnglish,
    Collator,
    Encoder,
    Headlines,
    Labels,
    Model,
    TextConfig,
    Tokenizer,
    VocabConfig,
)
from nlpkit.models.model import ModelSettings
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.scoring.decisions import Decision
from nlpkit.text import index, text_tokenizer

TRAIN = tuple(Headlines(train_size=200, valid_size=20, test_size=60).build()().train.texts)
ODD = ("", " ", "?", "zqxj", "\ud83d", "e\u0301 \ufb01", "one", "Ito " * 300)
TEXTS = [*TRAIN[:60], *ODD]
LABELS = Labels(["art", "oil", "war"])


def model(
    encoder: Encoder,
    collator: Collator,
    tokenizer: Tokenizer | None = None,
    decision: Decision | None = None,
    **settings: Any,
) -> Model:
    """One whose logits are far apart."""
    tokenizer = tokenizer or BasicEnglish()
    text = TextConfig(settings.pop("normalize", "none"))
    _, vocab = index(TRAIN, text_tokenizer(tokenizer, text), VocabConfig(**settings))
    told = ModelSettings(encoder, tokenizer, text, collator, decision or Decision())
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        found = Model.untrained(told, vocab, LABELS)
        for each in found.classifier.parameters():
            each.add_(torch.randn_like(each), alpha=0.3)
    for module in found.classifier.modules():
        if isinstance(module, TokenEmbedding):
            module.weight.data[0] = 0
    found.classifier.eval()
    return found
