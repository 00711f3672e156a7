"""Whether the words that an explanation names are those that decide: python -m benchmarks.explained [SET ...]

Models with the default settings of their parts are trained on each set, trec6 and ag_news. Of each of 300
test texts the three words with the largest weights are deleted, and three words at random: what the log-odds
of the prediction fall by, with 95 % intervals of the means over the texts, and how often another class is
predicted then. Data is taken from NLPKIT_DATA_DIR. Prints a Markdown table.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

import nlpkit
from benchmarks.decided import datasets
from benchmarks.tables import markdown
from nlpkit import EmbeddingMean, Experiment, Lstm, Member, TextModel
from nlpkit.components.kinds import Dataset
from nlpkit.experiment.plan import linear
from nlpkit.models.explanation import METHODS, Explanation, Method, Span
from nlpkit.models.left_out import words_of
from nlpkit.scoring.intervals import mean_interval

SETS = {"trec6": "TREC-6", "ag_news": "AG News"}
TEXTS = 300
DELETED = 3
HEAD = ["", "model", "method", "log-odds, top", "log-odds, random", "more by", "other class, top", "random"]
HEAD += ["largest gap", "ms a text"]

Numbers = NDArray[np.float64]


def models(data: Dataset) -> Iterator[tuple[str, TextModel]]:
    members = {
        "embedding_mean": Member(encoder=EmbeddingMean()),
        "lstm": Member(encoder=Lstm()),
        "tfidf": linear(characters=False),
    }
    for name, some in [
        *((name, (each,)) for name, each in members.items()),
        ("pool", tuple(members.values())),
    ]:
        experiment = Experiment(data=data, members=some, baseline=False)
        yield name, nlpkit.run(experiment, observer=nlpkit.Observer()).model


@dataclass(frozen=True)
class Deleted:
    """What deleting words does: the fall of the log-odds of a label, and whether it is still predicted."""

    falls: Numbers
    changed: Numbers

    @classmethod
    def of(cls, model: TextModel, found: Sequence[Explanation], words: Sequence[Sequence[Span]]) -> Deleted:
        texts = [without(each.text, spans) for each, spans in zip(found, words, strict=True)]
        before, after = (odds(model, some, found) for some in ([each.text for each in found], texts))
        labels = model.decision.labels(model.probabilities(texts)).tolist()
        now = [model.labels.names[label] for label in labels]
        changed = [name != each.label for name, each in zip(now, found, strict=True)]
        return cls(before - after, np.array(changed, np.float64))


def odds(model: TextModel, texts: Sequence[str], found: Sequence[Explanation]) -> Numbers:
    logits = torch.from_numpy(model.logits(texts))
    labels = [model.labels[each.label] for each in found]
    each = [model.decision.log_odds(logits[[row]], label) for row, label in enumerate(labels)]
    return torch.cat(each).clamp(-100, 100).numpy()


def without(text: str, spans: Sequence[Span]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def top(found: Explanation) -> list[Span]:
    """The words with the largest weights for the label."""
    order = (-found.weights).argsort(kind="stable").tolist()
    spans = [span for place in order if (span := found.spans[place]) and words_of(found.text[slice(*span)])]
    return spans[:DELETED]


def drawn(found: Explanation, random: Random) -> list[Span]:
    words = words_of(found.text)
    return random.sample(words, min(DELETED, len(words)))


def shown(values: Numbers) -> str:
    """The mean and its 95 % interval."""
    ends = mean_interval(values)
    return f"{values.mean():.2f} ({ends.low:.2f} to {ends.high:.2f})"


def row(model: TextModel, texts: Sequence[str], method: Method) -> list[str]:
    model.explain(texts[:1], method=method)
    since = time.perf_counter()
    found = model.explain(texts, method=method)
    milliseconds = 1000 * (time.perf_counter() - since) / len(texts)
    random = Random(13)
    best = Deleted.of(model, found, [top(each) for each in found])
    other = Deleted.of(model, found, [drawn(each, random) for each in found])
    gaps = [
        abs(each.gap) / max(1, abs(each.gap + each.weights.sum())) for each in found if each.gap is not None
    ]
    return [
        shown(best.falls),
        shown(other.falls),
        shown(best.falls - other.falls),
        f"{best.changed.mean():.2f}",
        f"{other.changed.mean():.2f}",
        f"{max(gaps):.4f}" if gaps else "",
        f"{milliseconds:.1f}",
    ]


def main(names: Sequence[str]) -> None:
    rows = []
    for name in names or SETS:
        data = datasets()[SETS[name]]
        test = data.build()().test
        texts = [text for text in test.texts if len(words_of(text)) > DELETED][:TEXTS]
        for title, model in models(data):
            for method in METHODS:
                rows.append([SETS[name], title, method, *row(model, texts, method)])
                print(rows[-1], file=sys.stderr)
    print("\n".join(markdown(HEAD, rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
