"""Any model on disk. That of several classifiers has a folder for each, which is a model of its own.

bundle.json        format, versions, the names and weights of the members, size and SHA-256 of the bundle.json
                   of each, its own SHA-256, the layout of the training files, and the decision, where it is
                   more than the likeliest class
MEMBER/            the bundle of one classifier
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nlpkit.errors import ConfigError, DataError
from nlpkit.models import bundle
from nlpkit.models.pool import Pool
from nlpkit.models.text_model import TextModel
from nlpkit.models.written import SEAL
from nlpkit.plugins.catalogue import Classes, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.settings.tables import from_table
from nlpkit.system import sealed
from nlpkit.system.sealed import Seal

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")  # of a folder
_MAX_MEMBERS: Final = 1000


def load(
    folder: Path | str, plugins: Plugins | None = None, *, classes: Classes = (), device: str = "cpu"
) -> TextModel:
    """The model of a run folder, or of the bundle inside one: a `Model`, or a `Pool` of several.

    Needs neither the training data nor the experiment file. `classes` are the components of the model that no
    plugin registers: none is imported by its name. `device` is where it predicts: "cpu", "cuda", or "auto",
    a GPU where there is one. DataError where a file is missing, damaged or of a newer format; MissingError
    where a plugin that gave a component is not installed, or a class is not given.
    """
    model = _loaded(bundle.bundle_folder(Path(folder)), plugins, classes)
    if device != "cpu":
        from nlpkit.training.devices import device_of

        place = device_of(device, workers=1, precision="float32")
        for part in model.parts:
            part.classifier.to(place)
    return model


def model_of(given: object) -> TextModel:
    """A model as it is given: by itself, in an estimator that is fitted, or by its folder."""
    found = getattr(given, "model_", given)
    if isinstance(found, TextModel):
        return found
    if not isinstance(found, str | Path):
        said = f"a model or the folder of one is expected, not {type(given).__name__}"
        raise TypeError(f"{said}{' before fit' if hasattr(given, 'fit') else ''}")
    return load(found)


def _loaded(folder: Path, plugins: Plugins | None, classes: Classes) -> TextModel:
    with bundle.refusals(folder):
        seal = bundle.checked_seal(folder)
        if "members" not in seal.about:
            return bundle.load(folder, plugins, classes=classes)
        names, weights = _members(seal)
        layout = bundle.layout_of(seal)
        decision = _decision(seal, plugins or load_plugins())
        for name in names:
            seal.bytes_of(f"{name}/{SEAL}", sealed.MAX_SEAL_BYTES)
    members = tuple(bundle.load(folder / name, plugins, classes=classes) for name in names)
    labels = members[0].labels
    if any(member.labels.names != labels.names for member in members):
        raise DataError("the members of this model know different classes", location=str(folder))
    members = tuple(replace(member, layout=layout) for member in members)
    with bundle.refusals(folder):
        decision.require_classes(len(labels))
        if any(member.decision.task != decision.task for member in members):
            raise ValueError("the members make other decisions than the model")
    return Pool(names, weights, members, labels, layout, str(folder), decision)


def _decision(seal: Seal, plugins: Plugins) -> Decision:
    """That of all members together; ValueError where it is none."""
    if "decision" not in seal.about:
        return SINGLE_LABEL
    try:
        found: Decision = from_table(Decision, seal.about["decision"], plugins)
    except ConfigError as error:
        raise ValueError(f"the decision of the members: {'; '.join(error.problems[:3]) or error}") from None
    return found


def _members(seal: Seal) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Names and weights; ValueError where they are none."""
    found: Any = seal.about["members"]
    if not isinstance(found, list) or not 0 < len(found) <= _MAX_MEMBERS:
        raise ValueError(f"{seal.path.name} has no list of members")
    names, weights = (tuple(each[key] for each in found) for key in ("name", "weight"))
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        raise ValueError("the name of a member is none")
    if len(set(names)) < len(names):
        raise ValueError("two members have one name")
    if not all(type(weight) is float and math.isfinite(weight) and weight > 0 for weight in weights):
        raise ValueError("the weight of a member is not a number above 0")
    return names, weights
