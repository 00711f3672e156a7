"""The hooks a plugin may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from nlpkit.registry import Registry

GROUP = "nlpkit"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def nlpkit_register(registry: Registry) -> None:
    """Add components: `registry.add("cnn", Cnn)` for each settings class."""
