"""Any number of labels a text, beside scikit-learn's one-vs-rest: `python -m benchmarks.topics [train rows]`.

Two corpora are made of the news of `corpora.sample`. In `joined` a row is one to three news texts, and its
labels are their classes. In `keywords` a row is one text without twenty frequent words; its labels are its
class and those of the twenty words that were in it, most of which are rare.

Both sides learn from the same rows, and thresholds are tuned, or not, on the same validation rows.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

import nlpkit
from benchmarks.corpora import Row, sample
from nlpkit.data.texts import Texts
from nlpkit.scoring.decisions import MULTI_LABEL, Decision
from nlpkit.scoring.intervals import intervals
from nlpkit.scoring.metric import ScoredRows
from nlpkit.scoring.metrics import scores
from nlpkit.scoring.paired import paired_sets

METRICS = ("f1_micro", "f1_macro")
KEYWORDS = 20
_WORD = re.compile(r"[a-z]{4,}")
Pairs = tuple[list[str], list[set[str]]]
Marks = NDArray[np.bool_]


def joined(rows: Sequence[Row], count: int, seed: int) -> Pairs:
    """One to three texts a row, with their classes."""
    draw = random.Random(seed)
    drawn = [draw.sample(rows, draw.choice((1, 2, 2, 3))) for _ in range(count)]
    return [" ".join(text for _, text in some) for some in drawn], [
        {label for label, _ in some} for some in drawn
    ]


def keywords_of(rows: Sequence[Row]) -> list[str]:
    """Words of 0.4 to 4 % of the texts, spread over this range."""
    counts = Counter(word for _, text in rows for word in set(_WORD.findall(text.lower())))
    fitting = sorted(word for word, count in counts.items() if 0.004 < count / len(rows) < 0.04)
    return random.Random(6).sample(fitting, KEYWORDS)


def keyworded(rows: Sequence[Row], words: Sequence[str]) -> Pairs:
    """Texts without these words, which are labels beside the class."""
    pattern = re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
    sets = [{label, *map(str.lower, pattern.findall(text))} for label, text in rows]
    return [pattern.sub(" ", text) for _, text in rows], sets


def tuned(gold: Marks, margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """The threshold of highest F1 for each label, by scikit-learn's curve."""
    found = []
    for mine, each in zip(gold.T, margins.T, strict=True):
        precision, recall, thresholds = precision_recall_curve(mine, each)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        found.append(thresholds[min(int(f1.argmax()), len(thresholds) - 1)])
    return np.array(found)


def of_scikit_learn(splits: nlpkit.Splits, labels: nlpkit.Labels) -> Iterator[tuple[str, Marks, float]]:
    """Predictions of the test rows, with and without thresholds, and the seconds they took."""
    train, valid, test = splits.train, splits.valid, splits.test
    for estimator in (LogisticRegression(C=10, max_iter=1000), LinearSVC(C=0.5)):
        began = perf_counter()
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        model = OneVsRestClassifier(estimator).fit(words.fit_transform(train.texts), train.gold(labels))
        least = tuned(valid.gold(labels), model.decision_function(words.transform(valid.texts)))
        both = [*train.texts, *valid.texts]
        gold = np.concatenate([train.gold(labels), valid.gold(labels)])
        model = OneVsRestClassifier(estimator).fit(words.fit_transform(both), gold)
        margins = model.decision_function(words.transform(test.texts))
        seconds = perf_counter() - began
        name = type(estimator).__name__
        yield f"scikit-learn {name}", margins > 0, seconds
        yield f"scikit-learn {name}, thresholds tuned", margins >= least, seconds


def of_nlpkit(data: nlpkit.Dataset) -> Iterator[tuple[str, Marks, float]]:
    """The same of a run that chooses, whose thresholds are tuned, and of 0.5."""
    began = perf_counter()
    result = nlpkit.run(replace(nlpkit.default_experiment(data), baseline=False))
    seconds = perf_counter() - began
    names = [each["name"] for each in result.members if each["weight"]] or ["linear"]
    half = Decision("multi_label", result.model.decision.temperature)
    yield f"nlpkit ({', '.join(names)}), thresholds of 0.5", half.labels(result.probabilities), seconds
    yield f"nlpkit ({', '.join(names)})", result.predicted, seconds


def told(name: str, gold: Marks, found: Marks, seconds: float) -> str:
    """A row of the table."""
    rows = ScoredRows(gold, found.astype(float), found, [""] * gold.shape[1], MULTI_LABEL)
    values = scores(METRICS, gold, found.astype(float), MULTI_LABEL).values
    moved = intervals(METRICS, rows)
    cells = [f"{values[each]:.4f} [{moved[each].low:.4f}, {moved[each].high:.4f}]" for each in METRICS]
    return f"| {name} | {' | '.join(cells)} | {seconds:.0f} |"


def measured(name: str, train: Pairs, test: Pairs) -> None:
    data = nlpkit.InMemory(*train, test=test, multi_label=True)
    splits = data.build()()
    labels = nlpkit.Labels.of(splits.train.names)
    gold = Texts.of_sets(*test).gold(labels)[:, : len(labels)]
    print(
        f"\n{name}: {len(splits.train):,} train, {len(splits.valid):,} valid, {len(gold):,} test texts; ",
        end="",
    )
    print(f"{len(labels)} labels, {gold.sum(axis=1).mean():.2f} a text\n")
    print("| | f1_micro | f1_macro | seconds |\n|---|---|---|---:|")
    found: dict[str, Any] = {}
    for who, marks, seconds in (*of_scikit_learn(splits, labels), *of_nlpkit(data)):
        found[who] = marks
        print(told(who, gold, marks, seconds), flush=True)
    ours = list(found)[-1]
    for peer in list(found)[:-1]:
        pair = paired_sets(gold, found[ours], found[peer])
        ends = f"[{pair.interval.low:+.4f}, {pair.interval.high:+.4f}]"
        print(f"{ours} over {peer}: f1_micro {pair.difference:+.4f} {ends}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    title, train, test = sample()
    print(title)
    measured("joined", joined(train, count, 1), joined(test, count // 4, 2))
    words = keywords_of(train)
    measured("keywords", keyworded(train[:count], words), keyworded(test[: count // 2], words))


if __name__ == "__main__":
    main()
