"""Search for the settings of nlpkit's experiments with Optuna: `nlpkit sweep`, and `sweep` in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from nlpkit_optuna.search import Search as Search
    from nlpkit_optuna.space import Space as Space
    from nlpkit_optuna.sweeping import Sweep as Sweep
    from nlpkit_optuna.sweeping import sweep as sweep

NLPKIT_PLUGIN_API = 1

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"search": ["Search"], "space": ["Space"], "sweeping": ["Sweep", "sweep"]}
)
