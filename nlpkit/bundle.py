"""A model on disk: weights, vocabulary, class names and settings; nothing in it can run code.

bundle.json        format, versions, size and SHA-256 of each other file, who provides the components
weights.safetensors
vocabulary.json    tokens, specials, buckets
labels.json        class names in the order of the outputs
settings.toml      encoder, tokenizer, text, collator
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit import __version__
from nlpkit.components import Component
from nlpkit.errors import ConfigError, DataError, did_you_mean
from nlpkit.model import Model, ModelSettings
from nlpkit.plugins import Plugins, load_plugins
from nlpkit.providers import lacking, providers
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
    vocab = model.vocab
    weights = {  # copies, because tied weights share memory and safetensors refuses that
        name: tensor.to("cpu", copy=True).contiguous()
        for name, tensor in model.classifier.state_dict().items()
    }
    contents = {
        "weights.safetensors": safetensors.torch.save(weights),
        "vocabulary.json": _json(
            {"tokens": vocab.tokens, "specials": vocab.specials, "buckets": vocab.buckets}
        ),
        "labels.json": _json(model.labels.names),
        "settings.toml": tomli_w.dumps(to_table(settings, plugins)).encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = {
        "format": FORMAT,
        "nlpkit": __version__,
        "files": {name: _stamp(content) for name, content in contents.items()},
        "components": providers(settings, plugins),
    }
    (folder / "bundle.json").write_bytes(_json(_sealed(manifest)))


def require_writable(settings: ModelSettings) -> None:
    """ConfigError where a model of these settings could not be saved, which training would be lost to."""
    from nlpkit.tables import to_table

    to_table(settings.portable(), load_plugins())


def _stamp(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _sealed(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the SHA-256 of all the rest of it."""
    rest = {key: value for key, value in manifest.items() if key != "sha256"}
    return {**rest, "sha256": hashlib.sha256(_json(rest)).hexdigest()}


def load(
    folder: Path | str, plugins: Plugins | None = None, *, classes: Iterable[type[Component]] = ()
) -> Model:
    """The model of a run folder, or of the bundle inside one.

    Needs neither the training data nor the experiment file. `classes` are the components of the model that no
    plugin registers: none is imported by its name. DataError where a file is missing, damaged or of a newer
    format; MissingError where a plugin that gave a component is not installed, or a class is not given.
    """
    plugins = (plugins or load_plugins()).given(classes)
    folder = _bundle_folder(Path(folder))
    manifest = _manifest(folder / "bundle.json")
    contents = {name: _checked(folder / name, manifest["files"].get(name)) for name in FILES}
    settings = _settings(contents["settings.toml"], manifest, folder, plugins)
    vocab = _vocab(contents["vocabulary.json"], folder / "vocabulary.json")
    labels = _labels(contents["labels.json"], folder / "labels.json")
    try:
        return _with_weights(settings, vocab, labels, contents["weights.safetensors"])
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DataError(
            f"the parts of this model do not fit together: {reason}",
            location=str(folder),
            hint="train it again, or get it from where it was written",
        ) from None


def _bundle_folder(folder: Path) -> Path:
    try:
        for inside in (folder / "model", folder):
            if (inside / "bundle.json").exists():
                return inside
        if folder.is_dir():
            what, near = "this folder holds no model", [path.parent for path in folder.glob("*/model")]
        else:
            what = "this is no folder" if folder.exists() else "there is no such run folder"
            near = [path.parent for path in folder.parent.glob("*/model")]
    except (OSError, ValueError) as error:  # too long a name, no permission
        what, near = f"cannot be read: {getattr(error, 'strerror', None) or error}", []
    hint = "give a folder that nlpkit run has written"
    if near:
        hint += f"; {did_you_mean(folder.name, [path.name for path in near])}"
    raise DataError(what, location=str(folder), hint=hint)


def _with_weights(settings: ModelSettings, vocab: Vocab, labels: Labels, content: bytes) -> Model:
    import safetensors
    import safetensors.torch

    from nlpkit.nn.shapes import shapes_alone

    try:
        weights = safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise ValueError(f"weights.safetensors: {error}") from None
    with shapes_alone():  # nothing is allocated before the shapes are known to be those of the file
        model = Model.untrained(settings, vocab, labels)
    _fit(model, weights)
    if any(buffer.is_meta for buffer in model.classifier.buffers()):  # one that is not saved
        model = Model.untrained(settings, vocab, labels)
        _fit(model, weights)
    model.classifier.eval()
    return model


def _fit(model: Model, weights: dict[str, Tensor]) -> None:
    for name, expected in model.classifier.state_dict().items():
        if name in weights and weights[name].dtype != expected.dtype:
            raise ValueError(f"{name} is {weights[name].dtype}, and {expected.dtype} is expected")
        if name in weights and weights[name].is_floating_point() and not weights[name].isfinite().all():
            raise ValueError(f"{name} has numbers that are not finite")
    model.classifier.load_state_dict(weights, strict=True, assign=True)


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


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _manifest(path: Path) -> dict[str, Any]:
    content = _content(path)
    manifest = _parsed(content, path)
    if not isinstance(manifest, dict) or type(manifest.get("format")) is not int:
        raise DataError("this is not the manifest of a model", location=str(path))
    if manifest["format"] > FORMAT:
        raise DataError(
            f"the model has format {manifest['format']}, and this version reads up to {FORMAT}",
            location=str(path),
            hint=f"it was written by nlpkit {manifest.get('nlpkit')}: upgrade nlpkit",
        )
    if content != _json(_sealed(manifest)) or not isinstance(manifest.get("files"), dict):
        raise _damaged(path, "its own SHA-256 is another")
    return manifest


def _content(path: Path, size: object = None) -> bytes:
    try:
        if not path.is_file():  # a pipe would be waited for
            raise FileNotFoundError(2, "there is no such file")
        if size is not None and path.stat().st_size != size:
            raise _damaged(path, f"it has {path.stat().st_size:,} bytes, and bundle.json says {size}")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"a part of the model cannot be read: {error.strerror}", location=str(path)) from None


def _checked(path: Path, stamp: object) -> bytes:
    content = _content(path, stamp.get("size") if isinstance(stamp, dict) else None)
    if _stamp(content) != stamp:
        raise _damaged(path, "its SHA-256 is not the one in bundle.json")
    return content


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(
        f"the file is damaged: {reason}",
        location=str(path),
        hint="copy the run folder again from where it was written",
    )


def _parsed(content: bytes, path: Path) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise DataError("this is not JSON with each key once", location=str(path)) from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is given twice")
    return dict(pairs)


def _settings(content: bytes, manifest: dict[str, Any], folder: Path, plugins: Plugins) -> ModelSettings:
    from nlpkit.tables import from_table

    path = str(folder / "settings.toml")
    try:
        settings: ModelSettings = from_table(ModelSettings, tomllib.loads(content.decode()), plugins)
    except ConfigError as error:
        if missing := lacking(manifest.get("components"), plugins):
            raise missing from None
        raise DataError(error.message, hint="\n  ".join(error.problems[:3]), location=path) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"this is not TOML: {error}", location=path) from None
    return settings


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")
