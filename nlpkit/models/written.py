"""A model of one classifier as files: weights, vocabulary, class names and settings; nothing in them can run
code.

bundle.json        format, versions, size and SHA-256 of each other file, who provides the components, and the
                   layout of the training files
weights.safetensors
vocabulary.json    tokens, specials, buckets
labels.json        class names in the order of the outputs
settings.toml      encoder, tokenizer, text, collator, decision
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from nlpkit.data.reading.formats import layout_table
from nlpkit.errors import ConfigError
from nlpkit.models import weights
from nlpkit.plugins.catalogue import Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.providers import providers
from nlpkit.scoring.decisions import Decision
from nlpkit.settings.checks import Settings
from nlpkit.settings.outside import named_outside
from nlpkit.system import sealed
from nlpkit.system.sealed import to_json
from nlpkit.version import __version__

if TYPE_CHECKING:
    from nlpkit.data.reading.layout import Layout
    from nlpkit.nn.classifier import Classifier
    from nlpkit.vocab import Labels, Vocab

FORMAT: Final = 3  # since 2 a decision has a temperature; since 3 what validation texts chose, or many labels
PLAIN_FORMAT: Final = 2
SEAL: Final = "bundle.json"
MAX_BYTES: Final = {  # what more is, nobody has trained
    "vocabulary.json": 1 << 29,  # 30 million tokens
    "labels.json": 1 << 24,
    "settings.toml": 1 << 26,  # of a tokenizer that has learned its pieces
}
FILES: Final = (weights.FILE, *MAX_BYTES)


class AnyModel(Protocol):
    """What every model has that its seal tells of."""

    @property
    def layout(self) -> Layout | None: ...

    @property
    def decision(self) -> Decision: ...


class OneClassifier(AnyModel, Protocol):
    """A model of one classifier."""

    @property
    def settings(self) -> Settings: ...

    @property
    def vocab(self) -> Vocab: ...

    @property
    def labels(self) -> Labels: ...

    @property
    def classifier(self) -> Classifier: ...


def write(model: OneClassifier, folder: Path, plugins: Plugins | None = None) -> None:
    """Write a bundle into an empty folder that exists."""
    import tomli_w

    from nlpkit.settings.tables import to_table

    plugins = plugins or load_plugins()
    settings = model.settings.portable()
    vocab = model.vocab
    files = {
        weights.FILE: weights.to_bytes(model.classifier),
        "vocabulary.json": to_json(
            {"tokens": vocab.tokens, "specials": vocab.specials, "buckets": vocab.buckets}
        ),
        "labels.json": to_json(model.labels.names),
        "settings.toml": tomli_w.dumps(
            {**to_table(settings, plugins), "decision": decision_table(model.decision, plugins)}
        ).encode(),
    }
    about = {**about_model(model), "components": providers(settings, plugins)}
    sealed.write(folder / SEAL, about, {name: [content] for name, content in files.items()})


def about_model(model: AnyModel) -> dict[str, Any]:
    """What the seal of any model says."""
    layout = {} if model.layout is None else {"layout": layout_table(model.layout)}
    plain = not (model.decision.multi_label or changed(model.decision))
    return {"format": PLAIN_FORMAT if plain else FORMAT, "nlpkit": __version__, **layout}


def changed(decision: Decision) -> list[str]:
    """The fields that a decision of the format before does not have, where they say something."""
    plain = Decision(task=decision.task, temperature=decision.temperature)
    return [
        each.name for each in fields(decision) if getattr(decision, each.name) != getattr(plain, each.name)
    ]


def decision_table(decision: Decision, plugins: Plugins) -> dict[str, Any]:
    """A decision as TOML or JSON has it: without what says nothing, which an older version does not know."""
    from nlpkit.settings.tables import to_table

    kept = {"task", "temperature", *changed(decision)}
    return {name: value for name, value in to_table(decision, plugins).items() if name in kept}


def require_writable(settings: Settings) -> None:
    """ConfigError where a model of these settings could not be saved, which training would be lost to."""
    from nlpkit.settings.tables import to_table

    kept = settings.portable()
    if named := next(named_outside(kept), ""):
        raise ConfigError(
            f"{named} names something outside the model, which keeps what it needs in its own folder",
            hint="give its class a portable() that keeps what is there instead, and list in its `outside` "
            "which settings that leaves empty",
        )
    to_table(kept, load_plugins())
