# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from nlpkit.batch import PaddedBatch
from nlpkit.testing import Outcome, checks_of
from tests.testing.small_encoder import Small

GROWS = "memory does not grow with the number of batches"
ELSEWHERE = "another process gives the same vectors"


def outcome(encoder: Small, promise: str) -> Outcome:
    [check] = [check for check in checks_of(encoder) if check.promise == promise]
    return Outcome.of(check, encoder)


@dataclass(frozen=True)
class KeepsVectors(Small):
    def add(self, module: Any) -> None:
        module.kept = []

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        module.kept.append(found.detach())
        return found


@dataclass(frozen=True)
class KeepsNumpy(KeepsVectors):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = Small.vectors(self, module, batch)
        if not module.training:
            module.kept.append(found.numpy().copy())
        return found


@dataclass(frozen=True)
class KeepsOne(KeepsVectors):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        module.kept.clear()
        return super().vectors(module, batch)


@dataclass(frozen=True)
class KeepsNumbers(KeepsVectors):
    """What each batch was worth, as for a curve."""

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = Small.vectors(self, module, batch)
        module.kept.append(float(found.detach().sum()))
        return found


@pytest.mark.parametrize("encoder", [KeepsVectors(), KeepsNumpy()])
def test_what_keeps_something_of_each_batch_is_told(encoder: Small) -> None:
    found = outcome(encoder, GROWS)
    assert found.state == "broken"
    assert "bytes more are alive after each batch: it keeps something of every forward" in found.reason


@pytest.mark.parametrize("encoder", [Small(), KeepsOne(), KeepsNumbers()])
def test_what_keeps_the_last_batch_or_a_number_does_not_grow(encoder: Small) -> None:
    assert outcome(encoder, GROWS).state == "kept"


@dataclass(frozen=True)
class Initials(Small):
    """A vector for the first letter of each token."""

    def letters(self, tokens: list[str]) -> list[str]:
        return sorted({token[0] for token in tokens})

    def build(self, vocab: Any) -> Any:
        import torch

        module = super().build(vocab)
        letters = self.letters([*vocab.tokens])
        module.letter = torch.nn.Embedding(len(letters) + 1, 4)
        places = [1 + letters.index(token[0]) for token in vocab.tokens]
        others = [0] * (len(vocab) - len(places) - vocab.buckets)
        table = torch.tensor([*others, *places, *[0] * vocab.buckets])
        module.register_buffer("letters", table, persistent=False)
        return module

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        initials = module.letter(module.letters[batch.ids]) * batch.mask().unsqueeze(-1)
        return super().vectors(module, batch) + initials.sum(dim=1)


@dataclass(frozen=True)
class InitialsOfASet(Initials):
    def letters(self, tokens: list[str]) -> list[str]:
        return list({token[0] for token in tokens})


def test_a_table_in_the_order_of_a_set_is_told() -> None:
    found = outcome(InitialsOfASet(), ELSEWHERE)
    assert found.state == "broken"
    assert "as they do where hash() or the order of a set decides; sort what comes from a set" in found.reason


def test_a_table_in_a_sorted_order_is_the_same_in_another_process() -> None:
    assert outcome(Initials(), ELSEWHERE).state == "kept"


def test_what_reads_no_names_of_tokens_needs_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from nlpkit.testing import encoder_memory

    monkeypatch.delattr(encoder_memory, "elsewhere_of")
    assert outcome(Small(), ELSEWHERE).state == "kept"
