"""Runs of components that no plugin registers: saved under the names of their classes, loaded with these."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, Self

import pytest

import nlpkit
from nlpkit import Headlines, Offsetify, Standard, Tokenizer, load, run
from nlpkit.components.embedding import Embedding, sized
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.kinds import Dataset
from nlpkit.data.texts import Splits
from nlpkit.errors import ConfigError, MissingError, NlpkitError
from nlpkit.experiment import file as experiment
from nlpkit.experiment.value import Experiment


@dataclass(frozen=True)
class Mean(EmbeddingMean):
    """An encoder that no plugin registers.

    note: something to keep
    """

    note: str = "mine"


@dataclass(frozen=True)
class Halves(Tokenizer):
    def build(self) -> Callable[[str], list[str]]:
        return str.split


class Counted(Halves):
    """It is no dataclass of its own: what a file says of it could not be read again."""


QUICK = Experiment(
    data=Headlines(train_size=60, valid_size=12, test_size=12),
    encoder=Mean(embedding=Embedding(size=4), note="kept"),
    tokenizer=Halves(),
    collator=Offsetify(),
    trainer=Standard(epochs=1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "mine"
    run(QUICK, folder)
    return folder


def test_a_run_of_classes_without_a_name_is_written_whole(folder: Path) -> None:
    components = json.loads((folder / "manifest.json").read_bytes())["components"]
    assert components["encoder"] == {"name": f"{__name__}:Mean", "distribution": "", "version": ""}
    assert components["trainer"]["name"] == "standard"
    for file in ("experiment.toml", "model/settings.toml"):
        assert f'type = "{__name__}:Mean"' in (folder / file).read_text(encoding="utf-8")


def test_what_was_written_is_loaded_with_its_classes(folder: Path) -> None:
    model = load(folder, classes=[Halves, Mean])
    assert model.settings.encoder == QUICK.encoder
    assert len(model.predict(["a text", "another"])) == 2
    assert experiment.load_experiment(folder / "experiment.toml", classes=[Mean, Halves]) == QUICK


def test_without_its_classes_a_model_asks_for_them_and_imports_nothing(folder: Path) -> None:
    with pytest.raises(MissingError) as caught:
        load(folder, classes=[Halves])
    assert str(caught.value) == (
        f"the model needs the class '{__name__}:Mean', which no plugin registers\n"
        "  load it from Python with classes=[Mean], or register the class in a plugin"
    )
    with pytest.raises(ConfigError) as refused:
        experiment.load_experiment(folder / "experiment.toml", classes=[Mean])
    [problem] = refused.value.problems
    assert problem.startswith(f"tokenizer.type: tokenizer '{__name__}:Halves' is a Python class")


def test_a_module_that_a_file_names_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trap.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    text = 'data = "headlines"\nencoder = "trap:Encoder"\n'
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="a file cannot import classes by name"):
        experiment.load_experiment(tmp_path / "x.toml")
    assert "trap" not in sys.modules


def test_a_class_inside_a_function_is_loaded_as_well(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Inside(EmbeddingMean): ...

    run(replace(QUICK, encoder=Inside(), tokenizer=Halves()), tmp_path / "run")
    assert load(tmp_path / "run", classes=[Inside, Halves]).settings.encoder == sized(Inside())


SCRIPT = """
from dataclasses import dataclass
from nlpkit import EmbeddingMean, Experiment, Headlines, Offsetify, Standard, load, run

@dataclass(frozen=True)
class Mine(EmbeddingMean): ...

if __name__ == "__main__":
    data = Headlines(train_size=40, valid_size=8, test_size=8)
    run(Experiment(data=data, encoder=Mine(), collator=Offsetify(), trainer=Standard(epochs=1)), "run")
    print(type(load("run", classes=[Mine]).settings.encoder).__name__)
"""


def test_a_class_of_a_script_is_loaded_by_the_script_and_by_who_imports_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "training_script.py").write_text(SCRIPT, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(Path(nlpkit.__file__).parents[1]))
    command = [sys.executable, "training_script.py"]
    assert subprocess.check_output(command, cwd=tmp_path, text=True, encoding="utf-8") == "Mine\n"
    assert 'type = "__main__:Mine"' in (tmp_path / "run" / "experiment.toml").read_text(encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    from training_script import Mine  # type: ignore[import-not-found]

    assert load(tmp_path / "run", classes=Mine).settings.encoder == sized(Mine())


@dataclass(frozen=True)
class Unread(Dataset):
    """Data that must not be read."""

    anything: Any = None

    def build(self) -> Callable[[], Splits]:
        def read() -> NoReturn:
            raise AssertionError("the data is read")

        return read


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (2**64, f"data.anything: {2**64} has more than 64 bits"),
        ("\ud800", "data.anything: '\\ud800' is not Unicode text"),
        ({"a": {1}}, "data.anything.a: {1} is nothing that TOML can hold"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_data_is_read(
    tmp_path: Path, value: Any, problem: str
) -> None:
    with pytest.raises(NlpkitError) as caught:
        run(replace(QUICK, data=Unread(value)), tmp_path / "run")
    assert str(caught.value) == f"these settings cannot be written\n  {problem}"
    assert not list(tmp_path.iterdir())
    with pytest.raises(AssertionError, match="the data is read"):
        run(replace(QUICK, data=Unread(value)))


def test_learned_settings_that_cannot_be_written_are_refused_before_training(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Learning(Halves):
        learned: str = ""

        def fitted(self, texts: Iterable[str]) -> Self:
            return replace(self, learned="\ud800")

    with pytest.raises(ConfigError, match=r"tokenizer\.learned: .* is not Unicode text"):
        run(replace(QUICK, tokenizer=Learning(), trainer=Untrained()), tmp_path / "run")


@dataclass(frozen=True)
class Untrained(Standard):
    """A trainer that must not be asked."""

    def build(self, *given: Any, **named: Any) -> NoReturn:
        raise AssertionError("it trains")


def test_a_class_that_could_not_be_loaded_again_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    read = []

    class Watched(nlpkit.Observer):
        def stage(self, sentence: str) -> None:
            read.append(sentence)

    with pytest.raises(ConfigError, match="Counted is not a dataclass: decorate it with @dataclass"):
        run(replace(QUICK, tokenizer=Counted()), tmp_path / "run", Watched())
    assert read == []
    assert not (tmp_path / "run").exists()
