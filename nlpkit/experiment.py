"""An experiment: components that fit together, from a TOML file or from Python."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nlpkit.checks import Settings
from nlpkit.collators import Offsetify, Padify, PadLength
from nlpkit.components import (
    Collator,
    Component,
    Dataset,
    Encoder,
    Tokenizer,
    Tracker,
    Trainer,
    refuse,
    whole,
)
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.metrics import unknown_metrics
from nlpkit.plugins import Plugins, load_plugins
from nlpkit.tokenizers import BasicEnglish
from nlpkit.trainers import Standard

_NO_EFFECT = "has no effect beside file, whose tokens all get an id; leave one of the two out"


@dataclass(frozen=True)
class TextConfig(Settings):
    """What happens to a text before it is tokenized.

    normalize: the Unicode form all text is brought to (Unicode Standard Annex 15)
    """

    normalize: Literal["none", "NFC", "NFKC"] = "none"


@dataclass(frozen=True)
class VocabConfig(Settings):
    """Which tokens get an id of their own.

    min_count: times a token has to be seen in the training texts
    max_size: ids there are at the most, padding, unknown and specials included; none keeps all tokens
    specials: names of further ids that no text contains, for encoders that ask for them
    buckets: ids shared by the tokens that have none of their own, by hash
    file: a list of tokens, one a line, instead of those of the training texts
    """

    min_count: int = 1
    max_size: int | None = None
    specials: tuple[str, ...] = ()
    buckets: int = 0
    file: Path | None = None

    def __post_init__(self) -> None:
        doubled = len(set(self.specials)) < len(self.specials) or {"<pad>", "<unk>"} & set(self.specials)
        unused = {"min_count": self.min_count != 1, "max_size": self.max_size is not None}
        refuse(
            whole(1, 2**31 - 1, min_count=self.min_count),
            whole(3 + len(self.specials), 100_000_000, max_size=self.max_size),
            whole(0, 100_000_000, buckets=self.buckets),
            {"specials": "names a special twice; <pad> and <unk> are always there"} if doubled else {},
            {name: _NO_EFFECT for name, given in unused.items() if given and self.file is not None},
        )


@dataclass(frozen=True)
class Experiment(Settings):
    """Everything a run depends on. One that exists has been checked and can run.

    data: where the texts come from
    encoder: what makes one vector of a text
    tokenizer: what makes tokens of a text
    text: what happens to a text before
    vocab: which tokens get an id
    collator: what makes a batch of texts
    trainer: how the classifier is fitted
    metrics: scores of the test texts, by their scikit-learn names
    seed: the one number that all randomness of a run comes from
    track: who is told how the run goes
    """

    data: Dataset
    encoder: Encoder
    tokenizer: Tokenizer = field(default_factory=BasicEnglish)
    text: TextConfig = field(default_factory=TextConfig)
    vocab: VocabConfig = field(default_factory=VocabConfig)
    collator: Collator = field(default_factory=PadLength)
    trainer: Trainer = field(default_factory=Standard)
    metrics: tuple[str, ...] = ("accuracy", "f1_macro", "log_loss")
    seed: int = 13
    track: tuple[Tracker, ...] = ()

    def __post_init__(self) -> None:
        refuse(
            {} if self.metrics else {"metrics": "is empty; name one, such as accuracy"},
            unknown_metrics(metrics=self.metrics),
            whole(0, 2**31 - 1, seed=self.seed),
            _misfit(self.collator, self.encoder),
        )


def _misfit(collator: Collator, encoder: Encoder) -> dict[str, str]:
    """The problem of a collator that does not produce what the encoder accepts, and what would."""
    if not isinstance(encoder, Encoder) or issubclass(collator.produces, encoder.accepts):
        return {}
    accepts = encoder.accepts if isinstance(encoder.accepts, tuple) else (encoder.accepts,)
    named = " or a ".join(layout.__name__ for layout in accepts)
    fitting = [name for name, each in _COLLATORS.items() if issubclass(each.produces, accepts)]
    use = " or ".join(fitting) or f"a collator that produces a {named}"
    by, it = f"{type(collator).__name__} produces a {collator.produces.__name__}", type(encoder).__name__
    return {"collator": f"{by}, and {it} accepts a {named}; use {use}"}


# those of plugins are not loaded to word an error
_COLLATORS: dict[str, Collator] = {"offsetify": Offsetify(), "pad_length": PadLength(), "padify": Padify()}

_MAX_CHARS = 1_000_000  # of an experiment file


def load(
    path: Path | str,
    overrides: Sequence[str] = (),
    plugins: Plugins | None = None,
    *,
    classes: Iterable[type[Component]] = (),
) -> Experiment:
    """The experiment a TOML file describes. `overrides` are "encoder.hidden_size=64": a key and TOML.

    `classes` are its components that no plugin registers: none is imported by its name in the file.
    """
    path = Path(path)
    table = _read(path)
    for override in overrides:
        _override(table, override)
    plugins = (plugins or load_plugins()).given(classes)
    return experiment_of(table, plugins, location=str(path))


def experiment_of(table: dict[str, Any], plugins: Plugins | None = None, *, location: str = "") -> Experiment:
    """The experiment a table describes; `location` is where the table came from."""
    from nlpkit.tables import from_table

    try:
        experiment: Experiment = from_table(Experiment, table, plugins or load_plugins())
    except ConfigError as error:
        error.location = error.location or location
        raise
    return experiment


def dump(experiment: Experiment, plugins: Plugins | None = None) -> str:
    """Every setting as TOML: `load` of it gives an equal experiment."""
    import tomli_w

    from nlpkit.tables import to_table

    return tomli_w.dumps(to_table(experiment, plugins or load_plugins()))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_MAX_CHARS + 1)
        if len(text) > _MAX_CHARS:
            raise ConfigError(f"this is longer than {_MAX_CHARS:,} characters", location=str(path))
        return tomllib.loads(text)
    except FileNotFoundError:
        near = [file.name for file in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, near) if near else "nlpkit examples lists what there is to start from"
        raise ConfigError("there is no such file", location=str(path), hint=hint) from None
    except IsADirectoryError:
        raise ConfigError("this is a folder, and a TOML file is expected", location=str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"byte {error.start} is not UTF-8", location=str(path)) from None
    except ValueError as error:  # also of a number with more digits than Python reads
        raise ConfigError(f"this is not TOML: {error}", location=str(path)) from None
    except RecursionError:
        raise ConfigError("tables are nested too deep", location=str(path)) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", location=str(path)) from None


def _override(table: dict[str, Any], override: str) -> None:
    """Set one value in place; a value that is not TOML is a string."""
    key, equals, text = override.partition("=")
    steps = key.strip().split(".")
    if not equals or not all(steps):
        raise ConfigError(
            f"--set {override!r} is not KEY=VALUE", hint="for example: --set encoder.hidden_size=64"
        )
    for step in steps[:-1]:
        step = _spelt(step, table)
        inner = table.setdefault(step, {})
        if isinstance(inner, str):  # a component by its bare name
            inner = table[step] = {"type": inner}
        if isinstance(inner, list):
            raise ConfigError(
                f"--set {override!r}: {step} is a list and is set as a whole",
                hint=f"for example: --set '{step}=[]'",
            )
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {override!r}: {step} is {inner!r} and has no settings")
        table = inner
    table[_spelt(steps[-1], table)] = _toml_or_text(text)


def _spelt(name: str, table: dict[str, Any]) -> str:
    """The name as the table has it already, where that differs in - and _ alone."""
    return next((known for known in table if known.replace("-", "_") == name.replace("-", "_")), name)


def _toml_or_text(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return parsed["value"] if len(parsed) == 1 else text.strip()
