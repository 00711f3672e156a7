"""Tables of a run that has everything a page can show, with one value in the place of each text."""

from __future__ import annotations

from typing import Any

from nlpkit.report.tables import RunTables

_RATES = {"precision": 0.75, "recall": 1.0, "f1": 6 / 7}


def scored(text: str, **values: Any) -> dict[str, Any]:
    names = [text, "other"]
    return {
        "texts": 20,
        "scores": {"accuracy": 0.9, text: 0.5, "log_loss": None},
        "intervals": {"accuracy": [0.8, 0.95], text: None},
        "interval_notes": [text],
        "accuracy": 0.9,
        "majority_accuracy": 0.5,
        "unseen_labels": 1,
        "leaked_test_rows": 3,
        "best_epoch": None,
        "best_valid": {"accuracy": 0.8, "log_loss": 0.4},
        "baseline": {
            "model": text,
            "accuracy": 0.85,
            "interval": [0.7, 0.9],
            "above": {"accuracy": 0.05, "interval": [-0.1, 0.2]},
        },
        "classes": [{"name": name, **_RATES, "support": 10, "predicted": 10} for name in names],
        "averages": {"macro": _RATES, "weighted": _RATES},
        "macro_classes": 2,
        "confusion_matrix": [[9, 1], [0, 10]],
        "confusions": [{"gold": text, "predicted": "other", "texts": 1}],
        "members": [{"name": text, "weight": 1.0, "alone": {"accuracy": 0.7}, "without": {"log_loss": 0.5}}],
        "slices": [
            {"by": "length", "unit": "tokens", "slices": [slice_of("1-21", ""), slice_of(text, "worse")]}
        ],
        "calibration": {
            "ece": 0.03,
            "ece_interval": [0.01, 0.05],
            "ece_before": 0.09,
            "mce": 0.2,
            "brier": 0.1,
            "brier_interval": [0.08, 0.12],
            "bins": [bin_of(place) for place in range(15)],
        },
        "seeds": {
            "count": 2,
            "chosen": 14,
            "scores": {"accuracy": {"mean": 0.88, "sd": 0.01, "interval": [0.86, 0.9]}},
            "each": [{"seed": seed, "scores": {"accuracy": 0.88}, "valid": {}} for seed in (13, 14)],
        },
        "decision": {
            "kind": text,
            "asked": text,
            "validation": {text: 0.9},
            "test": {
                "accuracy": 0.8,
                "interval": [0.7, 0.9],
                "precision": {text: 0.9},
                "intervals": {text: [0.8, 0.95]},
                "given": {text: 5},
            },
            "thresholds": {text: 0.5, "other": None},
        },
        **values,
    }


def slice_of(name: str, verdict: str) -> dict[str, Any]:
    numbers = {"texts": 10, "accuracy": 0.8, "interval": [0.6, 0.9], "log_loss": 0.4}
    return {"name": name, **numbers, "verdict": verdict}


def bin_of(place: int) -> dict[str, Any]:
    low, texts = place / 15, max(0, place - 5)
    if not texts:
        return {"low": low, "high": low + 1 / 15, "texts": 0, "confidence": None, "accuracy": None}
    found = {"confidence": low + 0.03, "accuracy": low, "interval": [low - 0.05, low + 0.05]}
    return {"low": low, "high": low + 1 / 15, "texts": texts, **found}


def described(text: str) -> dict[str, Any]:
    return {
        "written": text,
        "seed": 13,
        "data": {
            "source": text,
            "substitute": text,
            "files": [{"name": text, "size": 10, "sha256": text}],
            "facts": {"train_texts": 100, "refit_texts": 110},
        },
        "model": {"encoder": text, "classes": 2, "vocab_size": 9, "parameters": 99},
        "components": {text: dict.fromkeys(("name", "distribution", "version"), text)},
        "warnings": [text],
        "wall_seconds": {"train": 1.0, text: 0.5},
        "versions": {text: text},
        "hardware": {text: text, "cores": 2},
        "cost": {"peak_memory_bytes": 3 << 20, "energy_joules": 12.0},
        "git": {"commit": text, "changed": True},
    }


def epoch(number: int, member: str) -> dict[str, Any]:
    return {
        "member": member,
        "epoch": number,
        "train_loss": 1.0 / number,
        "train_accuracy": 0.5,
        "valid_accuracy": 0.25,
        "valid_log_loss": 1.2,
        "texts_per_second": 1000.0,
        "best": number < 3,
    }


def row(text: str, **values: Any) -> dict[str, Any]:
    labels = {"gold": text, "predicted": text, "probability": 0.9, "gold_probability": None}
    return {"row": 7, **labels, "text": text, "cut": True, **values}


def shown(text: str) -> dict[str, Any]:
    pieces = [[text, 2.0], [text, None], [text, -0.5]]
    return {
        "sure": [row(text, pieces=pieces), row(text, pieces=[])],
        "unsure": [row(text, label=text)],
        "confused": [[row(text, gold_probability=0.1)]],
        "words": {"texts": 20, "classes": [{"name": text, "texts": 9, "words": [[text, 3.1, 5]]}]},
    }


def audited(text: str) -> dict[str, Any]:
    parts = [{"part": "train", "texts": 9, "missing_words": text}]
    near = [{"part": "test", "row": 1, "similarity": 0.97, "text": text}] * 30
    return {"texts": {"train": 9}, "facts": {}, "parts": parts, "near_duplicates": near, "conflicts": []}


def tables(text: str = "plain", **values: Any) -> RunTables:
    """All of it, with `text` wherever a user may have put it."""
    return RunTables(
        scored(text, **values),
        described(text),
        [epoch(number, text) for number in (1, 2, 3)],
        shown(text),
        audited(text),
        f"seed = 13\n# {text}\n",
        4096,
    )
