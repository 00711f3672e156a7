"""The texts that are measured on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nlpkit.data.datasets import AgNews, Split
from nlpkit.data.headlines import Headlines


@dataclass(frozen=True)
class Corpus:
    """Training and test texts with class ids."""

    name: str
    texts: list[str]
    labels: list[int]
    test_texts: list[str]
    test_labels: list[int]


def sample() -> Corpus:
    """The AG News files of NLPKIT_DATA_DIR (or ../shared/data); headlines where there are none."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    os.environ.setdefault("NLPKIT_DATA_DIR", str(beside))
    os.environ.setdefault("NLPKIT_OFFLINE", "1")
    data = AgNews(split=Split(valid_fraction=0.0, test_fraction=0.0), fallback=Headlines(train_size=16_000))
    splits = data.build()()
    names = sorted(set(splits.train.labels))
    return Corpus(
        name="headlines (AG News was not at hand)" if splits.substitute else "AG News",
        texts=list(splits.train.texts),
        labels=[names.index(label) for label in splits.train.labels],
        test_texts=list(splits.test.texts),
        test_labels=[names.index(label) for label in splits.test.labels],
    )
