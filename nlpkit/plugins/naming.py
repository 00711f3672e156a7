"""What a name stands for that is given in Python where a component is expected."""

from __future__ import annotations

from nlpkit.components.kinds import Component
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.plugins import loading


def class_of(kind: str, name: str) -> type[Component]:
    """The settings class of a name, as a file has it. ConfigError where there is none, MissingError where the
    plugin that has it is not here.
    """
    plugins = loading.plugins_so_far()
    try:
        return plugins.class_of(kind, name)
    except ConfigError as error:
        near = did_you_mean(name, plugins.names(kind))
        article = "an" if kind[0] in "aeiou" else "a"
        hint = "" if ":" in name else error.hint  # of a class, which Python gives as it is
        raise ConfigError(f"{name!r} is not {article} {kind}; {near}", hint=hint) from None
