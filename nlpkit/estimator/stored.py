"""An estimator on disk: the files of its model, and beside them what scikit-learn knows of it.

estimator.json     format, its own SHA-256, the parameters as tables, the classes with their names and type,
                   how labels are given, and the validation scores
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlpkit.errors import DataError
from nlpkit.estimator.targets import Targets
from nlpkit.experiment.value import Experiment
from nlpkit.models.bundle import refusals
from nlpkit.models.saved import load as load_model
from nlpkit.models.text_model import TextModel
from nlpkit.models.written import SEAL
from nlpkit.plugins.catalogue import Classes, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.scoring.tables import finite
from nlpkit.settings.tables import in_tables, setting_from_table
from nlpkit.settings.walk import is_settings
from nlpkit.system import sealed
from nlpkit.system.atomic import atomic_folder
from nlpkit.system.sealed import Seal

FILE: Final = "estimator.json"
FORMAT: Final = 1
_FORMS: Final = ("one", "sets", "indicator")


@dataclass(frozen=True)
class Stored:
    """What was found in a folder."""

    parameters: dict[str, Any]
    model: TextModel
    targets: Targets
    valid_scores: dict[str, float]


def save(
    folder: Path,
    model: TextModel,
    targets: Targets,
    parameters: Mapping[str, Any],
    valid_scores: Mapping[str, float],
) -> None:
    """Write an estimator to a new folder."""
    plugins = load_plugins()
    about = {
        "format": FORMAT,
        "parameters": {name: _written(value, plugins) for name, value in parameters.items()},
        "classes": targets.classes.tolist(),
        "dtype": targets.classes.dtype.str,
        "names": targets.names,
        "form": targets.form,
        "valid_scores": finite(valid_scores),
    }
    with atomic_folder(folder) as partial:
        model.write(partial, plugins)
        sealed.write(partial / FILE, about, {SEAL: [(partial / SEAL).read_bytes()]})


def load(folder: Path, device: str, classes: Classes) -> Stored:
    """What `save` wrote."""
    model = load_model(folder, classes=classes, device=device)
    if not (folder / FILE).is_file():
        hint = "nlpkit.load reads it; TextClassifier.load is for what TextClassifier.save has written"
        raise DataError(f"there is no {FILE} here", location=str(folder), hint=hint)
    with refusals(folder):
        seal = Seal.read(folder / FILE)
        if seal.about.get("format") != FORMAT:
            raise ValueError(f"{FILE} has another format than {FORMAT}")
        seal.checked().bytes_of(SEAL, sealed.MAX_SEAL_BYTES)
        about, plugins = seal.about, load_plugins().given(classes)
        targets = Targets(_classes(about), tuple(about["names"]), about["form"])
        if targets.form not in _FORMS or len(targets.names) != len(targets.classes):
            raise ValueError(f"{FILE} has other names than classes")
        parameters = {name: _read(name, value, plugins) for name, value in about["parameters"].items()}
        return Stored(parameters, model, targets, dict(about["valid_scores"]))


def _classes(about: Mapping[str, Any]) -> NDArray[Any]:
    """The classes; ValueError where their type is not one that labels have."""
    if np.dtype(about["dtype"]).kind not in "biufU":
        raise ValueError(f"classes are not of type {about['dtype']}")
    return np.array(about["classes"], about["dtype"])


def _written(value: Any, plugins: Plugins) -> Any:
    """A parameter as JSON has it: a component is a table."""
    return in_tables(value, plugins) if is_settings(value) or isinstance(value, tuple | list) else value


def _read(name: str, value: Any, plugins: Plugins) -> Any:
    """The parameter that was written."""
    nested = isinstance(value, dict | list)
    return setting_from_table(Experiment, name, value, plugins) if nested else value
