"""Whether an experiment finds on this machine what it needs, before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nlpkit.errors import ConfigError, DataError, NlpkitError
from nlpkit.settings.checks import Settings
from nlpkit.settings.given import given
from nlpkit.settings.walk import walk

if TYPE_CHECKING:
    from nlpkit.experiment.value import Experiment


def problems_here(experiment: Experiment) -> list[NlpkitError]:
    """What its settings, and those nested in them, say that this machine lacks."""
    settings = (value for _, value in walk(experiment) if isinstance(value, Settings))
    return [error for each in settings for error in told_by(each)]


def told_by(settings: Settings) -> list[NlpkitError]:
    """What a component says that this machine lacks."""
    found = settings.problems_here()
    errors = list(found) if isinstance(found, Iterable) else [found]
    fit = all(isinstance(each, NlpkitError) for each in errors)
    given(found, fit, "an iterable of NlpkitError", settings, "problems_here")
    return errors


def require_here(experiment: Experiment) -> None:
    """An error with all that is lacking: the one there is, or a DataError where all of them are."""
    found = problems_here(experiment)
    if len(found) == 1:
        raise found[0]
    if found:
        lines = in_lines(found)
        message, hint = f"{len(found)} problems with what this experiment needs", "\n  ".join(lines)
        if all(isinstance(error, DataError) for error in found):
            raise DataError(message, hint=hint)
        raise ConfigError(message, hint=hint, problems=lines)


def in_lines(errors: Iterable[NlpkitError]) -> list[str]:
    """Each of several errors in one line, without its hint."""
    return [str(error).split("\n", 1)[0] for error in errors]
