"""A model as a folder of ONNX graphs, which a loader of one file reads without nlpkit and torch.

export.json        format, versions, size and SHA-256 of each other file
model.json         labels, the decision, and for each classifier its tokenizer, and how its texts are cut
model.onnx, vocabulary.json            of one classifier
MEMBER.onnx, MEMBER.vocabulary.json    of each classifier of a pool
nlpkit_onnx.py     the loader
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from nlpkit.batch import LengthBatch
from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.kinds import Encoder, Pooling
from nlpkit.components.linear import Tfidf
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.models import saved
from nlpkit.models.exporting import loader
from nlpkit.models.exporting.gate import TOLERANCE, Measured, generated, measured
from nlpkit.models.exporting.graph import Precision, graph_of
from nlpkit.models.exporting.libraries import library
from nlpkit.models.exporting.one_file import one_file
from nlpkit.models.exporting.tokenizers import described
from nlpkit.models.model import Model
from nlpkit.models.pool import Pool
from nlpkit.models.text_model import TextModel
from nlpkit.settings.walk import walk
from nlpkit.system import sealed
from nlpkit.system.atomic import atomic_folder, require_free
from nlpkit.system.sealed import folder_bytes, to_json
from nlpkit.version import __version__

LOADER = "nlpkit_onnx.py"


@dataclass(frozen=True)
class Exported:
    """An exported model: its folder, and each form of it on the same texts, torch's first."""

    folder: Path
    forms: tuple[Measured, ...] = field(repr=False)
    rows: int
    real_rows: bool


def export(
    model: TextModel | Path | str,
    folder: Path | str,
    *,
    precision: Precision = "fp32",
    texts: Sequence[str] | None = None,
    labels: Sequence[Any] | None = None,
    max_changed: float = 0.01,
) -> Exported:
    """Write a model, or that of a run folder, as ONNX graphs with a loader that needs numpy and onnxruntime
    alone.

    The written folder is compared with the model on `texts`, or on generated ones: GateError, and no folder,
    where a probability differs by more than 1e-5, or, of "fp16" and "int8", where more than the share
    `max_changed` of the texts get another label. `labels` are the true ones, for the accuracy in the table.
    ConfigError where a component cannot be exported; MissingError without the extra `onnx`.
    """
    library("onnx")
    library("onnxruntime")
    if precision not in get_args(Precision):
        near = did_you_mean(f"{precision}", get_args(Precision))
        raise ConfigError(f"there is no precision {precision!r}; {near}")
    folder = Path(folder)
    require_free(folder, "--output")
    model = saved.model_of(model)
    members = _members(model)
    for _, _, member in members:
        require_exportable(member)
    rows = generated(model) if texts is None else list(texts)
    with atomic_folder(folder) as partial:
        exact = partial / "fp32"  # what fewer bits are held against, and gone before the folder has its name
        exact.mkdir()
        size = _write(exact, model, members, "fp32")
        forms: dict[str, Any] = {"torch": (Plain(model), model_bytes(model))}
        forms["onnx fp32"] = (loader.load(exact), size)
        if precision != "fp32":
            size = _write(partial, model, members, precision)
            forms[f"onnx {precision}"] = (loader.load(partial), size)
        table = measured(forms, rows, labels)
        for form, tolerance in zip(table[1:], (TOLERANCE, None), strict=False):
            form.require(len(rows), tolerance=tolerance, max_changed=max_changed)
        for path in list(exact.iterdir()):
            path.unlink() if precision != "fp32" else path.rename(partial / path.name)
        exact.rmdir()
    return Exported(folder, tuple(table), len(rows), texts is not None)


class Plain:
    """A model as it answers in one process, as the exported one does."""

    def __init__(self, model: TextModel) -> None:
        self._model = model
        self.named = model.named

    def probabilities(self, texts: Sequence[str]) -> Any:
        return self._model.probabilities(texts, workers=1)


def closed(encoder: Encoder) -> Encoder | Pooling | None:
    """The first part of an encoder, or the encoder, that does not say that it can be exported."""
    parts = (part for _, part in walk(encoder) if isinstance(part, Encoder | Pooling))
    return next((part for part in parts if not type(part).exports), None)


def require_exportable(model: Model) -> None:
    """ConfigError that names the component which cannot be exported."""
    settings = model.settings
    if (part := closed(settings.encoder)) is not None:
        raise _refusal(
            part, "does not say that its module can be traced", "set `exports = True` in its class"
        )
    graph_reads = isinstance(settings.encoder, Tfidf) or issubclass(LengthBatch, settings.encoder.accepts)
    if not graph_reads:
        raise _refusal(
            settings.encoder, "reads no padded batch", "let it accept a PaddedBatch or a LengthBatch"
        )
    if type(settings.collator) not in (Padify, PadLength, Offsetify):
        raise _refusal(settings.collator, "is none of nlpkit", "use padify, pad_length or offsetify")
    try:
        described(settings.tokenizer.build())
    except ValueError as error:
        hint = "let its build() give a function of nlpkit.components.tokenizing, or a partial of one"
        raise _refusal(settings.tokenizer, f"cannot be written down: {error}", hint) from None


def _refusal(part: object, reason: str, hint: str) -> ConfigError:
    kind = getattr(part, "kind", "component")
    return ConfigError(f"the {kind} {type(part).__name__} cannot be exported: it {reason}", hint=hint)


def _members(model: TextModel) -> list[tuple[str, float, Model]]:
    """Name, weight and classifier of each member; one alone has no name."""
    if isinstance(model, Pool):
        return list(zip((f"{name}." for name in model.names), model.weights, model.members, strict=True))
    if isinstance(model, Model):
        return [("", 1.0, model)]
    raise TypeError(f"a Model or a Pool can be exported, not a {type(model).__name__}")


def _write(
    folder: Path, model: TextModel, members: Sequence[tuple[str, float, Model]], precision: Precision
) -> int:
    """Write all files, and say how many bytes they have without the loader."""
    files: dict[str, bytes] = {}
    told = []
    for name, weight, member in members:
        graph, vocabulary = f"{name}onnx" if name else "model.onnx", f"{name}vocabulary.json"
        vocab, settings = member.vocab, member.settings
        files[graph] = graph_of(member.classifier, precision)
        content = {"tokens": vocab.tokens, "specials": vocab.specials, "buckets": vocab.buckets}
        files[vocabulary] = to_json(content)
        about = {"graph": graph, "vocabulary": vocabulary, "weight": weight}
        about |= {"tokenizer": described(settings.tokenizer.build()), "normalize": settings.text.normalize}
        told.append(about | {"max_tokens": settings.collator.max_tokens, "keep": settings.collator.keep})
    decision = model.decision
    asked = ("multi_label", "temperature", "thresholds", "levels", "set_level")
    decided = {name: getattr(decision, name) for name in asked}
    files[loader.SETTINGS] = to_json({"labels": model.labels.names, **decided, "members": told})
    size = sum(map(len, files.values()))
    files[LOADER] = one_file(loader.__name__).encode()
    about = {"format": loader.FORMAT, "nlpkit": __version__, "precision": precision}
    sealed.write(folder / loader.SEAL, about, {name: [content] for name, content in files.items()})
    return size


def model_bytes(model: TextModel) -> int:
    """How large the weights and vocabularies of a model are, as a run folder has them."""
    if model.location:
        with suppress(OSError):
            return folder_bytes(Path(model.location))
    return sum(
        sum(each.nbytes for each in part.classifier.state_dict().values())
        + sum(len(token.encode("utf-8", "surrogatepass")) + 5 for token in part.vocab.tokens)
        for part in model.parts
    )
