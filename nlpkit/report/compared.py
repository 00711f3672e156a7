"""How runs compare, as a text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nlpkit.report.numbers import COLUMNS, fill, score_text
from nlpkit.report.text import difference_text, verdict
from nlpkit.system.terminal import counted, cut, one_line, plain, short_names

NAME_CHARS: Final = 20
ABSTAINED: Final = " (abstained)"  # behind a label that the model was not sure enough of
MOST_CHANGES: Final = 12
_VALUE_CHARS: Final = 60

Compared = Mapping[str, Any]


def text(compared: Compared) -> str:
    """The scores of each run, each against the first, what was changed, and where they disagree."""
    parts = [_scores(compared), _pairs(compared), _changed(compared), _disagreements(compared)]
    parts.append("\n".join(fill(f"note: {note}") for note in compared["notes"]))
    return plain("\n\n".join(part for part in parts if part)) + "\n"


def p_text(p: float | None) -> str:
    """A p for a person.

    >>> p_text(0.03127), p_text(0.00001), p_text(None)
    ('0.0313', '<0.0001', '-')
    """
    return "-" if p is None else "<0.0001" if p < 0.0001 else f"{p:.4f}"


def change_text(values: Sequence[Any]) -> str:
    """A value, and another one in its place."""
    return " -> ".join(
        "not set" if value is None else cut(one_line(str(value)), _VALUE_CHARS) for value in values
    )


def metric_names(compared: Compared) -> list[str]:
    """The scores that any run has, the one they are compared by before the others."""
    found = dict.fromkeys(name for run in compared["runs"] for name in run["scores"])
    return sorted(found, key=lambda name: name != metric_of(compared))


def metric_of(compared: Compared) -> str:
    """The score that the runs are compared by."""
    return str(compared.get("metric", "accuracy"))


def shown_score(run: Mapping[str, Any], metric: str) -> str:
    """A score with its interval; nothing where the run has none of that name."""
    if metric not in run["scores"]:
        return ""
    return score_text(run["scores"][metric], run["intervals"].get(metric))


def seeds_score(run: Mapping[str, Any], metric: str) -> str:
    """The mean of a score over the seeds of a run, and the standard deviation; a dash where it has one seed.

    >>> scores = {"accuracy": {"mean": 0.9012, "sd": 0.0043}}
    >>> seeds_score({"seeds": {"count": 5, "scores": scores}}, "accuracy")
    '0.9012 (sd 0.0043, 5 seeds)'
    """
    found = run["seeds"]["scores"].get(metric) if run.get("seeds") else None
    return f"{found['mean']:.4f} (sd {found['sd']:.4f}, {run['seeds']['count']} seeds)" if found else "-"


def _scores(compared: Compared) -> str:
    runs, metrics = compared["runs"], metric_names(compared)
    names = short_names([run["run"] for run in runs], NAME_CHARS)
    metric = metric_of(compared)
    valid = [score_text(run["valid"].get(metric)) if run["valid"] else "-" for run in runs]
    columns = [[f"validation {metric}", *valid]]
    columns += [[f"test {name}", *(shown_score(run, name) for run in runs)] for name in metrics]
    if any("answered" in run for run in runs):
        columns.append(["labels given", *(f"{run.get('answered', 1):.1%}" for run in runs)])
    if sum(bool(run.get("seeds")) for run in runs) > 1:
        columns.append([f"mean {metric} of seeds", *(seeds_score(run, metric) for run in runs)])
    head = f"{counted(len(runs), 'run')} on the same {counted(compared['texts'], 'test text')}"
    sorted_by = f"{head}, sorted by validation {metric}"
    return "\n\n".join([sorted_by, *_tables(["run", *names], columns)])


def _tables(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    """Columns beside names, as many in a table as a line has room for."""
    tables, line = list[list[Sequence[str]]](), COLUMNS
    widths = [max(map(len, column)) + 2 for column in columns]
    for column, width in zip(columns, widths, strict=True):
        if not tables or line + width > COLUMNS:
            tables.append([names])
            line = max(map(len, names))
        tables[-1].append(column)
        line += width
    return [_table(table) for table in tables]


def _table(columns: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _pairs(compared: Compared) -> str:
    pairs, first = compared["pairs"], compared["runs"][0]["run"]
    columns = [
        ["run", *short_names([pair["run"] for pair in pairs], NAME_CHARS)],
        ["difference", *map(difference_text, pairs)],
        ["better", *(f"{pair['better']:,}" for pair in pairs)],
        ["worse", *(f"{pair['worse']:,}" for pair in pairs)],
        ["p", *(p_text(pair["p"]) for pair in pairs)],
        ["", *(_short_verdict(pair) for pair in pairs)],
    ]
    head = f"test {metric_of(compared)} against {one_line(first)}, text by text"
    return f"{fill(head)}\n{_table(columns)}"


def _short_verdict(pair: Mapping[str, Any]) -> str:
    """A mark where the interval of the difference says which one is better."""
    return verdict(pair["interval"]).removeprefix("clearly ").replace("no clear difference", "")


def _changed(compared: Compared) -> str:
    lines = []
    for pair in compared["pairs"]:
        changes = [(key, values) for key, values in pair["settings"].items()]
        changes += [(f"version of {key}", values) for key, values in pair["versions"].items()]
        changes += [(key, [values and values[:8] for values in both]) for key, both in pair["files"].items()]
        lines.append(f"{one_line(pair['run'])}, changed from {one_line(pair['against'])}")
        lines += [f"  {key}: {change_text(values)}" for key, values in changes[:MOST_CHANGES]]
        if more := len(changes) - MOST_CHANGES:
            lines += [f"  and {more:,} more, which --json and --html have"] if more > 0 else []
        lines += [] if changes else ["  nothing"]
    return "\n".join(lines)


def _cell(label: str) -> str:
    """A label as short as a column is; its mark stays whole."""
    name, mark = (label.removesuffix(ABSTAINED), ABSTAINED) if label.endswith(ABSTAINED) else (label, "")
    return short_names([name], 16)[0] + mark


def _disagreements(compared: Compared) -> str:
    found = compared["disagreements"]
    count, shown = found["rows"], found["first"]
    if not count:
        return "they give every test text the same label"
    head = f"they disagree on {counted(count, 'test text')}"
    if len(shown) < count:
        head += f", of which the first {'is' if len(shown) == 1 else f'{len(shown)} are'}"
    if len(found["columns"]) > 6:
        return f"they disagree on {counted(count, 'test text')}; --disagreements FILE.csv writes them"
    columns = [
        short_names([name], 16) + [_cell(cell) for cell in cells]
        for name, *cells in zip(found["columns"], *shown, strict=True)
    ]
    more = [] if len(shown) == count else ["--disagreements FILE.csv writes them all"]
    return "\n".join([head, _table(columns), *more])
