"""nlpkit's runs in MLflow: settings, metrics by epoch, test scores and files."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit import Tracker, hookimpl, refuse

if TYPE_CHECKING:
    from nlpkit import Registry
    from nlpkit_mlflow.recording import Recording

__all__ = ["Mlflow"]


@dataclass(frozen=True)
class Mlflow(Tracker):
    """MLflow: the settings, metrics by epoch, test scores and files of each run, in a tracking store.

    experiment: the MLflow experiment that the run belongs to; it is made where it is not there yet
    tracking_uri: the store: a database file in the current folder, or the address of a server
    run_name: the name of the run; none takes that of the run folder, or one that MLflow invents
    """

    experiment: str = "nlpkit"
    tracking_uri: str = "sqlite:///mlflow.db"
    run_name: str | None = None

    def __post_init__(self) -> None:
        names = {"experiment": self.experiment, "tracking_uri": self.tracking_uri, "run_name": self.run_name}
        empty = {field: "is empty" for field, name in names.items() if name is not None and not name.strip()}
        password = re.match(r"https?://[^/]*:[^/]*@", self.tracking_uri)
        secret = {"tracking_uri": "has a password; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"}
        refuse(empty, secret if password else {})

    def build(self) -> Recording:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # MLflow reads it when it is imported
        from nlpkit_mlflow.recording import Recording

        return Recording(self.experiment, self.tracking_uri, self.run_name)


NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("mlflow", Mlflow)
