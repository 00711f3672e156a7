"""run(experiment, folder): the one function that composes the parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Dataset, Sourced
from nlpkit.data.audit import audited
from nlpkit.data.named_files import named_files
from nlpkit.experiment.file import dump_experiment
from nlpkit.experiment.here import require_here
from nlpkit.experiment.splits import splits_of
from nlpkit.experiment.value import Experiment
from nlpkit.models.bundle import require_writable
from nlpkit.models.model import Model, ModelSettings
from nlpkit.notes import Note
from nlpkit.runs.folder import RunFolder
from nlpkit.runs.progress import watching
from nlpkit.runs.result import Result
from nlpkit.runs.tracking import Tracking
from nlpkit.scoring.metric import name_of
from nlpkit.scoring.metrics import scores
from nlpkit.settings.given import given_function
from nlpkit.settings.hints import briefly
from nlpkit.settings.values import refuse
from nlpkit.system.atomic import require_free
from nlpkit.system.forking import cores
from nlpkit.system.terminal import counted
from nlpkit.text.indexing import fitted, text_tokenizer, two_forms
from nlpkit.text.oddities import Indexing, private_tokens, unknown_fraction, unknown_tokens, whole_sentences
from nlpkit.text.store.indexed import PARTS, indexed
from nlpkit.vocab import Labels, Vocab

if TYPE_CHECKING:
    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.ragged import Ragged
    from nlpkit.runs.observer import Observer
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.rows import Rows


@dataclass
class _Stopwatch:
    """Seconds of each stage, by name."""

    observer: Observer
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, sentence: str) -> Iterator[None]:
        self.observer.stage(sentence)
        self._since = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - self._since

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done meanwhile does not count."""
        since = time.perf_counter()
        yield
        self._since += time.perf_counter() - since


def run(
    experiment: Experiment,
    folder: Path | str | None = None,
    observer: Observer | None = None,
    *,
    progress: bool = False,
) -> Result:
    """Read, index, train, score and, where a `folder` is given, write the run there.

    The folder must not exist; it appears whole when all is done, and not at all otherwise. With
    `progress`, stderr or the notebook shows what the command line does. Without it and an `observer`, loud
    notes are `NlpkitWarning`s. A tracker that fails is such a note, and the run goes on without it.

    Before anything is read: ConfigError where the folder exists, and the error of a component that needs what
    this machine lacks. Then DataError where the texts cannot be read or learned from.
    """
    from nlpkit.nn.modes import plain_modes

    folder = _checked(experiment, folder)
    if folder is not None:
        require_free(folder, "folder")
        dump_experiment(experiment)  # what cannot be written is refused before anything is read
    require_here(experiment)
    with watching(observer, progress=progress) as watchers:
        tracking = Tracking(experiment.track, watchers.note)
        with plain_modes(), tracking.following(experiment, folder), RunFolder.staged(folder) as written:
            result = _result(experiment, folder, watchers, tracking, written)
            written.result(result)
            tracking.result = result
    return result


def _checked(experiment: object, folder: object) -> Path | None:
    """The folder as a path; SettingsError where one of the two is something else."""
    problems = {}
    if not isinstance(experiment, Experiment):
        given = f"{briefly(experiment)} is not an Experiment"
        problems["experiment"] = f"{given}{_way_to_one(experiment)}"
    if not isinstance(folder, str | Path | None) or folder == "":
        problems["folder"] = f"{briefly(folder)} is not a path"
    refuse(problems)
    return Path(folder) if isinstance(folder, str | Path) else None


def _way_to_one(value: object) -> str:
    """How an experiment is had from a file or from a dataset."""
    if isinstance(value, Dataset):
        return ", but a dataset; default_experiment(data) makes one of it"
    return "; load a file with load_experiment" if isinstance(value, str | Path) else ""


def _result(
    experiment: Experiment, folder: Path | None, observer: Observer, tracking: Tracking, written: RunFolder
) -> Result:
    notes: list[Note] = []

    def tell(*found: Note) -> None:
        for note in found:
            notes.append(note)
            observer.note(note)

    watch = _Stopwatch(observer)
    with watch.stage("read", "reading the texts"):
        splits = audited(splits_of(experiment.data))
        splits = replace(splits, files=splits.files or named_files(experiment.data))
        tell(*splits.all_notes)
    with watch.stage("index", "tokenizing"):
        model, rows, files = _untrained(experiment, folder, splits, observer, tell)
        facts = {**splits.facts, **_token_facts(rows)}
    with watch.stage("train", _training_on(splits, model)):
        epochs = []

        def step(progress: TrainingProgress) -> None:
            observer.step(progress)
            with watch.paused():
                tracking.step_ended(progress)

        told_of_steps = step if tracking.follows_steps() else observer.step
        train = experiment.trainer.build(model.labels, experiment.seed, told_of_steps)
        # popped: ids take memory for as long as they have a name
        for report in train(model.classifier, rows.pop("train"), rows.pop("valid"), None):
            epochs.append(report)
            written.epoch(report)
            observer.epoch(report)
            with watch.paused():
                tracking.epoch_ended(report)
            tell(*report.notes)
    with watch.stage("score", "scoring the test texts"):
        test = rows["test"]
        found = test.probabilities(model.classifier, workers=cores())
        scored = scores(experiment.metrics, test.labels, found, model.decision, model.labels)
        tell(*scored.notes)
    return Result(
        experiment=experiment,
        model=model,
        splits=splits,
        files=tuple(dict.fromkeys((*splits.files, *files))),
        scores=scored.values,
        gold=test.labels,
        probabilities=found,
        epochs=tuple(epochs),
        notes=tuple(notes),
        facts=facts,
        wall_seconds=watch.seconds,
        folder=folder,
    )


def _untrained(
    experiment: Experiment, folder: Path | None, splits: Splits, observer: Observer, tell: Callable[..., None]
) -> tuple[Model, dict[str, Rows], tuple[SourceFile, ...]]:
    """A model with fresh weights, the rows of each part, and the files that were read for it."""
    from nlpkit.nn.modes import drawing
    from nlpkit.training.rows import Rows

    tokenizer = fitted(experiment.tokenizer, experiment.text, splits.train.texts)
    settings = ModelSettings.of(replace(experiment, tokenizer=tokenizer))
    if folder is not None:
        require_writable(settings)
    ids, vocab, files, stored = indexed(tokenizer, experiment.text, experiment.vocab, splits, tell)
    if stored:
        observer.stage("taking the tokens that an earlier run left in the cache")
    labels, collator = Labels.of(splits.train.labels), experiment.collator
    collate = given_function(collator.build(vocab), collator)
    with drawing(experiment.seed):
        model = Model.untrained(settings, vocab, labels, splits.layout)
    gold = {part: labels.ids(getattr(splits, part).labels) for part in PARTS}
    rows = {part: Rows(ids[part], gold[part], collate, model.decision) for part in PARTS}
    sourced = [module for module in model.classifier.modules() if isinstance(module, Sourced)]
    indexing = Indexing(text_tokenizer(tokenizer, experiment.text), vocab, experiment.vocab)
    tell(*_odd_tokens(splits, ids, indexing, written=folder is not None), *_oddities(experiment, ids, vocab))
    tell(*(note for module in sourced for note in module.notes))
    return model, rows, (*files, *(file for module in sourced for file in module.source_files))


def _training_on(splits: Splits, model: Model) -> str:
    texts = counted(len(splits.train), "text")
    classes = counted(len(model.labels), "class", "classes")
    others = f"{len(splits.valid):,} for validation, {len(splits.test):,} for test"
    return f"training on {texts} of {classes}; {others}"


def _token_facts(rows: dict[str, Rows]) -> dict[str, float]:
    """How many texts and tokens a part has, and what share of its tokens is unknown."""
    facts: dict[str, float] = {}
    for part, each in rows.items():
        facts[f"{part}_texts"], facts[f"{part}_tokens"] = len(each), len(each.ids.values)
        facts[f"{part}_unknown_fraction"] = round(unknown_fraction(each.ids), 6)
    return facts


def _odd_tokens(
    splits: Splits, ids: dict[str, Ragged], indexing: Indexing, *, written: bool
) -> Iterator[Note]:
    """Where tokenizer and vocabulary do not suit the texts: told before the training."""
    yield from whole_sentences("training", splits.train.texts, indexing)
    parts = {"test": splits.test.texts, "valid": splits.valid.texts}
    unknown = (unknown_tokens(part, texts, ids[part], indexing) for part, texts in parts.items())
    yield from islice(chain.from_iterable(unknown), 1)
    if written:
        yield from private_tokens(ids["train"], indexing.vocab)


def _oddities(experiment: Experiment, ids: dict[str, Ragged], vocab: Vocab) -> Iterator[Note]:
    """Texts that are cut, tokens in two forms, workers without a core and a monitor without rows: told before
    the training.
    """
    keep, limit = experiment.collator.keep, experiment.collator.max_tokens
    if limit and (cut := sum(int((ragged.lengths > limit).sum()) for ragged in ids.values())):
        longer = counted(cut, "text is longer than", "texts are longer than")
        ends = "head and tail are" if keep == "both" else f"{keep} is"
        said = f"{longer} {counted(limit, 'token')}, and only {'its' if cut == 1 else 'their'} {ends} read"
        yield Note(f"{said} (collator.max_tokens, collator.keep)")
    if twice := two_forms(vocab):
        shown = ", ".join(map(repr, twice[:3])) + (", ..." if len(twice) > 3 else "")
        written = counted(len(twice), "token is written", "tokens are written")
        said = f"{written} in two Unicode forms and learned apart ({shown})"
        yield Note(f'{said}; text.normalize = "NFC" makes one of each')
    monitor = name_of(getattr(experiment.trainer, "monitor", "accuracy"))
    if monitor != "accuracy" and not len(ids["valid"]):
        said = f"there are no validation rows, so {monitor} cannot tell the best epoch"
        yield Note(f"{said}, and the last one is kept (trainer.monitor)")
    workers = getattr(experiment.trainer, "workers", 1)
    if workers > cores():
        said = f"{workers} workers share {counted(cores(), 'core')}, which is slower than a worker a core"
        yield Note(f"{said} (trainer.workers)")
