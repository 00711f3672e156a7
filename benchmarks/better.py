"""Which settings give better accuracy: `python -m benchmarks.better [SET ...]`, of ag_news, sst2 and trec6.

NLPKIT_DATA_DIR (or ../shared/data) has a folder for each. Each run is kept as a line of .bench/better.jsonl
and not made again. Prints a Markdown table for each set.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from benchmarks.gains import Measured, interval, validation
from benchmarks.tables import markdown
from benchmarks.training import REPOSITORY, Bench, Way
from nlpkit.plugins.loading import load_plugins

HEAD = ["", "validation", "test accuracy", "gain in points", "s a run"]
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
            measured = [bench.measured(way) for way in WAYS]
            print(
                "\n".join(
                    [f"{name}:", "", *markdown(HEAD, [_row(each, measured[0]) for each in measured]), ""]
                )
            )


def _row(way: Measured, plain: Measured) -> list[str]:
    """Means of a way, and what it gains over the first one with the same seeds."""
    gains = [100 * (ours.test - theirs.test) for ours, theirs in zip(way.runs, plain.runs, strict=True)]
    mean, reach = interval(gains)
    of_test = fmean(run.test for run in way.runs)
    gain = "" if way is plain else f"{mean:+.1f} ± {reach:.1f}"
    return [
        way.title,
        f"{validation(way.runs):.4f}",
        f"{of_test:.4f}",
        gain,
        f"{fmean(run.seconds for run in way.runs):.0f}",
    ]


if __name__ == "__main__":
    main()
