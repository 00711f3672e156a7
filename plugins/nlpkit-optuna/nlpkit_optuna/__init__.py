"""Search for the settings of nlpkit's experiments with Optuna: `nlpkit sweep`, and `sweep` in Python."""

from __future__ import annotations

from nlpkit_optuna.search import Search
from nlpkit_optuna.space import Space
from nlpkit_optuna.sweeping import Sweep, sweep

__all__ = ["Search", "Space", "Sweep", "sweep"]

NLPKIT_PLUGIN_API = 1
