"""What a run found, as a text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlpkit.report.closer import calibration_text, seeds_text, slices_text
from nlpkit.report.decided import decision_lines
from nlpkit.report.numbers import COLUMNS, fill
from nlpkit.report.numbers import interval_text as interval_text
from nlpkit.report.numbers import score_text as score_text
from nlpkit.system.terminal import LOUD, counted, plain, short_names

Scored = Mapping[str, Any]
INTERVALS = "95 % intervals"
TEXT_CLASSES = 100
MATRIX_CLASSES = 100  # of report.html; more are no matrix to look at
HEAD_CHARS = (14, 10, 7, 5)  # of a class above a column: the first that fits
RATES = ("precision", "recall", "f1")
TOGETHER = "all together"
WEIGHED = "weighed for the least log loss; accuracy may be higher without one, by chance"


def text(scored: Scored, described: Mapping[str, Any] | None = None) -> str:
    """The scores, the report by class and the confusion matrix; `described` is the run's manifest."""
    parts, everything = [], "scores.json" if described else "the output of --json"
    if described and described["data"]["substitute"]:
        parts.append(f"{LOUD}\n{described['data']['substitute']}\n{LOUD}")
    parts.append(_scores(scored))
    if seeds := scored.get("seeds"):
        parts.append(seeds_text(seeds))
    if members := scored.get("members"):
        parts.append(_members(members, scored.get("best_valid", {})))
    if decision := scored.get("decision"):
        parts.append("\n".join(decision_lines(decision)))
    if scored["texts"]:
        parts.append(_by_class(scored, everything))
    if slices := slices_text(scored.get("slices", ()), everything):
        parts.append(slices)
    if scored["texts"] and several_labels(scored):
        parts.append(_sizes(scored))
    elif scored["texts"]:
        parts.append(_matrix(scored) or _confusions(scored, everything, page=described is not None))
    if described and described["warnings"]:
        parts.append("\n".join(f"note: {warning}" for warning in described["warnings"]))
    return plain("\n\n".join(parts)) + "\n"


def several_labels(scored: Scored) -> bool:
    """Whether texts have any number of labels."""
    return bool(scored.get("task") == "multi_label")


def _sizes(scored: Scored) -> str:
    """How many labels texts have and are given."""
    labels, none = scored["labels_per_text"], scored["unlabelled"]
    return (
        f"labels a text: {labels['gold']:.2f} gold, {labels['predicted']:.2f} predicted; "
        f"texts without any: {none['gold']:,} gold, {none['predicted']:,} predicted"
    )


def intervals_text(scored: Scored) -> str:
    """What the intervals of scores are."""
    return INTERVALS + (f" over {counted(scored['groups'], 'group')}" if "groups" in scored else "")


def _baseline(found: Mapping[str, Any]) -> dict[str, str]:
    """The accuracy of the linear model, or its micro F1, and how far the run is above it."""
    if "left_out" in found:
        return {"baseline_accuracy": f"none: {found['left_out']}"}
    metric = found.get("metric", "accuracy")
    interval = f"  {interval_text(found['interval'])}" if found["interval"] else ""
    accuracy = f"{score_text(found[metric])}{interval}  ({found['model']})"
    if "above" not in found:
        return {f"baseline_{metric}": accuracy}
    said = verdict(found["above"]["interval"], found["above"][metric])
    above = f"{difference_text(found['above'])}  ({said})"
    return {f"baseline_{metric}": accuracy, "above_baseline": above}


def difference_text(found: Mapping[str, Any]) -> str:
    """A difference of accuracies, or of micro F1, and its interval.

    >>> difference_text({"accuracy": 0.00914, "interval": [-0.00411, 0.01424]})
    '+0.0091 [-0.0041, +0.0142]'
    """
    ends, value = found["interval"], found["accuracy" if "accuracy" in found else "f1_micro"]
    return f"{value:+.4f}" + (f" [{ends[0]:+.4f}, {ends[1]:+.4f}]" if ends else "")


def verdict(interval: Sequence[float] | None, difference: float = 0.0) -> str:
    """What the interval of a difference says."""
    if interval is None and difference:
        return "not known"
    if interval is None or interval[0] <= 0 <= interval[1]:
        return "no clear difference"
    return "clearly better" if interval[0] > 0 else "clearly worse"


def weight_text(weight: float) -> str:
    """The weight of a member for a person: three decimals, or that the pool does without it."""
    return f"{weight:.3f}" if weight else "left out"


def _scores(scored: Scored) -> str:
    moved = scored.get("intervals", {})
    rows = {
        name: score_text(value) + (f"  {interval_text(moved[name])}" if moved.get(name) else "")
        for name, value in scored["scores"].items()
    }
    if scored["texts"]:
        same = "labels" if several_labels(scored) else "class"
        rows["majority_accuracy"] = f"{score_text(scored['majority_accuracy'])}  (always the same {same})"
    if calibration := scored.get("calibration"):
        rows["calibration_error"] = calibration_text(calibration)
    if baseline := scored.get("baseline"):
        rows |= _baseline(baseline)
    best = {name: score_text(value) for name, value in scored.get("best_valid", {}).items()}
    width = max(map(len, [*rows, *best]))
    with_intervals = f", with {intervals_text(scored)}" if any(moved.values()) else ""
    heads = {f"scores of {counted(scored['texts'], 'text')}{with_intervals}": rows}
    if best:
        epoch = scored["best_epoch"]
        of = f" of epoch {epoch}, which the model is from" if epoch else ", on which the members are weighed"
        heads[f"validation scores{of}"] = best
    lines = [
        line
        for head, values in heads.items()
        for line in (head, *(f"  {name:<{width}}  {value}" for name, value in values.items()))
    ]
    return "\n".join([*lines, *map(fill, scored.get("interval_notes", []))])


def _members(members: Sequence[Mapping[str, Any]], together: Mapping[str, float | None]) -> str:
    """What each classifier of a pool gives alone, what the pool would give without it, and what it gives."""
    names = short_names([each["name"] for each in members])
    width = max(len(TOGETHER), *map(len, names))
    lines = [
        f"  {name:<{width}} {weight_text(each['weight']):>8}"
        f"  {_pair(each['alone'])}  {_pair(each['without'])}"
        for name, each in zip(names, members, strict=True)
    ]
    of = f"{'accuracy':>9} {'log loss':>9}"
    return "\n".join(
        [
            "members, on the validation texts",
            f"  {'':<{width}} {'':8}  {'alone':^19}  {'the pool without it':^19}",
            f"  {'member':<{width}} {'weight':>8}  {of}  {of}",
            *lines,
            *([f"  {TOGETHER:<{width}} {'':8}  {_pair(together)}", WEIGHED] if together else []),
        ]
    )


def _pair(found: Mapping[str, float | None]) -> str:
    return " ".join(f"{score_text(found.get(name)):>9}" for name in ("accuracy", "log_loss"))


def _by_class(scored: Scored, everything: str) -> str:
    """Precision, recall and F1 of each class; of very many classes only their averages."""
    texts, classes = scored["texts"], scored["classes"]
    averages = {f"{name} avg": {**row, "support": texts} for name, row in scored["averages"].items()}
    lines = [f"... {len(classes):,} classes, each in {everything}"]
    names = short_names([row["name"] for row in classes]) if len(classes) <= TEXT_CLASSES else []
    width = max(map(len, [*names, *averages]))
    if names:
        lines = [_row(width, name, row) for name, row in zip(names, classes, strict=True)]
    columns = (*RATES, "support", *(["threshold"] if several_labels(scored) else []))
    head = " " * width + " " + "".join(f" {name:>9}" for name in columns)
    exact = "all right" if several_labels(scored) else "accuracy"
    accuracy = f"{exact:>{width}} {'':20} {scored['accuracy']:9.3f} {texts:9}"
    rows = [head, "", *lines, "", accuracy, *(_row(width, *each) for each in averages.items())]
    return "\n".join([*rows, *(["", unseen] if (unseen := unseen_text(scored)) else [])])


def unseen_text(scored: Scored) -> str:
    """Which classes are none of the model; empty if all are."""
    count = scored["unseen_labels"]
    which = "class is a label" if count == 1 else counted(count, "", "classes are labels")
    return f"the last {which} that training never saw" if count else ""


def _row(width: int, name: str, row: Mapping[str, Any]) -> str:
    return (
        f"{name:>{width}} "
        + "".join(f" {row[rate]:9.3f}" for rate in RATES)
        + f" {row['support']:9}"
        + (f" {row['threshold']:9.3f}" if row.get("threshold") is not None else "")
    )


def _matrix(scored: Scored) -> str:
    """The matrix, its columns headed by names as long as a terminal has room for; empty if it has none."""
    matrix = scored["confusion_matrix"]
    names = [row["name"] for row in scored["classes"]]
    labels = short_names(names, HEAD_CHARS[0])
    label = max(map(len, labels))
    count = max((len(f"{count}") for row in matrix for count in row), default=0)
    for chars in HEAD_CHARS if 0 < len(matrix) < COLUMNS // 3 else ():
        heads = short_names(names, chars)
        cell = 2 + max(count, *map(len, heads))
        if label + cell * len(heads) <= COLUMNS:
            rows = [("", heads), *zip(labels, matrix, strict=True)]
            lines = [f"{name:<{label}}" + "".join(f"{each:>{cell}}" for each in row) for name, row in rows]
            return "\n".join(["confusion matrix (rows: gold, columns: predicted)", *lines])
    return ""


def _confusions(scored: Scored, everything: str, *, page: bool) -> str:
    """What is taken for what most often, and where the matrix is."""
    found, size = scored["confusions"][:10], len(scored["confusion_matrix"])
    names = (short_names([each["gold"], each["predicted"]]) for each in found)
    where = "report.html" if page and size <= MATRIX_CLASSES else everything
    lines = [
        f"most frequent confusions (gold -> predicted); more are in {everything}",
        *(
            f"  {gold} -> {predicted}: {each['texts']:,}"
            for (gold, predicted), each in zip(names, found, strict=True)
        ),
        *([f"the confusion matrix of {size} classes is in {where}"] if size else []),
    ]
    return "\n".join(lines)
