"""What word vectors gain: `python -m benchmarks.vectors [VECTORS]`, a file or a name (glove.6B.50d).

NLPKIT_DATA_DIR (or ../shared/data) has the folders ag_news and trec6. Each run is kept as a line of
.bench/vectors.jsonl and not made again. Prints a Markdown table for each of the two.
"""

from __future__ import annotations

import sys

from benchmarks.gains import table
from benchmarks.training import REPOSITORY, Bench, Way, parts
from nlpkit.plugins.loading import load_plugins

RECORDS = REPOSITORY / ".bench" / "vectors.jsonl"
SIZE = 50
DATA = {"trec6_lstm": parts(), "agnews_lstm": ["trainer.workers=1"]}


def ways(vectors: str) -> list[Way]:
    """Random vectors first."""
    started = f'encoder.embedding.vectors="{vectors}"'
    return [
        Way("random"),
        Way("from the file, and trained", (started,)),
        Way("from the file, and frozen", (started, "encoder.embedding.frozen=true")),
    ]


def main() -> None:
    """Measure, and print both tables."""
    vectors = sys.argv[1] if len(sys.argv) > 1 else "glove.6B.50d"
    for name, data in DATA.items():
        settings = [*data, f"encoder.embedding.size={SIZE}"]
        bench = Bench(REPOSITORY / "examples" / f"{name}.toml", settings, RECORDS, load_plugins())
        random, *others = map(bench.measured, ways(vectors))
        print("\n".join([f"{name}:", "", *table(random, others), ""]))


if __name__ == "__main__":
    main()
