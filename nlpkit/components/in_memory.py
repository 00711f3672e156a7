"""A dataset of texts that are in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.components.kinds import Dataset
from nlpkit.data.memory import Rows
from nlpkit.data.reading.layout import LabelType
from nlpkit.data.split import Split
from nlpkit.errors import DataError
from nlpkit.settings.hints import fit, settings_types
from nlpkit.settings.values import refuse

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits, Texts
    from nlpkit.notes import Note

_SPLIT = Split()
Pair = tuple[Iterable[Any], Iterable[Any]]


@dataclass(frozen=True, init=False)
class InMemory(Dataset):
    """Texts and labels that are in memory: `InMemory(texts, labels)`, and pairs of both for valid and test.

    A column is a list, a tuple, or one of numpy, pandas, polars or Arrow. Labels are strings, whole numbers
    or truth values; with `multi_label` each is a list, a tuple or a set of any number of them. A file of the
    experiment says only what the texts were, by digest and size: to run it again, give them again. `slices`
    are columns beside the test texts, or beside all of them if no `test` is given, whose values have scores
    of their own: `{"country": countries}`. `weights` say how much each of the texts counts in training,
    beside the others.

    sha256: digest of all texts and labels
    size: bytes of all texts, in UTF-8
    split: how rows are drawn for valid and test where these are not given
    strict: whether test rows that are also in train are refused, not only reported
    allow_constant: whether a single class will do
    label_type: "string" takes labels as they are written; "auto" refuses likely mistakes, such as NULL
    multi_label: whether a text has any number of labels, none included
    label_separator: the character between the labels of a text, of which no label has it; | where unset
    """

    sha256: str = ""
    size: int = 0
    split: Split = field(default_factory=Split)
    strict: bool = False
    allow_constant: bool = False
    label_type: LabelType = "auto"
    multi_label: bool = False
    label_separator: str | None = None

    def __init__(
        self,
        texts: Iterable[Any] | None = None,
        labels: Iterable[Any] | None = None,
        *,
        valid: Pair | None = None,
        test: Pair | None = None,
        slices: Mapping[str, Iterable[Any]] | None = None,
        weights: Iterable[Any] | None = None,
        split: Split = _SPLIT,
        strict: bool = False,
        allow_constant: bool = False,
        label_type: LabelType = "auto",
        multi_label: bool = False,
        label_separator: str | None = None,
        sha256: str = "",
        size: int = 0,
    ) -> None:
        settings = {"sha256": sha256, "size": size, "split": split}
        settings |= {"strict": strict, "allow_constant": allow_constant, "label_type": label_type}
        settings |= {"multi_label": multi_label, "label_separator": label_separator}
        _check(type(self), settings)
        layout = Rows(label_type=label_type, multi_label=multi_label, label_separator=label_separator)
        splits = None
        if texts is not None:
            train = (texts, () if labels is None else labels)
            splits = _splits(train, valid, test, split, layout, slices or {}, weights)
            splits = replace(splits, strict=strict, allow_constant=allow_constant)
            settings |= {"sha256": splits.files[0].sha256, "size": splits.files[0].size}
        for name, value in {**settings, "_splits": splits}.items():
            object.__setattr__(self, name, value)

    def build(self) -> Callable[[], Splits]:
        return self._read

    def _read(self) -> Splits:
        splits: Splits | None = vars(self)["_splits"]
        if splits is None:
            raise DataError(
                "these texts were in memory, and only their digest is in the file",
                hint="give them again, in Python: replace(experiment, data=InMemory(texts, labels))",
                location=self.sha256[:12],
            )
        return splits


def _check(cls: type[InMemory], settings: dict[str, Any]) -> None:
    problems: dict[str, str] = {}
    for name, value in settings.items():
        fit(settings_types(cls)[name], value, name, problems)
    refuse(problems)


def _splits(
    train: Pair,
    valid: Pair | None,
    test: Pair | None,
    split: Split,
    layout: Rows,
    slices: Mapping[str, Iterable[Any]],
    weights: Iterable[Any] | None,
) -> Splits:
    from nlpkit.data.classes import check_parts
    from nlpkit.data.memory import NAME, sliced, source_of, texts_of, weighed
    from nlpkit.data.reading.readers import TextFile
    from nlpkit.data.split import draw_parts

    given = {"train": train, "valid": valid, "test": test}
    rules = {name: getattr(layout, name) for name in ("label_type", "multi_label", "label_separator")}
    read: dict[str, tuple[Texts, tuple[Note, ...]]] = {}
    for part, pair in given.items():
        if pair is not None:
            read[part] = texts_of(*pair, part, **rules)
            rules["label_separator"] = read[part][0].separator or None
    texts = {part: found for part, (found, _) in read.items()}
    if weights is not None:
        texts["train"] = weighed(texts["train"], weights, "train")
    scored = "train" if test is None else "test"
    texts[scored] = sliced(texts[scored], slices, scored)
    files = {Path(part): TextFile(found, (), (), found.rows, layout) for part, found in texts.items()}
    check_parts(files, Path("train"))
    splits = draw_parts(texts["train"], texts.get("valid"), texts.get("test"), split)
    notes = (note for _, found in read.values() for note in found)
    return replace(
        splits,
        source=NAME,
        files=(source_of(texts.values()),),
        notes=(*notes, *splits.notes),
        label_type="checked",
    )
