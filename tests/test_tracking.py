from __future__ import annotations

import json
import os
import random
import time
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nlpkit import (
    Embedding,
    EmbeddingMean,
    Experiment,
    Headlines,
    Ngrams,
    Offsetify,
    Registry,
    Standard,
    Tokenizer,
    Tracker,
    Whitespace,
    hookimpl,
    load,
    plugins,
    run,
)
from nlpkit.errors import ConfigError, NlpkitError
from nlpkit.experiment import dump, experiment_of
from nlpkit.plugins import Plugin, Plugins
from nlpkit.running import Silent
from nlpkit.tracking import flat_settings

EXPERIMENT = Experiment(
    data=Headlines(train_size=80, valid_size=20, test_size=20),
    encoder=EmbeddingMean(embedding=Embedding(size=4, dropout=0.1)),
    collator=Offsetify(),
    trainer=Standard(epochs=2),
    metrics=("accuracy",),
)


def tracker_of(listener: object) -> Tracker:
    @dataclass(frozen=True)
    class Following(Tracker):
        """Builds what a test wants to listen."""

        def build(self) -> object:
            return listener

    return Following()


def followed(*listeners: object, **changes: Any) -> Experiment:
    return replace(EXPERIMENT, track=tuple(map(tracker_of, listeners)), **changes)


@dataclass(eq=False)
class Diary:
    """Writes down what it is told; `raises` has what is then raised."""

    raises: dict[str, BaseException] = field(default_factory=dict)
    told: list[Any] = field(default_factory=list)

    @hookimpl
    def nlpkit_run_started(self, experiment: Experiment, folder: Path | None) -> None:
        self._hear("started", experiment, folder)

    @hookimpl
    def nlpkit_epoch_ended(self, report: Any) -> None:
        self._hear("epoch", report)

    @hookimpl
    def nlpkit_run_ended(self, result: Any, error: BaseException | None) -> None:
        self._hear("ended", result, error)

    def _hear(self, name: str, *told: Any) -> None:
        self.told.append((name, *told))
        if name in self.raises:
            raise self.raises[name]

    @property
    def names(self) -> list[str]:
        return [name for name, *_ in self.told]


class Noting(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, sentence: str, *, loud: bool = False) -> None:
        self.notes.append(sentence)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Tracker]], Plugins]:
    """Make a tracker one that a plugin has brought under the name `diary`."""

    def installed(tracker: type[Tracker]) -> Plugins:
        registry = Registry("nlpkit-diary")
        registry.add("diary", tracker)
        registry.merge(plugins.load([]).registry)
        all_plugins = Plugins(registry, (Plugin("diary", "nlpkit-diary", "1.2"),), ())
        for module in ("experiment", "manifest", "bundle"):
            monkeypatch.setattr(f"nlpkit.{module}.load_plugins", lambda: all_plugins)
        return all_plugins

    return installed


def test_it_is_told_of_the_start_of_each_epoch_and_of_the_end() -> None:
    diary = Diary()
    experiment = followed(diary)
    result = run(experiment)
    assert diary.told == [
        ("started", experiment, None),
        ("epoch", result.epochs[0]),
        ("epoch", result.epochs[1]),
        ("ended", result, None),
    ]


def test_at_the_end_the_folder_is_complete(tmp_path: Path, install: Callable[..., Plugins]) -> None:
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
    tmp_path: Path, install: Callable[..., Plugins], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = followed(Diary())
    install(type(experiment.track[0]))
    run(experiment, tmp_path / "run")
    monkeypatch.undo()
    assert load(tmp_path / "run").predict(["a text"])


def test_a_hook_takes_those_arguments_that_it_wants() -> None:
    heard = []

    class Short:
        @hookimpl
        def nlpkit_run_ended(self) -> None:
            heard.append("ended")

    run(followed(Short()))
    assert heard == ["ended"]


def test_several_are_told_in_the_order_of_the_file() -> None:
    heard: list[int] = []

    class Numbered:
        def __init__(self, number: int) -> None:
            self.number = number

        @hookimpl
        def nlpkit_run_started(self) -> None:
            heard.append(self.number)

    run(followed(Numbered(1), Numbered(2), Numbered(3)))
    assert heard == [1, 2, 3]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SystemExit(3)], ids=repr)
@pytest.mark.parametrize("hook", ["started", "epoch", "ended"])
def test_one_that_raises_is_told_once_and_left_out_and_the_run_goes_on(
    hook: str, error: BaseException
) -> None:
    broken, whole = Diary({hook: error}), Diary()
    result = run(followed(broken, whole), observer=(noting := Noting()))
    name = {"started": "run_started", "epoch": "epoch_ended", "ended": "run_ended"}[hook]
    said = " ".join(f"{type(error).__name__}: {error}".split())
    assert noting.notes == [
        f"track[0] (Following) failed in nlpkit_{name} and is left out from here on: {said}"
    ]
    assert broken.names.count(hook) == 1
    assert broken.names[-1] == hook
    assert whole.names == ["started", "epoch", "epoch", "ended"]
    assert len(result.epochs) == 2
    assert result.warnings == ()


def test_an_error_that_cannot_even_be_told_is_told_by_its_type() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    run(followed(Diary({"started": Odd()})), observer=(noting := Noting()))
    assert noting.notes[0].endswith("left out from here on: Odd")


@pytest.mark.parametrize("hook", ["started", "epoch", "ended"])
def test_who_interrupts_it_interrupts_the_run(hook: str) -> None:
    stop = KeyboardInterrupt()
    first, interrupted = Diary(), Diary({hook: stop})
    with pytest.raises(KeyboardInterrupt) as caught:
        run(followed(first, interrupted))
    assert caught.value is stop
    if hook != "ended":
        assert first.told[-1] == ("ended", None, stop)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("odd")], ids=repr)
def test_the_end_of_a_run_that_fails_or_is_interrupted_is_told_with_the_error(
    error: BaseException, tmp_path: Path
) -> None:
    class Failing(Silent):
        def epoch(self, report: Any) -> None:
            raise error

    diary = Diary()
    with pytest.raises(type(error)) as caught:
        run(followed(diary), tmp_path / "run", Failing())
    assert caught.value is error
    assert diary.told[1:] == [("ended", None, error)]
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_cannot_be_written_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: Callable[..., Plugins]
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    diary = Diary()
    experiment = followed(diary)
    install(type(experiment.track[0]))
    monkeypatch.setattr("nlpkit.atomic._flush", full)
    with pytest.raises(NlpkitError, match="No space left on device") as caught:
        run(experiment, tmp_path / "run")
    assert diary.told[-1] == ("ended", None, caught.value)


class Meddling:
    """Does to the process what no tracker should."""

    @hookimpl
    def nlpkit_run_started(self) -> None:
        self.meddle()

    @hookimpl
    def nlpkit_epoch_ended(self) -> None:
        self.meddle()

    @hookimpl
    def nlpkit_run_ended(self) -> None:
        self.meddle()
        raise RuntimeError("at last")

    def meddle(self) -> None:
        random.seed(1)
        np.random.seed(1)
        torch.manual_seed(1)
        torch.rand(3)
        os.environ["NLPKIT_DATA_DIR"] = "/nowhere"
        os.chdir("/")
        warnings.simplefilter("ignore")
        print("not a result")


class Drawing(Standard):
    """Training that draws from all global random states between epochs."""

    def build(self, *given: Any, **named: Any) -> Any:
        train = super().build(*given, **named)

        def drawing(model: Any, *rest: Any) -> Any:
            for report in train(model, *rest):
                yield report
                with torch.no_grad():
                    for weight in model.parameters():
                        weight += torch.rand(()) + random.random() + float(np.random.rand())

        return drawing


def weights(experiment: Experiment) -> dict[str, bytes]:
    random.seed(5)
    np.random.seed(5)
    state = run(experiment).model.classifier.state_dict()
    return {name: weight.numpy().tobytes() for name, weight in state.items()}


@pytest.mark.parametrize("trainer", [Standard, Drawing])
def test_the_weights_are_the_same_bits_with_and_without(trainer: type[Standard]) -> None:
    plain = replace(EXPERIMENT, trainer=trainer(epochs=3, batch_size=16))
    assert weights(plain) == weights(replace(plain, track=(tracker_of(Meddling()), tracker_of(Diary()))))


def test_what_it_changes_of_the_process_is_put_back(capfd: pytest.CaptureFixture[str]) -> None:
    before = Path.cwd(), dict(os.environ), list(warnings.filters)
    run(followed(Meddling()))
    assert (Path.cwd(), dict(os.environ), list(warnings.filters)) == before
    out, err = capfd.readouterr()
    assert (out, err.count("not a result")) == ("", 4)


def test_its_time_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, real = [0.0], time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: real() + clock[0])

    class Slow:
        @hookimpl
        def nlpkit_epoch_ended(self) -> None:
            clock[0] += 10_000

    result = run(followed(Slow()))
    assert clock == [20_000.0]
    assert max(result.wall_seconds.values()) < 10_000
    assert max(report.train_seconds for report in result.epochs) < 10_000


class Misspelt:
    @hookimpl
    def nlpkit_epoch_end(self) -> None: ...


class Unmarked:
    @hookimpl
    def nlpkit_run_started(self) -> None: ...

    def nlpkit_epoch_ended(self) -> None: ...


class Registering:
    @hookimpl
    def nlpkit_register(self, registry: Any) -> None: ...


class Wanting:
    @hookimpl
    def nlpkit_epoch_ended(self, loss: float) -> None: ...


@pytest.mark.parametrize(
    ("listener", "problem"),
    [
        (Misspelt(), "nlpkit_epoch_end of what Following builds is no hook of trackers; did you mean "
         "nlpkit_epoch_ended?"),
        (Registering(), "nlpkit_register of what Following builds is no hook of trackers; did you mean "),
        (Unmarked(), "nlpkit_epoch_ended of what Following builds is not marked\n  mark any of "
         "nlpkit_run_started, nlpkit_epoch_ended, nlpkit_run_ended with @hookimpl"),
        (object(), "what Following builds has no hook\n  mark any of "),
        (None, "what Following builds has no hook\n  mark any of "),
        (Wanting(), "Argument(s) {'loss'} are declared in the hookimpl but can not be found in the hookspec"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_object_without_proper_hooks_is_refused_before_any_work(listener: object, problem: str) -> None:
    diary = Diary()
    with pytest.raises(ConfigError) as caught:
        run(followed(diary, listener))
    assert str(caught.value).startswith("track[1]: ")
    assert problem in str(caught.value)
    assert diary.told == []


def test_a_hook_that_a_later_version_has_may_be_optional() -> None:
    class Ahead:
        @hookimpl(optionalhook=True)
        def nlpkit_batch_ended(self) -> None: ...

    run(followed(Ahead()), observer=(noting := Noting()))
    assert noting.notes == []


def test_an_experiment_with_trackers_survives_a_file(install: Callable[..., Plugins]) -> None:
    @dataclass(frozen=True)
    class Kept(Tracker):
        """Kept in a file."""

        file: Path = Path("diary.txt")

        def build(self) -> object: ...

    all_plugins = install(Kept)
    experiment = replace(EXPERIMENT, track=(Kept(), Kept(Path("other.txt"))))
    text = dump(experiment, all_plugins)
    assert "[[track]]" in text or "track = [" in text
    assert experiment_of(tomllib.loads(text), all_plugins) == experiment
    assert experiment_of(tomllib.loads('track=["diary"]\ndata="headlines"\nencoder="lstm"')).track == (
        Kept(),
    )
    with pytest.raises(ConfigError, match=r"track\[0\].fiel: no such setting; did you mean file\?"):
        experiment_of(tomllib.loads('data="headlines"\nencoder="lstm"\n[[track]]\ntype="diary"\nfiel=3'))


def test_without_trackers_the_process_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> None:
        raise AssertionError

    monkeypatch.setattr("nlpkit.tracking.keep", asked)
    run(EXPERIMENT)


def test_settings_are_told_flat_for_stores_of_experiments() -> None:
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
