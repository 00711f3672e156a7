"""The space of who names none: around what the experiment has, for each setting that usually matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from nlpkit import ConfigError, Experiment

Given = dict[str, Any]


def _times(factor: float) -> Callable[[Any], Given | None]:
    """A number, divided by the factor to multiplied by it, on a logarithmic scale."""

    def around(value: Any) -> Given | None:
        if not value:
            return None
        if isinstance(value, int):
            return {"low": max(1, round(value / factor)), "high": round(value * factor), "log": True}
        return {"low": float(f"{value / factor:.3g}"), "high": float(f"{value * factor:.3g}"), "log": True}

    return around


def _dropped(value: Any) -> Given:
    return {"low": 0.0, "high": max(0.6, min(value, 0.9))}


def _batches(value: Any) -> list[int]:
    return sorted({max(1, value // 2), value, 2 * value})


_AROUND: Final[Mapping[str, Callable[[Any], Any]]] = {
    "learning_rate": _times(10),
    "batch_size": _batches,
    "hidden_size": _times(4),
    "filters": _times(4),
    "size": _times(4),
    "dropout": _dropped,
    "word_dropout": _dropped,
    "C": _times(30),
    "alpha": _times(30),
}
_UNSET: Final = {"size": 64}  # what a setting that is none stands for


def default_space(experiment: Experiment) -> dict[str, Any]:
    """The space of an experiment. ConfigError where it has none of the settings that are known."""
    table: dict[str, Any] = {}
    if experiment.encoder is not None:
        table = _around_classifier(experiment)
    elif experiment.members:
        every = {str(place): _around_classifier(each) for place, each in enumerate(experiment.members)}
        table = {"member": {place: each for place, each in every.items() if each}}
    if not any(table.values()):
        example = "trainer.learning_rate = { low = 1e-4, high = 1e-1, log = true }"
        hint = f"write one, --space SPACE.toml, with lines such as {example}"
        raise ConfigError("there is no default space for these components", hint=hint)
    return table


def _around_classifier(classifier: Any) -> dict[str, Any]:
    parts = {name: _around(getattr(classifier, name)) for name in ("encoder", "trainer")}
    return {name: part for name, part in parts.items() if part}


def _around(settings: Any) -> dict[str, Any]:
    """The settings of a component that are searched, and those of what is inside it."""
    return dict(_found(settings))


def _found(settings: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            if inside := _around(value):
                yield field.name, inside
        elif field.name in _AROUND and not (field.name == "size" and getattr(settings, "vectors", None)):
            value = _UNSET.get(field.name) if value is None else value
            if (given := _AROUND[field.name](value)) is not None:
                yield field.name, given
