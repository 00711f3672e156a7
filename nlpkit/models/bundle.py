"""Models of one classifier as they are read from their files, which `nlpkit.models.written` writes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.data.reading.formats import layout_from
from nlpkit.errors import ConfigError, DataError, MissingError, did_you_mean
from nlpkit.models import weights
from nlpkit.models.model import Model, ModelSettings
from nlpkit.models.written import FORMAT, MAX_BYTES, SEAL
from nlpkit.plugins.blame import blame
from nlpkit.plugins.catalogue import Classes, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.providers import lacking
from nlpkit.settings.outside import named_outside
from nlpkit.system.sealed import Seal, SealError, from_json
from nlpkit.vocab import Labels, Vocab

if TYPE_CHECKING:
    from nlpkit.data.reading.layout import Layout


def load(folder: Path | str, plugins: Plugins | None = None, *, classes: Classes = ()) -> Model:
    """The model of a run folder, or of the bundle inside one.

    Needs neither the training data nor the experiment file. `classes` are the components of the model that no
    plugin registers: none is imported by its name. DataError where a file is missing, damaged or of a newer
    format; MissingError where a plugin that gave a component is not installed, or a class is not given.
    """
    plugins = (plugins or load_plugins()).given(classes)
    folder = bundle_folder(Path(folder))
    with refusals(folder):
        seal = checked_seal(folder)
        contents = {name: seal.bytes_of(name, max_bytes) for name, max_bytes in MAX_BYTES.items()}
        settings = _settings(contents["settings.toml"], seal.about, folder, plugins)
        vocab = _vocab(contents["vocabulary.json"], folder / "vocabulary.json")
        labels = _labels(contents["labels.json"], folder / "labels.json")
        settings.decision.require_classes(len(labels))
        layout = layout_of(seal)
        model = _with_weights(settings, vocab, labels, seal)
    return replace(model, location=str(folder), layout=layout)


def checked_seal(folder: Path) -> Seal:
    """The seal of a model in a folder, of a format that is known."""
    seal = Seal.read(folder / SEAL)
    _check_format(seal)
    return seal.checked()


@contextmanager
def refusals(folder: Path) -> Iterator[None]:
    """What is wrong with a model in a folder, as a DataError."""
    try:
        yield
    except SealError as error:
        raise DataError(
            f"the file is damaged: {error.reason}",
            location=str(error.path),
            hint="copy the run folder again from where it was written",
        ) from None
    except OSError as error:
        raise DataError(
            f"a part of the model cannot be read: {error.strerror}", location=str(error.filename or folder)
        ) from None
    except (DataError, MissingError):
        raise
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        if blame(error):
            raise
        reason = " ".join(str(error).split())[:300]
        raise DataError(
            f"the parts of this model do not fit together: {reason}",
            location=str(folder),
            hint="train the model again, or copy its folder again",
        ) from None


def bundle_folder(folder: Path) -> Path:
    """Where the model of a run folder is; DataError where there is none."""
    try:
        for inside in (folder / "model", folder):
            if (inside / SEAL).exists():
                return inside
        if folder.is_dir() and (runs := sorted(map(str, _runs_in(folder)))):
            more = f" and {len(runs) - 20} more" if len(runs) > 20 else ""
            hint = f"name one of them: {', '.join(runs[:20])}{more}"
            raise DataError("this is a folder of runs, not a run", location=str(folder), hint=hint)
        there = folder.exists()
        what = "this folder holds no model" if there else "there is no such run folder"
        if there and not folder.is_dir():
            what = "this is not a folder"
        near = _runs_in(folder.parent)
    except (OSError, ValueError) as error:  # too long a name, no permission
        what, near = f"cannot be read: {getattr(error, 'strerror', None) or error}", []
    hint = "give a folder written by nlpkit run"
    if near:
        hint += f"; {did_you_mean(str(folder), map(str, near))}"
    raise DataError(what, location=str(folder), hint=hint)


def _runs_in(folder: Path) -> list[Path]:
    return [path.parent.parent for path in folder.glob(f"*/model/{SEAL}")]


def _with_weights(settings: ModelSettings, vocab: Vocab, labels: Labels, seal: Seal) -> Model:
    from nlpkit.nn.modes import drawing, plain_modes
    from nlpkit.nn.shapes import shapes_alone

    with plain_modes():
        with shapes_alone():  # nothing is allocated before the shapes are known to be those of the file
            model = Model.untrained(settings, vocab, labels)
        found = weights.read(seal, model.classifier.state_dict())
        if any(buffer.is_meta and name not in found for name, buffer in model.classifier.named_buffers()):
            with drawing(0):  # one that is not saved
                model = Model.untrained(settings, vocab, labels)
        model.classifier.load_state_dict(found, strict=True, assign=True)
    model.classifier.eval()
    return model


def _vocab(content: bytes, path: Path) -> Vocab:
    found = _parsed(content, path)
    try:
        fits = (
            found.keys() == {"tokens", "specials", "buckets"}
            and _are_strings(found["tokens"])
            and _are_strings(found["specials"])
            and type(found["buckets"]) is int
            and 0 <= found["buckets"] < 2**31
        )
        if fits:
            return Vocab(found["tokens"], specials=found["specials"], buckets=found["buckets"])
    except (AttributeError, ValueError):
        pass
    raise DataError("this is not a vocabulary: distinct tokens, specials and buckets", location=str(path))


def _labels(content: bytes, path: Path) -> Labels:
    found = _parsed(content, path)
    if not (_are_strings(found) and found and len(set(found)) == len(found)):
        raise DataError("this is not a list of distinct class names", location=str(path))
    return Labels(found)


def layout_of(seal: Seal) -> Layout | None:
    """The layout of the training files, where there were files."""
    try:
        return layout_from(seal.about["layout"]) if "layout" in seal.about else None
    except (ValueError, TypeError) as error:
        raise DataError(
            f"the layout of the training files is unknown: {error}", location=str(seal.path)
        ) from None


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _check_format(seal: Seal) -> None:
    written = seal.about.get("format")
    if type(written) is not int or written < 1:
        raise DataError("this is not the manifest of a model", location=str(seal.path))
    if written > FORMAT:
        raise DataError(
            f"the model has format {written}, but this version reads only up to {FORMAT}",
            location=str(seal.path),
            hint=f"it was written by nlpkit {seal.about.get('nlpkit')}: upgrade nlpkit-toolkit",
        )


def _parsed(content: bytes, path: Path) -> Any:
    try:
        return from_json(content)
    except ValueError as error:
        raise DataError(str(error), location=str(path)) from None


def _settings(content: bytes, about: dict[str, Any], folder: Path, plugins: Plugins) -> ModelSettings:
    from nlpkit.settings.tables import from_table

    path = str(folder / "settings.toml")
    try:
        settings: ModelSettings = from_table(ModelSettings, tomllib.loads(content.decode()), plugins)
    except (ConfigError, MissingError) as error:
        if missing := lacking(about.get("components"), plugins):
            raise missing from None
        if isinstance(error, MissingError):
            error.location = path
            raise
        raise DataError(error.message, hint="\n  ".join(error.problems[:3]), location=path) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"this is not TOML: {error}", location=path) from None
    if outside := next(named_outside(settings), ""):
        raise DataError(
            f"{outside} names something outside the model, which no model that nlpkit writes does",
            location=path,
            hint="somebody has changed it: copy the run folder again from where it was written",
        )
    return settings
