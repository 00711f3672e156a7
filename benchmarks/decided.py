"""Whether what is asked of labels is kept on texts that nobody has seen: python -m benchmarks.decided

Of each set one linear model is trained, and each decision is chosen on its validation texts. `kept` says
whether the 95 % interval of the test texts reaches what was asked for. Then validation and test texts are
dealt out anew, as many as before, 200 times: `on average` is what came of it, and `kept` how often. `as it
looks` is the lowest level that seems good enough on the validation texts, without any margin. Data is taken
from NLPKIT_DATA_DIR.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import nlpkit
from nlpkit import Csv, DecisionConfig, Experiment, Headlines, Result, ScoredRows, Split
from nlpkit.components.kinds import Dataset
from nlpkit.experiment.plan import linear
from nlpkit.scoring.choices import NEVER
from nlpkit.scoring.decided import decided
from nlpkit.scoring.decisions import Decision
from nlpkit.scoring.intervals import share_interval
from nlpkit.scoring.tuned import tuned

WANTED = 0.95
DRAWS = 200
ASKED = {
    "precision": DecisionConfig(precision=WANTED),
    "accuracy": DecisionConfig(accuracy=WANTED),
    "coverage": DecisionConfig(coverage=WANTED),
}


def datasets() -> dict[str, Dataset]:
    folder = Path(os.environ.get("NLPKIT_DATA_DIR", "../shared/data"))
    ag, trec, sst = folder / "ag_news", folder / "trec6", folder / "sst2"
    news: dict[str, Any] = {"header": False, "label": 0, "text": (1, 2)}
    fifth = Split(valid_fraction=0.2)
    return {
        "AG News": Csv(ag / "train.csv", test=ag / "test.csv", split=fifth, **news),
        "TREC-6": Csv(trec / "train.csv", test=trec / "test.csv", split=fifth),
        "headlines": Headlines(train_size=4000, valid_size=2000, test_size=4000),
        "SST-2": Csv(sst / "train.csv", valid=sst / "valid.csv", test=sst / "test.csv"),
    }


def of_model(data: Dataset, asked: DecisionConfig, *, refit: bool) -> Result:
    member = replace(linear(characters=False), refit=refit)
    return nlpkit.run(
        Experiment(data=data, members=(member,), decision=asked, baseline=False), observer=nlpkit.Observer()
    )


def kept_by(found: dict[str, Any]) -> tuple[list[bool], str]:
    """For each thing that was asked for, whether it is in its interval; and what came of it."""
    test, kind = found["test"], found["kind"]
    if kind == "precision":
        ends = [each for each in test["intervals"].values() if each]
        least = min((each for each in test["precision"].values() if each is not None), default=float("nan"))
        return [
            high >= WANTED for _, high in ends
        ], f"{test['answered']:.3f} answered, least precise class {least:.3f}"
    if kind == "accuracy":
        ends = test["interval"]
        if not ends:
            return [], "none answered"
        return [ends[1] >= WANTED], f"{test['answered']:.3f} answered, accuracy {test['accuracy']:.3f}"
    _, high = test["interval"]
    said = (
        f"coverage {test['coverage']:.3f}, {test['set_size']:.2f} labels a set, {test['single']:.3f} of one"
    )
    return [high >= WANTED], said


def dealt(result: Result) -> Iterator[tuple[ScoredRows, ScoredRows]]:
    """Validation and test rows, dealt out anew."""
    model, valid = result.model, result.splits.valid
    gold = np.append(model.labels.ids(valid.labels), result.gold)
    found = np.concatenate([model.probabilities(valid.texts), result.probabilities])
    rng = np.random.Generator(np.random.PCG64(0))
    for _ in range(DRAWS):
        order = rng.permutation(len(gold))
        parts = order[: len(valid)], order[len(valid) :]
        one, two = (ScoredRows.of(gold[part], found[part], labels=model.labels) for part in parts)
        yield one, two


def as_it_looks(asked: DecisionConfig, rows: ScoredRows) -> Decision:
    """The lowest levels from which on validation rows are as precise as is wanted."""
    sure, right = rows.probabilities.max(axis=1), rows.predicted == rows.gold
    groups = range(len(rows.classes)) if asked.precision else [None]
    levels = []
    for each in groups:
        mine = np.flatnonzero(rows.predicted == each if each is not None else rows.predicted >= 0)
        order = mine[np.argsort(-sure[mine], kind="stable")]
        good = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= WANTED)
        levels.append(float(sure[order][good[-1]]) if len(good) else NEVER)
    return Decision(levels=tuple(levels), asked=asked)


def simulated(result: Result, asked: DecisionConfig, *, margin: bool = True) -> str:
    """How often it is kept, and what comes of it on average."""
    kept, each_share, told = list[bool](), list[bool](), list[list[float]]()
    for valid, test in dealt(result):
        if margin:
            decision = tuned(Decision(), asked, valid.gold, valid.probabilities)
        else:
            decision = as_it_looks(asked, valid)
        found = decided(decision, test)["test"]
        if asked.coverage is not None:
            sets = decision.sets(test.probabilities)
            inside = sets[np.arange(len(test)), np.maximum(test.gold, 0)] & (test.gold >= 0)
            interval = share_interval(inside)
            kept.append(interval.high >= WANTED)
            each_share.append(found["coverage"] >= WANTED)
            told.append([found["coverage"], found["set_size"]])
            continue
        shares = found["precision"].values() if asked.precision else [found["accuracy"]]
        ends = found["intervals"].values() if asked.precision else [found["interval"]]
        kept += [high >= WANTED for _, high in filter(None, ends)]
        each_share += [share >= WANTED for share in shares if share is not None]
        told.append([found["answered"]])
    means = np.mean(told, axis=0)
    if asked.coverage is not None:
        said = f"coverage {means[0]:.4f}, {means[1]:.2f} labels a set"
        return f"{said} | {np.mean(kept):.3f} | {np.mean(each_share):.3f}"
    often = f"{np.mean(kept):.3f} | {np.mean(each_share):.3f}" if kept else "- | -"
    return f"{means[0]:.3f} answered | {often}"


def main() -> None:
    print("| set | asked | trained again | on the test texts | kept |\n|---|---|---|---|---|", flush=True)
    results = {}
    for name, data in datasets().items():
        for kind, asked in ASKED.items():
            for refit in (False, True):
                result = of_model(data, asked, refit=refit)
                kept, said = kept_by(result.scored["decision"])
                shown = f"{sum(kept)} of {len(kept)}" if kept else "-"
                print(f"| {name} | {kind} | {'yes' if refit else 'no'} | {said} | {shown} |", flush=True)
        results[name] = of_model(data, DecisionConfig(), refit=False)
    print(f"\n| set | asked | validation texts | on average of {DRAWS} | kept | {WANTED} or more |")
    print("|---|---|---:|---|---:|---:|")
    for name, result in results.items():
        for kind, asked in ASKED.items():
            count = f"{len(result.splits.valid):,}"
            print(f"| {name} | {kind} | {count} | {simulated(result, asked)} |", flush=True)
            if asked.abstains:
                print(
                    f"| {name} | {kind}, as it looks | {count} | {simulated(result, asked, margin=False)} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
