from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nlpkit.batch import PaddedBatch
from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.datasets import AgNews, Csv, Headlines
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import Collator, Encoder
from nlpkit.components.linear import Linear, Tfidf
from nlpkit.components.trainers import Standard
from nlpkit.data.split import Split
from nlpkit.errors import SettingsError
from nlpkit.experiment.value import Experiment
from nlpkit.settings.hints import briefly
from nlpkit.text.settings import VocabConfig
from nlpkit.vocab import Vocab


class SpecialBatch(PaddedBatch): ...


@dataclass(frozen=True)
class Special(Encoder):
    accepts = SpecialBatch

    def build(self, vocab: Vocab) -> Any: ...


def experiment(**changes: Any) -> Experiment:
    return Experiment(**{"data": Headlines(), "encoder": EmbeddingMean(), **changes})


@pytest.mark.parametrize(
    ("collator", "encoder", "problem"),
    [
        (Padify(), Lstm(packed=True), "Padify produces a PaddedBatch, and Lstm accepts a LengthBatch; "
         "use pad_length"),
        (Offsetify(), Lstm(), "Offsetify produces a FlatBatch, and Lstm accepts a PaddedBatch; "
         "use pad_length or padify"),
        (Padify(), Special(), "Padify produces a PaddedBatch, and Special accepts a SpecialBatch; "
         "use a collator that produces a SpecialBatch"),
    ],
)  # fmt: skip
def test_a_collator_that_does_not_fit_leads_to_those_that_do(
    collator: Collator, encoder: Encoder, problem: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        experiment(collator=collator, encoder=encoder)
    assert caught.value.by_field == {"collator": problem}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"data": "ag_new"}, "data: 'ag_new' is not a dataset; did you mean ag_news?"),
        ({"data": "csv"}, "data.train: is required and missing; give a path"),
        ({"encoder": PadLength()}, f"encoder: {PadLength()!r} is not an encoder or none"),
        ({"collator": None}, "collator: none is not a collator"),
        ({"metrics": 3}, "metrics: 3 is not a list of: a string or a metric"),
        ({"metrics": ("ff1",), "seed": 1.5}, "metrics[0]: 'ff1' is not a metric; did you mean f1?; "
         "seed: 1.5 is not a whole number"),
        ({"track": PadLength()}, f"track: {PadLength()!r} is not a list of: a tracker"),
        ({"track": ("diary",)}, "track[0]: 'diary' is not a tracker; known: none"),
        ({"encoder": {"type": "gru"}}, "encoder: a table is not an encoder or none in Python; give the "
         "encoder or its name"),
        ({"vocab": {}}, "vocab: a table is not a VocabConfig; give VocabConfig(...)"),
        ({"vocab": 5}, "vocab: 5 is not a VocabConfig; give VocabConfig(...)"),
        ({"encoder": None, "members": (Tfidf(),)}, f"members[0]: {Tfidf()!r} is not a Member; "
         "wrap it: Member(encoder=...)"),
        ({"encoder": None, "members": (Tfidf,)}, f"members[0]: {Tfidf!r} is not a Member; "
         "wrap it: Member(encoder=...)"),
        ({"encoder": None, "members": Tfidf()}, f"members: {Tfidf()!r} is not a list of: a Member; "
         "wrap it: [Member(encoder=...)]"),
        ({"encoder": None, "members": ("tfidf",)}, "members[0]: 'tfidf' is not a Member; "
         "give Member(encoder=...)"),
        ({"encoder": None, "members": (Linear(C=2.0),)}, f"members[0]: {briefly(Linear(C=2.0))} is not a "
         "Member; wrap it: Member(encoder=..., trainer=...)"),
        ({"data": Headlines}, f"data: {Headlines!r} is not a dataset yet; call the class: Headlines()"),
        ({"encoder": PadLength}, f"encoder: {PadLength!r} is not an encoder or none"),
        ({"seed": math.nan}, "seed: nan is not a whole number"),
    ],
)  # fmt: skip
def test_an_experiment_of_parts_that_are_none_is_refused_in_python(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        experiment(**changes)
    assert str(caught.value) == problem


def test_settings_that_a_file_of_tokens_leaves_without_effect_are_refused() -> None:
    said = "has no effect beside file, whose tokens all get an id; leave one of the two out"
    with pytest.raises(SettingsError) as caught:
        VocabConfig(file=Path("tokens.txt"), min_count=2, max_size=9)
    assert caught.value.by_field == {"min_count": said, "max_size": said}
    assert VocabConfig(file=Path("tokens.txt"), buckets=2).min_count == 1
    assert VocabConfig(min_count=2, max_size=9).file is None


def test_no_plugin_is_loaded_to_word_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded() -> None:
        raise AssertionError("plugins are loaded")

    monkeypatch.setattr("nlpkit.plugins.loading.load_plugins", loaded)
    with pytest.raises(SettingsError, match="use pad_length or padify"):
        experiment(collator=Offsetify(), encoder=Lstm())


WITHOUT = Split(valid_fraction=0.0)


@pytest.mark.parametrize("data", [Csv(train=Path("a.csv"), split=WITHOUT), AgNews(split=WITHOUT)])
def test_patience_is_refused_where_the_settings_of_the_data_have_no_validation_rows(data: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        experiment(data=data, trainer=Standard(patience=2))
    assert caught.value.by_field == {
        "trainer": "patience waits for a better validation score, and there are no validation rows; "
        "have some, or leave patience out"
    }
    assert experiment(data=data, trainer=Standard(monitor="f1_macro")).trainer


@pytest.mark.parametrize(
    "data",
    [
        Headlines(),
        AgNews(),
        Csv(train=Path("a.csv")),
        Csv(train=Path("a.csv"), valid=Path("b.csv"), split=WITHOUT),
    ],
)
def test_patience_is_fine_where_there_may_be_validation_rows(data: Any) -> None:
    assert experiment(data=data, trainer=Standard(patience=2)).trainer
