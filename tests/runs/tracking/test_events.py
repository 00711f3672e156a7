from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import (
    Experiment,
    Ngrams,
    Standard,
    Tokenizer,
    Tracker,
    Whitespace,
    hookimpl,
    load,
    run,
)
from nlpkit.errors import ConfigError, NlpkitError
from nlpkit.experiment.file import dump_experiment, experiment_of
from nlpkit.plugins.catalogue import Plugins
from nlpkit.runs.observer import Observer
from nlpkit.runs.tracking import flat_settings


def test_it_is_told_of_the_start_of_each_epoch_and_of_the_end(
    Diary: Any, followed: Callable[..., Experiment]
) -> None:
    diary = Diary()
    experiment = followed(diary)
    result = run(experiment)
    assert diary.told == [
        ("started", experiment, None),
        ("epoch", result.epochs[0]),
        ("epoch", result.epochs[1]),
        ("ended", result, None),
    ]


def test_at_the_end_the_folder_is_complete(
    Noting: Any, followed: Callable[..., Experiment], tmp_path: Path, install: Callable[..., Plugins]
) -> None:
    class Looking:
        @hookimpl
        def nlpkit_run_started(self, folder: Path) -> None:
            assert not folder.exists()

        @hookimpl
        def nlpkit_run_ended(self, result: Any) -> None:
            self.files = {path.name for path in result.folder.iterdir()}

    looking = Looking()
    experiment = followed(looking)
    install(type(experiment.track[0]))
    run(experiment, tmp_path / "run", noting := Noting())
    assert noting.notes == []
    assert looking.files == {path.name for path in (tmp_path / "run").iterdir()}
    written = tomllib.loads((tmp_path / "run" / "experiment.toml").read_text(encoding="utf-8"))
    assert written["track"] == [{"type": "diary"}]
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["components"]["track[0]"] == {
        "name": "diary",
        "distribution": "nlpkit-diary",
        "version": "1.2",
    }
    assert load(tmp_path / "run").predict(["a text"])


def test_a_model_does_not_need_the_tracker_of_its_run(
    Diary: Any,
    followed: Callable[..., Experiment],
    tmp_path: Path,
    install: Callable[..., Plugins],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = followed(Diary())
    install(type(experiment.track[0]))
    run(experiment, tmp_path / "run")
    monkeypatch.undo()
    assert load(tmp_path / "run").predict(["a text"])


def test_a_hook_takes_those_arguments_that_it_wants(followed: Callable[..., Experiment]) -> None:
    heard = []

    class Short:
        @hookimpl
        def nlpkit_run_ended(self) -> None:
            heard.append("ended")

    run(followed(Short()))
    assert heard == ["ended"]


def test_several_are_told_in_the_order_of_the_file(followed: Callable[..., Experiment]) -> None:
    heard: list[int] = []

    class Numbered:
        def __init__(self, number: int) -> None:
            self.number = number

        @hookimpl
        def nlpkit_run_started(self) -> None:
            heard.append(self.number)

    run(followed(Numbered(1), Numbered(2), Numbered(3)))
    assert heard == [1, 2, 3]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("odd")], ids=repr)
def test_the_end_of_a_run_that_fails_or_is_interrupted_is_told_with_the_error(
    Diary: Any, followed: Callable[..., Experiment], error: BaseException, tmp_path: Path
) -> None:
    class Failing(Observer):
        def epoch(self, report: Any) -> None:
            raise error

    diary = Diary()
    with pytest.raises(type(error)) as caught:
        run(followed(diary), tmp_path / "run", Failing())
    assert caught.value is error
    assert diary.told[1:] == [("ended", None, error)]
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_cannot_be_written_has_failed(
    Diary: Any,
    followed: Callable[..., Experiment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    install: Callable[..., Plugins],
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    diary = Diary()
    experiment = followed(diary)
    install(type(experiment.track[0]))
    monkeypatch.setattr("nlpkit.system.resumable.flush", full)
    with pytest.raises(NlpkitError, match="No space left on device") as caught:
        run(experiment, tmp_path / "run")
    assert diary.told[-1] == ("ended", None, caught.value)


def test_an_experiment_with_trackers_survives_a_file(
    EXPERIMENT: Experiment, install: Callable[..., Plugins]
) -> None:
    @dataclass(frozen=True)
    class Kept(Tracker):
        """Kept in a file."""

        file: Path = Path("diary.txt")

        def build(self) -> object: ...

    all_plugins = install(Kept)
    experiment = replace(EXPERIMENT, track=(Kept(), Kept(Path("other.txt"))))
    text = dump_experiment(experiment, all_plugins)
    assert "[[track]]" in text or "track = [" in text
    assert experiment_of(tomllib.loads(text), all_plugins) == experiment
    assert experiment_of(tomllib.loads('track=["diary"]\ndata="headlines"\nencoder="lstm"')).track == (
        Kept(),
    )
    with pytest.raises(ConfigError, match=r"track\[0\].fiel: no such setting; did you mean file\?"):
        experiment_of(tomllib.loads('data="headlines"\nencoder="lstm"\n[[track]]\ntype="diary"\nfiel=3'))


def test_settings_are_told_flat_for_stores_of_experiments(
    Diary: Any, followed: Callable[..., Experiment]
) -> None:
    @dataclass(frozen=True)
    class Several(Tokenizer):
        tokenizers: tuple[Tokenizer, ...]
        files: tuple[Path, ...] = (Path("a"), Path("b"))
        file: Path = Path("c")

        def build(self) -> Any: ...

    tokenizer = Several((Whitespace(), Ngrams(max_n=3)))
    trainer = Standard(class_weights={"a": 2.0}, learning_rate=0.5)
    flat = flat_settings(followed(Diary(), tokenizer=tokenizer, trainer=trainer))
    assert {name: value for name, value in flat.items() if name.startswith(("tokenizer.", "track"))} == {
        "tokenizer.type": f"{__name__}:{Several.__qualname__}",
        "tokenizer.tokenizers.0.type": "whitespace",
        "tokenizer.tokenizers.1.type": "ngrams",
        "tokenizer.tokenizers.1.tokenizer.type": "basic_english",
        "tokenizer.tokenizers.1.max_n": 3,
        "tokenizer.files": '["a", "b"]',
        "tokenizer.file": "c",
    }
    assert (flat["seed"], flat["encoder.embedding.size"], flat["trainer.learning_rate"]) == (13, 4, 0.5)
    assert (flat["trainer.patience"], flat["trainer.class_weights"]) == ("none", '{"a": 2.0}')
    assert (flat["metrics"], flat["encoder.embedding.frozen"]) == ('["accuracy"]', False)
