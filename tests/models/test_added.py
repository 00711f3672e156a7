"""Columns that plugins add to predictions, in Python; `nlpkit predict --add` has tests of its own."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nlpkit import ConfigError, Model, hookimpl, load
from nlpkit.models.added import OWN_COLUMNS
from nlpkit.models.pieces import PIECE_TEXTS
from nlpkit.plugins.blame import HookError
from nlpkit.testing import BrokenPromise, check_predicted
from nlpkit.testing.predicted import PROMISES

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n### `nlpkit_predicted")[1].split("\n### ")[0]


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    return load(trained)


def plugin(function: Callable[..., Any]) -> SimpleNamespace:
    """One that is called mine."""
    marked = hookimpl(specname="nlpkit_predicted")(function)
    return SimpleNamespace(nlpkit_predicted=marked, __name__="mine")


def giving(**columns: Callable[[list[str]], Any]) -> SimpleNamespace:
    """A plugin with columns that are functions of the texts."""

    def nlpkit_predicted(texts: list[str]) -> Any:
        return {name: column(texts) for name, column in columns.items()}

    return plugin(nlpkit_predicted)


def always(value: object) -> SimpleNamespace:
    return giving(value=lambda texts: [value for _ in texts])


def test_the_plugin_of_the_docs_gives_a_reason(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    (tmp_path / "shown_review.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    shown = importlib.import_module("shown_review")
    texts = ["the striker of the match", ""]
    columns = model.columns(texts, add=[shown])
    assert list(columns) == ["label", "review", "reason"]
    assert columns["label"] == model.predict(texts)
    assert columns["review"] == [bool(row.max() < 0.7) for row in model.probabilities(texts)]
    assert columns["reason"][0] in texts[0].split()
    assert columns["reason"][1] is None
    check_predicted(shown)


def test_the_docs_list_what_the_kit_tries_and_the_names_that_are_taken() -> None:
    assert re.findall(r"^- (.*)$", SECTION, re.MULTILINE) == [each.sentence for each in PROMISES]
    assert ", ".join(f"`{name}`" for name in OWN_COLUMNS) in " ".join(SECTION.split())


def test_a_hook_is_told_texts_labels_probabilities_and_the_model(model: Model) -> None:
    told: list[dict[str, Any]] = []

    def nlpkit_predicted(texts: Any, labels: Any, probabilities: Any, model: Any) -> Any:
        told.append({"texts": texts, "labels": labels, "chances": probabilities, "model": model})
        return {"n": [0] * len(texts)}

    texts = ["Oil fell", "The match"]
    assert model.columns(texts, add=[plugin(nlpkit_predicted)])["n"] == [0, 0]
    first, second = told
    assert (first["texts"], first["labels"], first["chances"].shape) == ([], [], (0, 4))
    assert (second["texts"], second["labels"]) == (texts, model.predict(texts))
    assert np.array_equal(second["chances"], model.probabilities(texts))
    assert second["model"] is model


def test_what_a_hook_is_told_cannot_change_the_answers(model: Model) -> None:
    def nlpkit_predicted(texts: list[str], labels: list[str]) -> Any:
        count = len(texts)
        texts.clear()
        labels[:] = ["?" for _ in labels]
        return {"n": [1] * count}

    texts = ["Oil fell", "The match"]
    columns = model.columns(texts, add=[plugin(nlpkit_predicted)])
    assert columns == {"label": model.predict(texts), "n": [1, 1]}

    def writes(probabilities: Any) -> Any:
        probabilities[:] = 0
        return {"n": [0] * len(probabilities)}

    with pytest.raises(ValueError, match="read-only"):
        model.columns(
            texts, add=[SimpleNamespace(nlpkit_predicted=hookimpl(specname="nlpkit_predicted")(writes))]
        )


def test_arrays_and_their_scalars_are_plain_values(model: Model) -> None:
    class Colour(str, Enum):  # noqa: UP042  whose str() is another one
        red = "r"

    added = giving(
        a=lambda texts: np.arange(len(texts)),
        b=lambda texts: [np.float32(0.5) for _ in texts],
        c=lambda texts: np.array([True for _ in texts]),
        d=lambda texts: [Colour.red for _ in texts],
        e=lambda texts: [None, *["x" for _ in texts[1:]]][: len(texts)],
    )
    columns = model.columns(["x", "y"], add=[added])
    del columns["label"]
    assert columns == {"a": [0, 1], "b": [0.5, 0.5], "c": [True, True], "d": ["r", "r"], "e": [None, "x"]}
    assert {type(values[1]) for values in columns.values()} == {int, float, bool, str}


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (always(float("nan")), "gives nan in the column 'value', but a finite number is expected, or none"),
        (always(2**63), "in the column 'value', but a number of 64 bits at most is expected"),
        (always("\ud800"), "in the column 'value', but Unicode text is expected"),
        (always(["x"]), "but a string, a number, true or false, or none is expected"),
        (always(b"x"), "but a string, a number, true or false, or none is expected"),
        (giving(a=lambda texts: ["x", 1][: len(texts)]), "but a string is expected, as in the rows before"),
        (
            giving(a=lambda texts: [True, 1][: len(texts)]),
            "but true or false is expected, as in the",
        ),
        (giving(a=lambda texts: ["x"] if texts else []), "gives 1 values in the column 'a' for 2 texts"),
        (
            giving(a=lambda texts: "xy" if texts else []),
            "as the column 'a', but a list with a value for each",
        ),
        (giving(a=iter), "as the column 'a', but a list with a value for each text is expected"),
        (giving(), "gives no column without texts, and has to give each one, with no values"),
        (giving(label=list), "names a column 'label', which is the name of one that nlpkit has"),
        (giving(**{"probability:x": list}), "names a column 'probability:x', which is the name of one that"),
        (giving(**{" ": list}), "names a column ' ', but printable text is expected"),
        (giving(**{"a\nb": list}), r"names a column 'a\nb', but printable text is expected"),
        (plugin(lambda texts: None), "gives None, but a dict of columns is expected"),
        (plugin(lambda texts: {"b" if texts else "a": texts}), "the columns 'b', and without texts 'a'"),
        (plugin(lambda texts: {3: texts}), "names a column 3, but printable text is expected"),
    ],
)
def test_what_cannot_be_written_is_refused_by_the_name_of_the_plugin(
    added: SimpleNamespace, said: str, model: Model
) -> None:
    with pytest.raises(HookError) as raised:
        model.columns(["x", "y"], add=[added])
    assert str(raised.value).startswith("nlpkit_predicted of mine ")
    assert said in str(raised.value)
    with pytest.raises(BrokenPromise):
        check_predicted(added)


def test_whole_numbers_and_others_mix(model: Model) -> None:
    added = giving(a=lambda texts: [0, 2.5][: len(texts)])
    assert model.columns(["x", "y"], add=[added])["a"] == [0, 2.5]


def test_two_plugins_with_one_column_are_refused(model: Model) -> None:
    one, other = always(1), always(2)
    other.__name__ = "theirs"
    with pytest.raises(ConfigError, match="mine and theirs both add a column 'value'"):
        model.columns(["x"], add=[one, other])
    assert list(model.columns(["x"], add=[one, giving(b=list)])) == ["label", "value", "b"]


def test_a_type_is_kept_across_blocks_and_texts_are_those_of_the_block(model: Model) -> None:
    texts = [f"text {number}" for number in range(PIECE_TEXTS + 2)]
    sizes: list[int] = []

    def nlpkit_predicted(texts: list[str]) -> Any:
        sizes.append(len(texts))
        return {"same": list(texts)}

    assert model.columns(iter(texts), add=[plugin(nlpkit_predicted)], workers=2)["same"] == texts
    assert sizes == [0, PIECE_TEXTS, 2]
    later = giving(a=lambda texts: ["x" if len(texts) == PIECE_TEXTS else 1 for _ in texts])
    with pytest.raises(HookError, match="gives 1 in the column 'a', but a string is expected"):
        model.columns(texts, add=[later])


@pytest.mark.parametrize("wrong", ["one text", {"a": 1}, 3])
def test_texts_are_a_list_of_them(wrong: Any, model: Model) -> None:
    with pytest.raises(TypeError, match="a list of texts is expected, not"):
        model.columns(wrong)


def test_an_object_without_the_hook_is_refused(model: Model) -> None:
    with pytest.raises(ConfigError, match="plugin mine has no nlpkit_predicted, marked with @hookimpl"):
        model.columns(["x"], add=[SimpleNamespace(nlpkit_predicted=len, __name__="mine")])
    with pytest.raises(ConfigError, match=r"hookimpl definition: <lambda>\(oops\)"):
        model.columns(["x"], add=[plugin(lambda oops: {})])


def test_the_kit_finds_a_value_that_depends_on_the_other_texts() -> None:
    added = giving(place=lambda texts: list(range(len(texts))))
    with pytest.raises(BrokenPromise, match="place of the text ' ' is 1 among others, and alone 0"):
        check_predicted(added)


def test_the_kit_finds_a_model_that_is_changed() -> None:
    def nlpkit_predicted(texts: Any, model: Any) -> Any:
        for weight in model.classifier.parameters() if texts else ():
            weight.data += 1
        return {"n": [0] * len(texts)}

    with pytest.raises(BrokenPromise, match="promises that the model is left as it was, but"):
        check_predicted(plugin(nlpkit_predicted))
