"""The labels of a file: a name or a cell of several for each text, and whether the first one is a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from nlpkit.data.reading.columns import Columns
from nlpkit.data.reading.labels.names import label_names
from nlpkit.data.reading.labels.sets import label_cells, marked_labels
from nlpkit.data.reading.layout import Column, FastTextLayout, LabelTextLayout, Layout
from nlpkit.data.reading.notes import FileNotes, quoted
from nlpkit.data.reading.records.fasttext import check_ends


def names_of(
    labels: Sequence[object], lines: Sequence[int], layout: Layout, notes: FileNotes
) -> tuple[list[str], str]:
    """The label of each text, or the cell of its labels and what separates them."""
    if layout.multi_label:
        return label_cells(
            labels, lines, notes, separator=layout.label_separator, label_type=layout.label_type
        )
    names = label_names(labels, lines, notes, label_type=layout.label_type)
    if isinstance(layout, FastTextLayout | LabelTextLayout) and layout.label_type == "auto":
        check_ends(names, lines, getattr(layout, "label_prefix", ""), notes)
    return names, ""


def marked_by(columns: Columns, marked: Sequence[Column], notes: FileNotes) -> list[object]:
    """What the last columns say, one for each label, and these are taken away."""
    cells = columns.others[-len(marked) :]
    columns.others = columns.others[: -len(marked)]
    return marked_labels(marked, zip(*cells, strict=True), columns.lines, notes)


def names_their_column(labels: list[Any], lines: Sequence[int], notes: FileNotes) -> bool:
    """Whether the first label names their column: the only one that comes once, or that is no number."""
    counts = Counter(labels)
    if not labels or counts[labels[0]] > 1:
        return False
    single = sum(count == 1 for count in counts.values())
    others = [label for label in counts if label != labels[0]]
    number = [_is_number(label) for label in (labels[0], *others)]
    if len(others) > 1 and (single == 1 or (all(number[1:]) and not number[0])):
        said = "took the first row for a header, because no other has its label (else set header = false)"
        notes.add(said, lines[:1])
        return True
    if 2 * single <= len(counts):
        said = f"read the first row as a text with the label {quoted(labels[0])}, which no other has"
        notes.add(f"{said} (set header = true if it is a header)", lines[:1])
    return False


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
