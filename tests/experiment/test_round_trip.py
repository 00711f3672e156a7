from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.datasets import Headlines
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import KINDS, Component, Tracker
from nlpkit.components.linear import Tfidf
from nlpkit.components.tokenizers import BasicEnglish, Ngrams, Whitespace
from nlpkit.components.trainers import Standard
from nlpkit.experiment.file import dump_experiment, experiment_of
from nlpkit.experiment.value import Experiment, Member
from nlpkit.plugins import loading as plugins
from nlpkit.scoring.metrics import METRICS
from nlpkit.scoring.settings import DecisionConfig
from nlpkit.settings.hints import settings_types


@dataclass(frozen=True)
class Diary(Tracker):
    """No tracker is in the box."""

    file: Path = Path("diary.txt")
    pages: tuple[int, ...] = ()

    def build(self) -> object: ...


BOX = plugins.load([])
BOX.registry.add("diary", Diary)
CLASSES = {kind: [entry.settings for entry in BOX.registry.entries(kind)] for kind in KINDS}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
SPECIAL: dict[str, st.SearchStrategy[Any]] = {  # settings that take fewer values than their type has
    "encoding": st.sampled_from(["utf-8", "latin-1", "utf-16"]),
    "delimiter": st.none() | st.sampled_from([";", "|", "\t", "\u00b6"]),
    "pattern": st.sampled_from([r"\w+", r"[^\s\"']+", "\u00e9|a", "(?i:x)"]),
    "device": st.sampled_from(["auto", "cpu", "cuda:1"]),
    "monitor": st.sampled_from(sorted(METRICS)),
    "metrics": st.lists(st.sampled_from(sorted(METRICS)), min_size=1, max_size=4).map(tuple),
    "class_weights": st.sampled_from(["none", "balanced", {"a": 2.0, "b'\"\n": 0.0}]),
    "learning_rate": st.floats(0, 1000) | st.integers(0, 1000),
    "max_size": st.none() | st.integers(9, 10**8),
    "specials": st.sampled_from([(), ("<s>",), ("<s>", "\u00a7")]),
    "fallback": st.none() | st.just(Headlines(seed=4)),
    "word_ngrams": st.sampled_from([(1, 2), (3, 3)]),
    "char_ngrams": st.sampled_from([None, (2, 5)]),
    "decision": st.sampled_from(
        [DecisionConfig(), DecisionConfig(precision=0.9), DecisionConfig(coverage=0.5)]
    ),
    "slices": st.sampled_from([(), (), (0,), ("country", "source")]),
    "time_limit": st.none() | st.floats(1, 1e7),
    "tokenizer": st.sampled_from([BasicEnglish(), Whitespace(), Ngrams(Ngrams(max_n=3), max_n=1)]),
}  # fmt: skip


LONE = tuple(field.name for field in fields(Member))
IDLE = (("members", "effort", "time_limit"), (*LONE, "effort", "time_limit"), (*LONE, "members"))


@cache  # hypothesis looks once at what a strategy draws from, if it is the same one
def values(hint: Any, name: str) -> st.SearchStrategy[Any]:
    """Values of a setting by its type."""
    if name in SPECIAL:
        return SPECIAL[name]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of([values(argument, name) for argument in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values(arguments[0], name), min_size=1, max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, Component):
        return st.one_of([instances(cls) for cls in CLASSES[hint.kind]])
    if is_dataclass(hint):
        return instances(hint)
    simple = {
        bool: st.booleans(),
        int: st.integers(1, 16),
        float: st.floats(0, 1),
        str: TEXT,
        Path: TEXT.map(Path),
        type(None): st.none(),
    }
    return simple[hint]


@cache
@st.composite
def instances(draw: st.DrawFn, cls: Any) -> Any:
    """A `cls` with settings that fit together."""
    hints = settings_types(cls)
    idle = draw(st.sampled_from(IDLE)) if cls is Experiment else ()
    names = [field.name for field in fields(cls) if field.name not in idle]
    drawn = {name: draw(values(hints[name], name)) for name in names}
    try:
        return cls(**drawn)
    except ValueError:
        reject()


def again(experiment: Experiment) -> Experiment:
    return experiment_of(tomllib.loads(dump_experiment(experiment, BOX)), BOX)


def experiment(**changes: Any) -> Experiment:
    return Experiment(**{"data": Headlines(), "encoder": EmbeddingMean(), **changes})


PARTS = {kind: kind for kind in KINDS} | {"dataset": "data"}
WITHIN: dict[str, Any] = {
    "tracker": lambda part: {"track": (part,)},
    "pooling": lambda part: {"encoder": Lstm(pooling=(part, "max"))},
    "optimizer": lambda part: {"trainer": Standard(optimizer=part)},
    "schedule": lambda part: {"trainer": Standard(schedule=part)},
    "metric": lambda part: {"metrics": (part,), "trainer": Standard(monitor=part)},
    "loss": lambda part: {"trainer": Standard(loss=part)},
    "step": lambda part: {"trainer": Standard(steps=(part, part))},
}
FITTING = {"collator": {"encoder": Lstm()}, "encoder": {"collator": PadLength()}}


@pytest.mark.parametrize(
    ("kind", "cls"),
    [(kind, cls) for kind in KINDS if kind != "engine" for cls in CLASSES[kind]],
    ids=lambda part: getattr(part, "__name__", part),
)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_written_of_a_component_is_read_back_equal(kind: str, cls: Any, data: st.DataObject) -> None:
    value = data.draw(instances(cls))
    fitting = dict(FITTING.get(kind, {}))
    if cls is Offsetify:
        fitting = {"encoder": EmbeddingMean()}
    if cls is Tfidf:
        fitting = {"collator": Offsetify()}
    written = experiment(**{**fitting, **WITHIN.get(kind, lambda part: {PARTS[kind]: part})(value)})
    assert again(written) == written


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(written=instances(Experiment))
def test_what_is_written_of_an_experiment_is_read_back_equal(written: Experiment) -> None:
    assert again(written) == written


def test_every_setting_is_written() -> None:
    table = tomllib.loads(dump_experiment(experiment(), BOX))
    assert table["trainer"].keys() >= {"type", "batch_size", "class_weights", "monitor", "device"}
    assert table["collator"] == {"type": "pad_length", "max_tokens": 512, "keep": "head"}
    assert tomllib.loads(dump_experiment(experiment(collator=Padify(max_tokens=None)), BOX))["collator"] == {
        "type": "padify",
        "max_tokens": "none",
        "keep": "head",
    }
