"""Names of components in Python, where a file has them too."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import nlpkit
from nlpkit import Experiment, Lstm, SettingsError, Standard, experiment_of
from nlpkit.plugins import loading
from nlpkit.plugins.catalogue import Plugins

Install = Callable[..., None]

PLUGIN = '''
from dataclasses import dataclass

from nlpkit import Loss, Metric, Optimizer, Pooling, Registry, Schedule, Step, hookimpl


@dataclass(frozen=True)
class Lion(Optimizer):
    """Signs.

    beta: share kept
    """

    beta: float = 0.9

    def build(self, parameters, learning_rate): ...


def other(kind):
    return dataclass(frozen=True)(type("Own" + kind.__name__, (kind,), {"build": lambda self, *given: None}))


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("lion", Lion)
    for kind in (Loss, Metric, Pooling, Schedule, Step):
        registry.add("own", other(kind))
'''


@pytest.fixture
def lion(install: Install, loaded: Callable[[], Plugins], monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has the plugin."""
    install("lion", PLUGIN)
    plugins = loaded()
    assert plugins.broken == ()
    monkeypatch.setattr(loading, "load_plugins", lambda: plugins)


@pytest.mark.usefixtures("lion")
def test_a_name_in_python_is_what_it_is_in_a_file() -> None:
    trainer = Standard(optimizer="lion", schedule="own", loss="own", steps=["own", "mixup"], monitor="own")  # type: ignore[arg-type]
    assert repr(trainer.optimizer) == "Lion()"
    parts = (trainer.schedule, trainer.loss, *trainer.steps, trainer.monitor)
    names = ["OwnSchedule", "OwnLoss", "OwnStep", "Mixup", "OwnMetric"]
    assert [type(part).__name__ for part in parts] == names
    encoder = Lstm(pooling=("max", "own"))  # type: ignore[arg-type]
    assert [getattr(part, "kind", part) for part in encoder.pooling] == ["max", "pooling"]
    made = Experiment(data="headlines", encoder="gru", metrics=["accuracy", "own"], trainer=trainer)  # type: ignore[arg-type]
    table = {
        "data": "headlines",
        "encoder": "gru",
        "metrics": ["accuracy", "own"],
        "trainer": {
            "type": "standard",
            "optimizer": "lion",
            "schedule": "own",
            "loss": "own",
            "steps": ["own", "mixup"],
            "monitor": "own",
        },
    }
    assert made == experiment_of(table, plugins=loading.load_plugins())


def test_words_that_are_kept_stay_words_and_load_no_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "load_plugins", None)
    trainer = Standard(optimizer="sgd", schedule="cosine", monitor="f1_macro")
    assert (trainer.optimizer, trainer.schedule, trainer.monitor) == ("sgd", "cosine", "f1_macro")
    assert Lstm(pooling="max").pooling == "max"


@pytest.mark.usefixtures("lion")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"optimizer": "lionn"}, "optimizer: 'lionn' is not an optimizer; did you mean lion?"),
        ({"loss": "owm"}, "loss: 'owm' is not a loss; did you mean own?"),
        ({"steps": ("own", "mixupp")}, "steps[1]: 'mixupp' is not a step; did you mean mixup?"),
        ({"monitor": "owm"}, "monitor: 'owm' is not a metric; did you mean own?"),
        ({"optimizer": "good_lion:Lio"}, "optimizer: 'good_lion:Lio' is not an optimizer; known: ad"),
    ],
)
def test_a_name_that_nobody_has_leads_to_the_nearest(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match="^" + re.escape(said)):
        Standard(**wrong)


def test_a_name_that_needs_settings_asks_for_them() -> None:
    with pytest.raises(SettingsError) as raised:
        Experiment(data="csv", encoder="transformer")  # type: ignore[arg-type]
    assert raised.value.by_field["data.train"] == "is required and missing; give a path"
    assert raised.value.by_field["encoder"].startswith("encoder 'transformer' needs the plugin nlpkit-transf")


def test_a_plugin_that_asks_while_it_is_loaded_gets_what_ships_in_the_box(
    GOOD: str, install: Install, loaded: Callable[[], Plugins]
) -> None:
    install("asks", "from nlpkit import Standard\nassert Standard(loss='focal').loss.gamma == 2\n" + GOOD)
    assert [each.problem for each in (*loaded().loaded, *loaded().broken)] == [""]


def test_a_default_is_the_component_itself() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Mine(nlpkit.Tokenizer):
        """Words.

        inner: what cuts
        """

        inner: nlpkit.Tokenizer = "whitespace"  # type: ignore[assignment]

        def build(self) -> Any: ...

    with pytest.raises(ValueError, match=r"'whitespace' is a name; give Whitespace\(\) itself"):
        nlpkit.Registry("dist").add("mine", Mine)
