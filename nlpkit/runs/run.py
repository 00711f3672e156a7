"""run(experiment, folder): the one function that composes the parts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nlpkit.components.kinds import Collator
from nlpkit.data.audit import audited
from nlpkit.data.texts import SourceFile
from nlpkit.experiment.file import dump_experiment
from nlpkit.experiment.value import Experiment
from nlpkit.models.bundle import require_writable
from nlpkit.models.model import Model, ModelSettings
from nlpkit.runs.folder import RunFolder
from nlpkit.runs.manifest import without_folders
from nlpkit.runs.observer import Observer, Silent
from nlpkit.runs.result import Result
from nlpkit.runs.tracking import Tracking
from nlpkit.scoring.metrics import scores
from nlpkit.system.atomic import require_free
from nlpkit.system.forking import cores
from nlpkit.text.indexing import fitted, two_forms
from nlpkit.text.store.indexed import PARTS, indexed
from nlpkit.vocab import UNKNOWN_ID, Labels, Vocab

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.ragged import Ragged
    from nlpkit.training.rows import Rows

T = TypeVar("T")


@dataclass
class _Stopwatch:
    """Seconds of each stage, by name."""

    observer: Observer
    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, name: str, sentence: str) -> None:
        self.stop()
        self.observer.stage(sentence)
        self._name, self._since = name, time.perf_counter()

    def stop(self) -> None:
        if hasattr(self, "_name"):
            self.seconds[self._name] = time.perf_counter() - self._since

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done meanwhile does not count."""
        since = time.perf_counter()
        yield
        self._since += time.perf_counter() - since


def run(experiment: Experiment, folder: Path | str | None = None, observer: Observer | None = None) -> Result:
    """Read, index, train, score and, where a `folder` is given, write the run there.

    The folder must not exist; it appears whole when all is done, and not at all otherwise. Trackers are told
    how it goes; one that fails is told to the observer, and the run goes on without it.
    """
    from nlpkit.nn.modes import drawing, plain_modes

    folder = Path(folder) if folder is not None else None
    if folder is not None:
        require_free(folder, "folder")
        dump_experiment(experiment)  # what cannot be written is refused before anything is read
    observer = observer or Silent()
    stage = _Stopwatch(observer)
    tracking = Tracking(experiment.track, observer.note)
    with plain_modes(), tracking.following(experiment, folder), RunFolder.staged(folder) as written:
        stage("read", "reading the texts")
        splits = audited(experiment.data.build()())

        stage("index", "tokenizing")
        learned = replace(
            experiment, tokenizer=fitted(experiment.tokenizer, experiment.text, splits.train.texts)
        )
        if folder is not None:
            require_writable(ModelSettings.of(learned))
        found_ids = indexed(learned.tokenizer, learned.text, learned.vocab, splits, observer.note)
        ids, vocab = found_ids.ids, found_ids.vocab
        if found_ids.stored:
            observer.stage("taking the tokens that an earlier run left in the cache")
        labels = Labels.of(splits.train.labels)
        with drawing(experiment.seed):
            model = Model.untrained(ModelSettings.of(learned), vocab, labels)
        rows = _rows(splits, ids, model)
        notes = [
            *splits.warnings,
            *_truncation(experiment.collator, ids),
            *_forms(vocab),
            *_from_modules(model, "notes", str),
            *_crowded(getattr(experiment.trainer, "workers", 1)),
        ]
        files = (*splits.files, *found_ids.files, *_from_modules(model, "source_files", SourceFile))
        warnings: list[str] = without_folders(notes, experiment)
        _tell(observer, splits.substitute, warnings)

        stage("train", "training")
        train = experiment.trainer.build(labels, experiment.seed, observer.step)
        epochs = []
        for report in train(model.classifier, rows["train"], rows["valid"], None):
            epochs.append(report)
            written.epoch(report)
            observer.epoch(report)
            with stage.paused():
                tracking.epoch_ended(report)
            _tell(observer, "", report.notes)
            warnings += report.notes

        stage("score", "scoring the test texts")
        facts = {**splits.facts, **_token_facts(ids)}
        test = rows["test"]
        del train, ids, rows  # mapped from disk, the ids of train take memory for as long as they have a name
        found = test.probabilities(model.classifier, workers=cores())
        scored = scores(experiment.metrics, test.labels, found, model.decision)
        _tell(observer, "", scored.notes)
        stage.stop()
        result = Result(
            experiment=experiment,
            model=model,
            splits=splits,
            files=tuple(dict.fromkeys(files)),
            scores=scored.values,
            gold=test.labels,
            probabilities=found,
            epochs=tuple(epochs),
            warnings=(*warnings, *scored.notes),
            facts=facts,
            wall_seconds=stage.seconds,
            folder=folder,
        )
        written.result(result)
        tracking.result = result
    return result


def _rows(splits: Splits, ids: dict[str, Ragged], model: Model) -> dict[str, Rows]:
    from nlpkit.training.rows import Rows

    collate = model.settings.collator.build(model.vocab)
    gold = {part: model.labels.ids(getattr(splits, part).labels) for part in PARTS}
    return {part: Rows(ids[part], gold[part], collate, model.decision) for part in PARTS}


def _token_facts(ids: dict[str, Ragged]) -> dict[str, float]:
    """How many texts and tokens a part has, and what share of its tokens is unknown."""
    import numpy as np

    from nlpkit.ragged import blocks

    facts: dict[str, float] = {}
    for part, ragged in ids.items():
        facts[f"{part}_texts"] = len(ragged)
        facts[f"{part}_tokens"] = len(ragged.values)
        unknown = sum(np.count_nonzero(block == UNKNOWN_ID) for block in blocks(ragged.values))
        facts[f"{part}_unknown_fraction"] = round(unknown / max(1, len(ragged.values)), 6)
    return facts


def _truncation(collator: Collator, ids: dict[str, Ragged]) -> list[str]:
    if collator.max_tokens is None:
        return []
    counts = {part: int((ragged.lengths > collator.max_tokens).sum()) for part, ragged in ids.items()}
    cut = sum(counts.values())
    if not cut:
        return []
    return [
        f"{cut} texts are longer than {collator.max_tokens} tokens, and only their {collator.keep} is read "
        "(collator.max_tokens, collator.keep)"
    ]


def _forms(vocab: Vocab) -> list[str]:
    twice = two_forms(vocab)
    if not twice:
        return []
    shown = ", ".join(map(repr, twice[:3])) + (", ..." if len(twice) > 3 else "")
    return [
        f"{len(twice)} tokens are written in two Unicode forms and learned apart ({shown}); "
        'text.normalize = "NFC" makes one of each'
    ]


def _from_modules(model: Model, name: str, kind: type[T]) -> list[T]:
    """What modules have to say of how they were built: notes, such as how many tokens have a given vector,
    and the files that they were read from.
    """
    found = (each for module in model.classifier.modules() for each in getattr(module, name, ()))
    return [each for each in found if isinstance(each, kind)]


def _crowded(workers: int) -> list[str]:
    if workers <= cores():
        return []
    return [
        f"{workers} workers share {cores()} cores, which is slower than a worker a core (trainer.workers)",
    ]


def _tell(observer: Observer, substitute: str, warnings: list[str] | tuple[str, ...]) -> None:
    if substitute:
        observer.note(substitute, loud=True)
    for warning in warnings:
        observer.note(warning, loud=warning.startswith("LEAK"))
