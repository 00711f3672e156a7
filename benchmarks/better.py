"""Which settings give better accuracy: `python -m benchmarks.better [SET ...]`, of ag_news, sst2 and trec6.

NLPKIT_DATA_DIR (or ../shared/data) has a folder for each. Each run is kept as a line of .bench/better.jsonl
and not made again. Prints a Markdown table for each set.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gains import table
from benchmarks.training import REPOSITORY, Bench, Way
from nlpkit.plugins.loading import load_plugins

RECORDS = REPOSITORY / ".bench" / "better.jsonl"
SEEDS = (13, 14, 15)
LAYOUTS = {
    "ag_news": "header = false\nlabel = 0\ntext = [1, 2]",
    "sst2": 'valid = "{folder}/valid.csv"',
    "trec6": "",
}
PLAIN = (
    "encoder=lstm",
    'tokenizer="unicode"',
    "vocab.min_count=2",
    'trainer={type = "standard", batch_size = 128, epochs = 6, min_steps = 150}',
)
SUBWORDS = "encoder.embedding.char_ngrams=[3, 5]"
LINEAR = (
    'encoder={type = "tfidf", sublinear_tf = true, norm = "l2_apart"}',
    'tokenizer={type = "word_char_ngrams", char_ngrams = [3, 5], pattern = "\\\\w+|[^\\\\w\\\\s]"}',
    'collator={type = "offsetify", max_tokens = "none"}',
    "vocab.min_count=2",
    "trainer=linear",
)
WAYS = (
    Way('an LSTM: `encoder = "lstm"`, `vocab.min_count = 2`, batches of 128, 6 epochs', PLAIN),
    Way(
        "words dropped by type", (*PLAIN, "encoder.embedding.dropout=0", "encoder.embedding.word_dropout=0.5")
    ),
    Way("character n-grams", (*PLAIN, SUBWORDS)),
    Way("a learning rate of their own for word vectors", (*PLAIN, "trainer.embedding_learning_rate=0.03")),
    Way("FGM", (*PLAIN, 'trainer.steps=[{type = "fgm", epsilon = 3}]')),
    Way("label smoothing", (*PLAIN, 'trainer.loss={type = "cross_entropy", label_smoothing = 0.1}')),
    Way("trained again on all texts", (*PLAIN, "refit=true")),
    Way("a linear model of words and characters", LINEAR),
    Way("the same, trained again on all texts", (*LINEAR, "refit=true")),
    Way("what `nlpkit run FILE.csv` chooses", ()),
    Way('the same with `effort = "quick"`', ("effort=quick",)),
    Way('the same with `effort = "best"`', ("effort=best",)),
)


def main() -> None:
    """Measure, and print a table for each set."""
    parent = Path(os.environ.get("NLPKIT_DATA_DIR") or REPOSITORY.parent / "shared" / "data")
    with TemporaryDirectory() as folder:
        for name in sys.argv[1:] or LAYOUTS:
            files = parent / name
            file = Path(folder) / f"{name}.toml"
            layout = LAYOUTS[name].format(folder=files)
            parts = f'train = "{files}/train.csv"\ntest = "{files}/test.csv"'
            file.write_text(f'[data]\ntype = "csv"\n{parts}\n{layout}\n', encoding="utf-8")
            bench = Bench(file, [], RECORDS, load_plugins(), SEEDS)
            plain, *ways = map(bench.measured, WAYS)
            print("\n".join([f"{name}:", "", *table(plain, ways), ""]))


if __name__ == "__main__":
    main()
