"""Labels as scikit-learn's users have them, and the names of the classes that stand for them.

Axes: R texts, C classes.
"""

from __future__ import annotations

import reprlib
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpkit.data.memory import items_of
from nlpkit.data.reading.labels.spellings import stripped
from nlpkit.errors import InputError

_KINDS = {bool: "true or false", int: "numbers", float: "numbers"}


@dataclass(frozen=True, eq=False)
class Targets:
    """The `classes` in ascending order, (C,), and the `names` of them in a model. `form` says what `predict`
    gives: one class a text, a tuple of any number of them ("sets"), or a row of 0 and 1 ("indicator").
    """

    classes: NDArray[Any]
    names: tuple[str, ...]
    form: Literal["one", "sets", "indicator"]

    @classmethod
    def of(cls, y: Any) -> Self:
        """Those of labels: a column, lists of any number of them, or a matrix of 0 and 1 (R, C)."""
        if (matrix := _matrix(y)) is not None:
            columns = getattr(y, "columns", range(matrix.shape[1]))
            classes = np.array(list(columns))
            return cls(classes, tuple(map(str, columns)), "indicator")
        values = list(items_of(_column(y), "labels", "y"))
        several = bool(values) and isinstance(values[0], list | tuple | set | frozenset)
        rows = enumerate(values, start=1)
        flat = [(row, each) for row, labels in rows for each in labels] if several else list(rows)
        classes = _classes(flat, getattr(y, "dtype", None))
        return cls(classes, tuple(map(_name, classes.tolist())), "sets" if several else "one")

    @property
    def multi_label(self) -> bool:
        """Whether a text has any number of labels."""
        return self.form != "one"

    def labels(self, y: Any) -> list[Any]:
        """The names of the labels of each text: one, or a list of any number. ValueError where a label is
        none of the classes.
        """
        if self.form == "indicator":
            matrix = _matrix(self._in_order(y))
            if matrix is None or matrix.shape[1] != len(self.classes):
                raise ValueError(f"y has to have a column of 0 and 1 for each of {len(self.classes)} classes")
            return [[self.names[place] for place in np.flatnonzero(row)] for row in matrix]
        names = dict(zip(self.classes.tolist(), self.names, strict=True))
        values = list(items_of(_column(y), "labels", "y"))
        found = [list(labels) for labels in values] if self.form == "sets" else [[each] for each in values]
        if unknown := {each for labels in found for each in labels if each not in names}:
            listed = ", ".join(sorted(map(repr, unknown))[:5])
            raise ValueError(f"y has labels that are none of the classes: {listed}")
        named = [[names[each] for each in labels] for labels in found]
        return named if self.form == "sets" else [labels[0] for labels in named]

    def gold(self, y: Any) -> NDArray[Any]:
        """Labels as `answers` gives them; those that are none of the classes as they are."""
        if self.form == "indicator":
            return np.asarray(_matrix(self._in_order(y)))
        values = list(items_of(_column(y), "labels", "y"))
        if self.form == "sets":
            return _objects([tuple(sorted(labels)) for labels in values])
        return _objects(values)

    def _in_order(self, y: Any) -> Any:
        """A table with its columns in the order of the classes, which are their names."""
        if not hasattr(y, "columns") or list(y.columns) == self.classes.tolist():
            return y
        if sorted(map(str, y.columns)) != sorted(self.names):
            raise InputError(
                f"y has the columns {reprlib.repr(list(y.columns))}, and not those of the classes, "
                f"{reprlib.repr(self.classes.tolist())}"
            )
        return y[self.classes.tolist()]

    def order(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The column of each class where a model has those of `names`; -1 where it has none."""
        places = {name: place for place, name in enumerate(names)}
        return np.array([places.get(name, -1) for name in self.names], np.int64)

    def answers(self, labels: Iterable[Any]) -> NDArray[Any]:
        """What a model predicts, names or tuples of names, as the form says; None is kept."""
        values = dict(zip(self.names, self.classes.tolist(), strict=True))
        if self.form == "one":
            found = [None if each is None else values[each] for each in labels]
            return _objects(found) if None in found else np.array(found, self.classes.dtype)
        if self.form == "sets":
            return _objects([tuple(sorted(values[each] for each in names)) for names in labels])
        places = {name: place for place, name in enumerate(self.names)}
        rows = list(labels)
        matrix = np.zeros((len(rows), len(self.classes)), np.int64)
        for row, names in zip(matrix, rows, strict=True):
            row[[places[each] for each in names]] = 1
        return matrix


def _matrix(y: Any) -> NDArray[Any] | None:
    """Labels as a matrix (R, C) of two columns or more, if they are one of 0 and 1."""
    y = y.toarray() if hasattr(y, "toarray") else y
    if getattr(y, "ndim", 1) != 2 and not hasattr(y, "columns"):
        return None
    matrix = np.asarray(y)
    if matrix.dtype == object:  # of nullable columns
        with suppress(ValueError, TypeError):
            matrix = matrix.astype(np.float64)
    if matrix.shape[1] == 1 and not hasattr(y, "columns"):
        return None
    if matrix.dtype.kind not in "biuf" or not np.isin(matrix, (0, 1)).all():
        raise InputError(
            "y is a table, and a matrix of 0 and 1 with a column for each class is expected",
            hint='give one column of labels, such as table["label"]',
        )
    return matrix


def _column(y: Any) -> Any:
    """A column; the one of a matrix that has one."""
    if getattr(y, "ndim", 1) == 2:
        from sklearn.exceptions import DataConversionWarning  # type: ignore[import-untyped]

        said = "A column-vector y was passed when a 1d array was expected. Please change the shape of y."
        warnings.warn(said, DataConversionWarning, stacklevel=2)
        return np.asarray(y).ravel()
    return y


def _classes(values: Sequence[tuple[int, Any]], dtype: Any) -> NDArray[Any]:
    """The different labels, ascending, of one type, from (row, label). InputError where one is no label."""
    for row, value in values:
        if said := _problem(value):
            raise InputError(f"{said[0]} (row {row}, counted from 1)", hint=said[1], location="y")
        if isinstance(value, float) and not value.is_integer():
            raise ValueError(
                f"Unknown label type: continuous, such as {value}; classes are strings or integers"
            )
    kinds = {_KINDS.get(type(value), "strings") for _, value in values}
    if len(kinds) > 1:
        hint = "make all of them strings, or all whole numbers"
        raise InputError(f"the labels are of several types: {', '.join(sorted(kinds))}", hint=hint)
    numeric = isinstance(dtype, np.dtype) and dtype.kind in "biuf"
    return np.unique(np.array([value for _, value in values], dtype if numeric else None))


def _problem(value: Any) -> tuple[str, str] | None:
    """Why a value is no label, and what to do; None where it is one."""
    if value is None or value != value or value == "":
        return "the label is missing", "leave its row out"
    if not isinstance(value, str | bool | int | float):
        return f"the label is a value of type {type(value).__name__}", "give strings or whole numbers"
    if isinstance(value, str) and stripped(value) != value:
        return f"the label {value!r} has spaces around it", "strip it, as in y.str.strip()"
    return None


def _name(value: Any) -> str:
    """What a class is called in a model.

    >>> [_name(each) for each in ("Sports", 3, True)]
    ['Sports', '3', 'true']
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    found = np.empty(len(values), object)
    found[:] = values
    return found
