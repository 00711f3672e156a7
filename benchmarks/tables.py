"""The tables of RESULTS.md."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks import figures
from benchmarks.contenders import TARGET
from benchmarks.figures import Measure, shown
from benchmarks.paths import fast_paths
from benchmarks.records import Measurements, Record

MB = 1e6
NOTEBOOK = "notebook"
Cells = Callable[[str, Sequence[Record]], list[str]]


def training(found: Measurements, corpus: str) -> list[str]:
    """Rates of training."""
    base = figures.median(found.of(NOTEBOOK, corpus), figures.later_rate)

    def cells(name: str, records: Sequence[Record]) -> list[str]:
        rate = figures.median(records, figures.later_rate)
        times = f"{rate / base:.1f}" if rate and base else "-"
        one_call = found.session.contenders[name]["single_shot"]
        first: Measure = (lambda _: None) if one_call else figures.first_rate
        return [
            shown(records, figures.preparation_seconds, 2),
            shown(records, first),
            shown(records, figures.later_rate),
            shown(records, figures.first_to_later, 2),
            times,
            shown(found.of(name, corpus), figures.padding_factor, 3),
        ]

    heads = [
        "preparation, s",
        "first epoch, docs/s",
        "later epochs, docs/s",
        "first / later, time",
        "times the notebook",
        "padding factor",
    ]
    return table(found, corpus, heads, cells)


def accuracy(found: Measurements, corpus: str) -> list[str]:
    """Accuracy, and how long it takes."""

    def cells(name: str, records: Sequence[Record]) -> list[str]:
        contender = found.session.contenders[name]
        records = [record for record in records if record.round <= contender["full_rounds"]]
        reached = sum(figures.target_seconds(record) is not None for record in records)
        rounds = sum(bool(record.epochs) for record in records)
        return [
            _epochs(contender),
            shown(records, figures.accuracy, 4),
            shown(records, figures.target_seconds, 1)
            + (f", {reached} of {rounds}" if reached < rounds else ""),
            shown(records, figures.target_epoch),
            shown(records, figures.training_seconds, 1),
        ]

    heads = ["epochs", "test accuracy", f"s to {TARGET}", f"epoch of {TARGET}", "s to the last epoch's end"]
    return table(found, corpus, heads, cells)


def memory(found: Measurements, predicted: Measurements | None, corpus: str) -> list[str]:
    """Peak memory and size on disk."""

    def cells(name: str, records: Sequence[Record]) -> list[str]:
        trained = [record for record in records if record.epochs]
        prediction = predicted.of(name, corpus) if predicted else []
        return [
            shown(trained, figures.peak_bytes, 0, MB),
            shown(prediction, figures.peak_bytes, 0, MB),
            shown(trained, figures.model_bytes, 1, MB),
        ]

    heads = ["training, MB", "prediction, MB", "model on disk, MB"]
    return table(found, corpus, heads, cells)


def prediction(found: Measurements, corpus: str) -> list[str]:
    """Rates of prediction and the wait for the first label."""

    def cells(_: str, records: Sequence[Record]) -> list[str]:
        return [
            shown(records, figures.whole_prediction_rate),
            shown(records, figures.prediction_rate),
            shown(records, figures.first_label_seconds, 2),
        ]

    heads = ["whole process, docs/s", "without start-up, docs/s", "s to the first label"]
    return table(found, corpus, heads, cells)


def paths(found: Measurements) -> list[str]:
    """Accuracy of each fast path beside its plain one."""
    rows = []
    for path in fast_paths():
        sides = [found.of(each.name, "sample") for each in path.contenders]
        accuracies = [[value for each in side if (value := figures.accuracy(each))] for side in sides]
        if not all(accuracies):
            continue
        fast, plain = (statistics.fmean(values) for values in accuracies)
        spread = max(max(values) - min(values) for values in accuracies)
        rows.append(
            [
                path.fast.title,
                path.plain.title,
                *(f"{statistics.fmean(v):.4f} ({min(v):.4f}-{max(v):.4f})" for v in accuracies),
                f"{fast - plain:+.4f}",
                "yes" if abs(fast - plain) <= spread else "better" if fast > plain else "NO",
            ]
        )
    heads = ["fast", "plain", "accuracy, fast", "plain", "difference", "inside the spread"]
    return markdown(heads, rows)


def growth(found: Measurements) -> list[str]:
    """Time and memory for each document, corpus by corpus."""
    heads = [
        "contender",
        "documents",
        "trained on",
        "distinct words",
        "preparation, s",
        "µs a document",
        "epoch, s",
        "µs a document",
        "peak memory, MB",
        "KB a document",
    ]
    return markdown(heads, list(_growth_rows(found)))


def _growth_rows(found: Measurements) -> Iterator[list[str]]:
    for name, contender in found.session.contenders.items():
        for corpus, facts in found.session.corpora.items():
            for record in found.of(name, corpus):
                documents = facts["documents"]
                prepared = figures.preparation_seconds(record) or 0.0
                epoch, peak = record.epochs[0], figures.peak_bytes(record) or 0.0
                rate = figures.later_rate(record) or 0.0
                passed = documents if contender["single_shot"] else epoch["documents"]
                yield [
                    contender["title"],
                    f"{documents:,}",
                    f"{passed:,}",
                    f"{facts['distinct_words']:,}",
                    f"{prepared:.1f}",
                    f"{prepared / documents * 1e6:.0f}",
                    f"{passed / rate:.1f}" if rate else "-",
                    f"{1e6 / rate:.0f}" if rate else "-",
                    f"{peak / MB:,.0f}",
                    f"{peak / 1e3 / documents:.1f}",
                ]


def table(found: Measurements, corpus: str, heads: list[str], cells: Cells) -> list[str]:
    """A row for each contender; one that has no figures says why."""
    rows = []
    for name, contender in found.session.contenders.items():
        records = found.of(name, corpus)
        if records:
            rows.append([_title(contender, corpus), *cells(name, records)])
        else:
            rows.append([contender["title"], _why(found, name), *[""] * (len(heads) - 1)])
    return markdown(["contender", *heads], rows)


def _epochs(contender: Mapping[str, Any]) -> str:
    if contender["single_shot"]:
        return "one call"
    stop_at = contender["stop_at"]
    return f"to {stop_at}, at most {contender['epochs']}" if stop_at else str(contender["epochs"])


def _title(contender: Mapping[str, Any], corpus: str) -> str:
    documents = contender["zipf_documents"] if corpus == "zipf" else None
    return f"{contender['title']} ({documents:,} documents)" if documents else contender["title"]


def _why(found: Measurements, name: str) -> str:
    if name in found.session.missing:
        return "not installed"
    failures = [record.failed for record in found.records if record.contender == name and record.failed]
    return "failed" if failures else "not measured"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]], aligned: str = "---:") -> list[str]:
    """A Markdown table, the first column on the left and the others, unless told so, on the right."""
    lines = [heads, ["---", *[aligned] * (len(heads) - 1)], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
