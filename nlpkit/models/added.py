"""Columns that plugins put beside the labels of predictions, where somebody asks for them."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from nlpkit.errors import ConfigError
from nlpkit.plugins.asked import PREDICTED, AskedHook
from nlpkit.plugins.blame import HookError
from nlpkit.plugins.loading import load_plugins

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.plugins.hooks import Predictor

Cell = str | bool | int | float | None
OWN_COLUMNS = ("row", "file", "text", "label", "labels", "top", "probabilities", "note")
OWN_PREFIXES = ("probability:", "top:")
_WORDS: Final[dict[type, str]] = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


class AddedColumns:
    """What plugins add to the predictions of a model: `names`, and for each block of texts the values.

    `asked` are names of installed plugins, or objects that implement `nlpkit_predicted`. The hooks are called
    without texts first, which tells their columns. HookError where what one gives is of no use.
    """

    def __init__(self, model: Predictor, asked: Iterable[object]) -> None:
        import numpy as np

        self._model = model
        each_asked = [asked] if isinstance(asked, str) else list(asked)
        plugins = load_plugins() if each_asked else None
        self._hooks = [AskedHook.of(PREDICTED, each, plugins) for each in each_asked if plugins]
        self._words: dict[str, str] = {}  # what the values of a column are, once there are some
        nothing = np.empty((0, len(model.labels)))
        self._columns = [tuple(self._given(hook, [], nothing)) for hook in self._hooks]
        self._check_names()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the plugins."""
        return tuple(name for names in self._columns for name in names)

    def __call__(self, texts: Sequence[str], found: NDArray[np.float64]) -> list[list[Cell]]:
        """A list for each column, with one value for each text, of which `found` (texts, classes) are the
        probabilities.
        """
        return [column for place in range(len(self._hooks)) for column in self._added(place, texts, found)]

    def _added(self, place: int, texts: Sequence[str], found: NDArray[np.float64]) -> Iterator[list[Cell]]:
        hook, names = self._hooks[place], self._columns[place]
        given = self._given(hook, texts, found)
        if set(given) != set(names):
            some, none = (", ".join(map(repr, each)) or "none" for each in (given, names))
            raise _fault(hook, f"gives the columns {some}, and without texts {none}")
        for name in names:
            yield [self._cell(hook, name, value) for value in given[name]]

    def _given(
        self, hook: AskedHook, texts: Sequence[str], found: NDArray[np.float64]
    ) -> dict[str, Sequence[Any]]:
        """What a hook gives for some texts: columns of as many values, by their names."""
        shown = found.view()
        shown.flags.writeable = False  # what is written is ours
        given = hook(
            texts=list(texts),
            labels=self._model.decision.named(found, self._model.labels.names),
            probabilities=shown,
            model=self._model,
        )
        if not isinstance(given, Mapping):
            raise _fault(hook, f"gives {reprlib.repr(given)}, but a dict of columns is expected")
        return {_name(hook, name): _values(hook, name, column, len(texts)) for name, column in given.items()}

    def _cell(self, hook: AskedHook, name: str, value: Any) -> Cell:
        """A value as it is written, of the same type as the others of its column."""
        plain = value.item() if hasattr(value, "dtype") and hasattr(value, "item") else value
        if plain is None:
            return None
        found = next((each for each in _WORDS if isinstance(plain, each)), None)
        problem = _unwritable(plain) if found else "a string, a number, true or false, or none is expected"
        if found and not problem and self._words.setdefault(name, _WORDS[found]) != _WORDS[found]:
            problem = f"{self._words[name]} is expected, as in the rows before"
        if found is None or problem:
            raise _fault(hook, f"gives {reprlib.repr(value)} in the column {name!r}, but {problem}")
        return str.__str__(plain) if found is str else found(plain)  # an Enum has other words for itself

    def _check_names(self) -> None:
        """HookError where a plugin has no column, ConfigError where two have one of the same name."""
        owners: dict[str, str] = {}
        for hook, names in zip(self._hooks, self._columns, strict=True):
            if not names:
                raise _fault(hook, "gives no column without texts, and has to give each one, with no values")
            for name in names:
                if owners.get(name) == hook.plugin:
                    raise ConfigError(f"{hook.plugin} is asked for twice", hint="ask for it once")
                if name in owners:
                    who = f"{owners[name]} and {hook.plugin}"
                    raise ConfigError(f"{who} both add a column {name!r}", hint="ask for one of them")
                owners[name] = hook.plugin


def _name(hook: AskedHook, name: object) -> str:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise _fault(hook, f"names a column {reprlib.repr(name)}, but printable text is expected")
    if name in OWN_COLUMNS or name.startswith(OWN_PREFIXES):
        raise _fault(hook, f"names a column {name!r}, which is the name of one that nlpkit has")
    return name


def _values(hook: AskedHook, name: object, column: Any, count: int) -> Sequence[Any]:
    """A column as a sequence of `count` values: a list, or what has a `tolist`, such as an array."""
    values = column.tolist() if hasattr(column, "tolist") else column
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        said = f"gives {reprlib.repr(column)} as the column {name!r}, but a list with a value for each text"
        raise _fault(hook, f"{said} is expected")
    if len(values) != count:
        raise _fault(hook, f"gives {len(values)} values in the column {name!r} for {count} texts")
    return values


def _unwritable(value: Cell) -> str:
    """Why not every format can hold a value; empty where each can."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a finite number is expected, or none"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "a number of 64 bits at most is expected"
    if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        return "Unicode text is expected"
    return ""


def _fault(hook: AskedHook, said: str) -> HookError:
    return HookError(f"{hook} {said}", hook.function)
