"""A model on disk: weights, vocabulary, class names and settings; nothing in it can run code.

    bundle.json        format, versions, the SHA-256 of each other file, who provides the components
    weights.safetensors
    vocabulary.json    tokens, specials, buckets
    labels.json        class names in the order of the outputs
    settings.toml      encoder, tokenizer, text, collator
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit import __version__
from nlpkit.components import Component
from nlpkit.errors import ConfigError, DataError, MissingError
from nlpkit.model import Model, ModelSettings
from nlpkit.plugins import Plugins, load_plugins
from nlpkit.vocab import Labels, Vocab

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
FILES = ("weights.safetensors", "vocabulary.json", "labels.json", "settings.toml")


def save(model: Model, folder: Path, plugins: Plugins | None = None) -> None:
    """Write a bundle into an empty folder that exists."""
    import safetensors.torch
    import tomli_w

    from nlpkit.tables import to_table

    plugins = plugins or load_plugins()
    settings = model.settings.portable()
    weights = {name: tensor.cpu().contiguous() for name, tensor in model.classifier.state_dict().items()}
    contents = {
        "weights.safetensors": safetensors.torch.save(weights),
        "vocabulary.json": _json(
            {
                "tokens": model.vocab.tokens,
                "specials": model.vocab.specials,
                "buckets": model.vocab.buckets,
            }
        ),
        "labels.json": _json(model.labels.names),
        "settings.toml": tomli_w.dumps(to_table(settings, plugins)).encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = {
        "format": FORMAT,
        "nlpkit": __version__,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        "components": providers(settings, plugins),
    }
    (folder / "bundle.json").write_bytes(_json(manifest))


def providers(settings: Any, plugins: Plugins) -> dict[str, dict[str, str]]:
    """For each component which distribution and version gave it."""
    versions = {plugin.distribution: plugin.version for plugin in plugins.loaded}
    found = {}
    for field, value in vars(settings).items():
        if isinstance(value, Component):
            entry = plugins.entry(value.kind, plugins.registry.name_of(type(value)))
            version = versions.get(entry.distribution, __version__)
            found[field] = {"name": entry.name, "distribution": entry.distribution, "version": version}
    return found


def load(folder: Path | str, plugins: Plugins | None = None) -> Model:
    """The model of a run folder, or of the bundle inside one.

    Needs neither the training data nor the experiment file. DataError where a file is missing, damaged
    or of a newer format; MissingError where a plugin that gave a component is not installed.
    """
    folder = Path(folder)
    if (folder / "model").is_dir():
        folder = folder / "model"
    manifest = _manifest(folder)
    contents = {name: _checked(folder / name, manifest["files"].get(name)) for name in FILES}
    settings = _settings(contents["settings.toml"], manifest, folder, plugins or load_plugins())
    try:
        vocab = Vocab(**json.loads(contents["vocabulary.json"]))
        labels = Labels(json.loads(contents["labels.json"]))
        return _with_weights(settings, vocab, labels, contents["weights.safetensors"])
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DataError(f"the parts of this model do not fit together: {reason}", location=str(folder)) from None


def _with_weights(settings: ModelSettings, vocab: Vocab, labels: Labels, content: bytes) -> Model:
    import safetensors
    import safetensors.torch
    import torch

    try:
        weights = safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise ValueError(f"weights.safetensors: {error}") from None
    with torch.device("meta"):  # nothing is allocated before the shapes are known to be those of the file
        model = Model.untrained(settings, vocab, labels)
    _fit(model, weights)
    if any(buffer.is_meta for buffer in model.classifier.buffers()):  # one that is not saved
        model = Model.untrained(settings, vocab, labels)
        _fit(model, weights)
    model.classifier.eval()
    return model


def _fit(model: Model, weights: dict[str, Tensor]) -> None:
    model.classifier.load_state_dict(weights, strict=True, assign=True)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "bundle.json"
    if not path.is_file():
        what = "this folder holds no model" if folder.is_dir() else "there is no such run folder"
        raise DataError(what, location=str(folder), hint="give a folder that nlpkit run has written")
    try:
        manifest = json.loads(path.read_bytes())
        newer = manifest["format"] > FORMAT
        manifest["files"].items()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DataError("this is not the manifest of a model", location=str(path)) from None
    if newer:
        raise DataError(
            f"the model has format {manifest['format']}, and this version reads up to {FORMAT}",
            location=str(path),
            hint=f"it was written by nlpkit {manifest.get('nlpkit')}: upgrade nlpkit",
        )
    return dict(manifest)


def _checked(path: Path, sha256: str | None) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"a part of the model cannot be read: {error.strerror}", location=str(path)) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(
            "the file is damaged: its SHA-256 is not the one in bundle.json",
            location=str(path),
            hint="copy the run folder again from where it was written",
        )
    return content


def _settings(content: bytes, manifest: dict[str, Any], folder: Path, plugins: Plugins) -> ModelSettings:
    from nlpkit.tables import from_table

    try:
        settings: ModelSettings = from_table(ModelSettings, tomllib.loads(content.decode()), plugins)
    except ConfigError as error:
        missing = _absent(manifest, plugins)
        if missing:
            raise MissingError(
                f"the model needs {missing}, which is not installed or broken",
                location=str(folder),
                hint=f"install it with: pip install {missing}",
            ) from None
        raise DataError(str(error), location=str(folder / "settings.toml")) from None
    except ValueError as error:
        raise DataError(f"this is not TOML: {error}", location=str(folder / "settings.toml")) from None
    return settings


def _absent(manifest: dict[str, Any], plugins: Plugins) -> str:
    """The first distribution that gave a component and gives none here."""
    here = {"nlpkit", *(plugin.distribution for plugin in plugins.loaded)}
    given = [str(provider.get("distribution")) for provider in manifest.get("components", {}).values()]
    return next((name for name in given if name not in here), "")


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
