"""How sure a model is, its scores by slices and those of its seeds, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nlpkit.report.numbers import COLUMNS, fill, interval_text, score_text
from nlpkit.system.terminal import counted, short_names

MOST_SHOWN: Final = 8  # values of a column; the others are in scores.json
_NAME_CHARS: Final = 20

Table = Mapping[str, Any]


def calibration_text(found: Table) -> str:
    """The expected calibration error, and what it was before the model was calibrated.

    >>> calibration_text({"ece": 0.0123, "ece_interval": [0.0, 0.02], "ece_before": 0.0412})
    '0.0123  [0.0000, 0.0200]  (0.0412 before the temperature)'
    """
    parts = [f"{found['ece']:.4f}", interval_text(found["ece_interval"])]
    if abs(found["ece_before"] - found["ece"]) >= 5e-5:
        parts.append(f"({found['ece_before']:.4f} before the temperature)")
    return "  ".join(filter(None, parts))


def slices_text(tables: Sequence[Table], everything: str) -> str:
    """The scores of each value of a column, and slices of other kinds that are clearly worse or better than
    the others; empty where there is nothing of the kind.
    """
    shown = [each for each in tables if not each.get("unit") or any(map(_verdict, each["slices"]))]
    if not shown:
        return ""
    what = f"{'slices of the test texts':<{_NAME_CHARS + 4}}"
    head = f"{what} {'texts':>7} {'accuracy':>9} {'':18} {'log loss':>9}"
    lines = [line for table in shown for line in _slicing(table, everything)]
    worse = [
        f"{table['by']} {each['name']}"
        for table in shown
        for each in table["slices"]
        if each["verdict"] == "worse"
    ]
    said = [fill(f"clearly worse on {', '.join(worse)}")] if worse else []
    return "\n".join([head, *lines, *said])


def _verdict(found: Table) -> bool:
    return bool(found["verdict"])


def _slicing(table: Table, everything: str) -> Iterator[str]:
    yield f"  {short_names([table['by']])[0]}{', ' if table['unit'] else ''}{table['unit']}"
    slices = table["slices"]
    some = [each for place, each in enumerate(slices) if place < MOST_SHOWN or each["verdict"]]
    names = short_names([each["name"] for each in some], _NAME_CHARS)
    for name, each in zip(names, some, strict=True):
        loss = "" if each["log_loss"] is None else f"{each['log_loss']:.4f}"
        numbers = f"{each['texts']:>7,} {each['accuracy']:>9.4f}  {interval_text(each['interval']):<17}"
        yield f"    {name:<{_NAME_CHARS}} {numbers} {loss:>9}  {each['verdict']}".rstrip()
    if more := len(slices) - len(some):
        yield f"    and {counted(more, 'more value')}, in {everything}"


def seeds_text(found: Table) -> str:
    """The scores over seeds, and those of each seed beside its validation scores."""
    rows = [
        (name, f"{each['mean']:.4f}", f"{each['sd']:.4f}", interval_text(each["interval"]))
        for name, each in found["scores"].items()
    ]
    width = max(map(len, [*found["scores"], "seed"]))
    head = f"{counted(found['count'], 'seed')}; all other scores are of the model of seed {found['chosen']}"
    lines = [f"  {'':<{width}}  {'mean':>6}  {'sd':>6}  95 % interval of the mean"]
    lines += [f"  {name:<{width}}  {mean:>6}  {sd:>6}  {ends}" for name, mean, sd, ends in rows]
    return "\n".join([head, *lines, *_each_seed(found["each"])])


def _each_seed(seeds: Sequence[Table]) -> list[str]:
    """A row for each seed, with as many test scores as there is room for."""
    columns = [["seed", *(f"{each['seed']}" for each in seeds)]]
    valid, test = list(seeds[0]["valid"]), list(seeds[0]["scores"])
    first = ["f1_micro"] if "f1_micro" in valid else valid[:1]  # which the model is chosen by
    named = [(f"valid {name}", "valid", name) for name in first] + [(name, "scores", name) for name in test]
    for head, part, name in named:
        columns.append([head, *(score_text(each[part].get(name)) for each in seeds)])
    widths = [max(map(len, column)) for column in columns]
    while sum(widths) + 2 * len(widths) > COLUMNS:
        widths.pop()
    rows = zip(*columns[: len(widths)], strict=True)
    return ["  " + "  ".join(map(str.rjust, row, widths)) for row in rows]
