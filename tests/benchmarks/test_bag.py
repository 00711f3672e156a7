from __future__ import annotations

import tomllib
from typing import Any

import pytest

from benchmarks import bag


def test_a_ratio_is_the_median_of_the_rounds_with_the_lowest_and_the_highest() -> None:
    rounds: list[bag.Rates] = [
        {(1, 10): (90_000.0, 0.9, 60_000.0, 0.8)},
        {(1, 10): (80_000.0, 0.88, 80_000.0, 0.82)},
        {(1, 10): (70_000.0, 0.86, 35_000.0, 0.84)},
    ]
    row = "| words | 10 | 80,000 | 60,000 | 1.50 (1.00-2.00) | 0.8800 | 0.8200 |"
    assert bag.table(rounds)[-1] == row


def test_both_train_each_size_for_as_many_epochs_with_as_many_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, Any, int]] = []

    def told(interpreter: str, peer: str, settings: Any, epochs: int) -> list[dict[str, Any]]:
        asked.append((peer, settings, epochs))
        epoch = {"event": "epoch", "documents": 300, "seconds": 0.5, "accuracy": 0.75}
        return [{"event": "prepared"}, epoch, epoch, {"event": "end", "later_rate": 400.0}][-4:]

    monkeypatch.setattr(bag, "events", told)
    monkeypatch.setattr(bag, "python", lambda name, folder: name)
    assert bag.measure(512, 2) == dict.fromkeys(bag.SHAPES, (600.0, 0.75, 400.0, 0.75))
    for (max_n, size), ours, theirs in zip(bag.SHAPES, asked[::2], asked[1::2], strict=True):
        assert ours[0::2] == ("nlpkit_run", bag.EPOCHS)
        assert ours[1]["tokenizer"]["max_n"] == theirs[1]["wordNgrams"] == max_n
        assert ours[1]["encoder"]["embedding"]["size"] == theirs[1]["dim"] == size
        assert (ours[1]["trainer"]["batch_size"], ours[1]["trainer"]["workers"]) == (512, 2)
        assert (theirs[0], theirs[1]["epoch"], theirs[1]["thread"]) == ("fasttext_supervised", bag.EPOCHS, 2)


def test_ours_are_the_settings_of_the_example_for_its_own_size() -> None:
    text = (bag.FOLDER.parent / "examples" / "agnews_bigrams.toml").read_text(encoding="utf-8")
    written = tomllib.loads(text)
    settings = bag.ours(2, 64, 1024, 1)
    assert settings["encoder"] == written["encoder"]
    assert settings["trainer"] == {**written["trainer"], "workers": 1}
    assert settings["tokenizer"] == written["tokenizer"]
