"""Metrics by their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from nlpkit.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from nlpkit.scoring.metric import Metric


def metric_named(name: str, known: Iterable[str | Metric] = ()) -> str | Metric:
    """One of those that are `known`, or that ship with nlpkit, or of a plugin with its default settings."""
    from nlpkit.plugins.loading import load_plugins
    from nlpkit.scoring.metrics import METRICS, by_name

    if found := by_name(known).get(name):
        return found
    if name in METRICS:
        return name
    plugins = load_plugins()
    try:
        return cast("Metric", plugins.class_of("metric", name)())
    except ConfigError as error:
        if name in plugins.names("metric"):
            raise
        near = did_you_mean(name, {*METRICS, *plugins.names("metric")})
        raise ConfigError(f"{name!r} is not a metric; {near}", hint=error.hint) from None
