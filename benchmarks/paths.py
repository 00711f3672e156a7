"""Each fast path of training beside its plain one: the same experiment, but for one thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from benchmarks.contenders import Contender, Settings, nlpkit_contenders


@dataclass(frozen=True)
class FastPath:
    """What is done fast, and what it is held against."""

    fast: Contender
    plain: Contender

    @property
    def contenders(self) -> tuple[Contender, Contender]:
        return self.fast, self.plain


def fast_paths() -> list[FastPath]:
    """All of them, at the settings of the benchmark's own contenders."""
    ours = {each.name: each for each in nlpkit_contenders()}
    lstm, mean, packed = (ours[f"nlpkit-{name}"] for name in ("lstm", "mean", "packed"))
    adam = {"learning_rate": 1e-2, "optimizer": "adam", "batch_size": 256}
    adam_mean = with_trainer(mean, **adam)
    alone = with_trainer(lstm, workers=1)  # the share of a worker is too small for the own kernel
    one_by_one = {"packed": False, **lstm.settings["encoder"]}
    return [
        pair("own LSTM kernel", "torch's", alone, with_settings(alone, plain=["kernel"])),
        pair("two workers", "one", lstm, alone),
        pair("rows, Adam, LSTM", "dense", lstm, with_trainer(lstm, embedding_updates="dense")),
        pair("rows, Adam, mean", "dense", adam_mean, with_trainer(adam_mean, embedding_updates="dense")),
        pair("rows, Adagrad, mean", "dense", mean, with_trainer(mean, embedding_updates="dense")),
        pair("similar lengths together", "at random", lstm, with_settings(lstm, plain=["order"])),
        pair("at most 40,000 tokens a batch", "no bound", lstm, with_trainer(lstm, max_batch_tokens=None)),
        pair("padded", "packed", with_settings(packed, encoder=one_by_one, collator="padify"), packed),
        pair("batch of 512, 5e-2", "16, 1e-3", lstm, with_trainer(lstm, **LESSON)),
    ]


LESSON: Settings = {
    "max_batch_tokens": None,
    "max_grad_norm": None,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "schedule": "constant",
    "workers": 1,
}


def pair(what: str, against: str, fast: Contender, plain: Contender) -> FastPath:
    """Both under names of their own."""
    return FastPath(named(fast, what, "fast"), named(plain, against, f"plain of {what}"))


def named(contender: Contender, title: str, role: str) -> Contender:
    """A contender of this table alone."""
    name = title if role == "fast" else role
    return replace(contender, name=name, title=title)


def with_settings(contender: Contender, **others: Any) -> Contender:
    """Other settings beside its own."""
    return replace(contender, settings={**contender.settings, **others})


def with_trainer(contender: Contender, **others: Any) -> Contender:
    """Other settings of the trainer; None takes one away."""
    trainer = {**contender.settings["trainer"], **others}
    return with_settings(
        contender, trainer={key: value for key, value in trainer.items() if value is not None}
    )
