"""The corpora that are measured on, as CSV files: `python -m benchmarks.corpora NAME FOLDER` writes one.

Each is a folder with train.csv, test.csv (label, text) and facts.json.
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

Row = tuple[str, str]  # label, text

ZIPF_DOCUMENTS = 120_000
ZIPF_WORDS = 95_000
FRESH_WORDS = 4_000  # new ones in each further copy of the sample


@dataclass(frozen=True)
class Facts:
    """What a corpus is; words are what stands between white space, in lower case."""

    title: str
    documents: int
    test_documents: int
    words: int
    distinct_words: int


def sample() -> tuple[str, list[Row], list[Row]]:
    """The AG News files of NLPKIT_DATA_DIR (or ../shared/data); headlines where there are none."""
    from nlpkit import AgNews, Headlines, Split

    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    os.environ.setdefault("NLPKIT_DATA_DIR", str(beside))
    os.environ.setdefault("NLPKIT_OFFLINE", "1")
    whole = Split(valid_fraction=0.0, test_fraction=0.0)
    headlines = Headlines(train_size=16_000, valid_size=10, test_size=7_600)
    splits = AgNews(split=whole, fallback=headlines).build()()
    title = "headlines (AG News was not at hand)" if splits.substitute else "AG News sample"
    train, test = (list(zip(part.labels, part.texts, strict=True)) for part in (splits.train, splits.test))
    return title, train, test


def zipf_corpus() -> tuple[str, Iterable[Row], list[Row]]:
    """A generated corpus of the size of all of AG News, with texts as long as the sample's."""
    from benchmarks.zipf import Shape, shape_of, zipf_rows

    _, train, test = sample()
    lengths = shape_of([text for _, text in train])
    shape = Shape(ZIPF_DOCUMENTS, len(test), ZIPF_WORDS, lengths.log_mean, lengths.log_deviation)
    rows = zipf_rows(shape, seed=13)
    return "Zipf corpus", rows[:ZIPF_DOCUMENTS], rows[ZIPF_DOCUMENTS:]


def grown(copies: int) -> tuple[str, Iterable[Row], list[Row]]:
    """Copies of the sample, all but the first with fresh words."""
    title, train, test = sample()
    return f"{title} x {copies}", with_fresh_words(train, copies, FRESH_WORDS), test


def with_fresh_words(rows: list[Row], copies: int, fresh: int, seed: int = 13) -> Iterator[Row]:
    """The rows, then copies of them: each text of copy k has one word more, at a random place, which is one
    of `fresh` words that are in copy k alone.
    """
    draw = random.Random(seed)
    yield from rows
    for copy in range(1, copies):
        for label, text in rows:
            words = text.split()
            words.insert(draw.randint(0, len(words)), f"fresh{copy}x{draw.randrange(fresh)}")
            yield label, " ".join(words)


CORPORA: dict[str, Callable[[], tuple[str, Iterable[Row], list[Row]]]] = {
    "sample": sample,
    "zipf": zipf_corpus,
    "grown-10": lambda: grown(10),
    "grown-100": lambda: grown(100),
}


def write(name: str, folder: Path) -> Facts:
    """Write a corpus into a folder; facts.json comes last, so that it says all is there."""
    title, train, test = CORPORA[name]()
    folder.mkdir(parents=True, exist_ok=True)
    documents, words, distinct = write_rows(folder / "train.csv", train)
    write_rows(folder / "test.csv", test)
    facts = Facts(title, documents, len(test), words, distinct)
    (folder / "facts.json").write_text(json.dumps(asdict(facts)), encoding="utf-8")
    return facts


def write_rows(path: Path, rows: Iterable[Row]) -> tuple[int, int, int]:
    """Write a CSV file; the numbers of rows, words and distinct words."""
    seen: set[str] = set()
    documents = words = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "text"])
        for label, text in rows:
            writer.writerow([label, text])
            tokens = text.lower().split()
            seen.update(tokens)
            documents += 1
            words += len(tokens)
    return documents, words, len(seen)


def facts_of(folder: Path) -> Facts:
    """The facts of a corpus on disk."""
    return Facts(**json.loads((folder / "facts.json").read_text(encoding="utf-8")))


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
