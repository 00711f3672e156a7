"""run(experiment, folder): the one function that composes the parts."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.data.auditing.audit import audit_of
from nlpkit.data.auditing.oddities import audited
from nlpkit.data.named_files import named_files
from nlpkit.experiment.file import dump_experiment
from nlpkit.experiment.here import require_here
from nlpkit.experiment.labels import fitted_to_labels
from nlpkit.experiment.plan import planned
from nlpkit.experiment.sources import Source, experiment_from
from nlpkit.experiment.splits import splits_of
from nlpkit.experiment.value import Experiment
from nlpkit.notes import Note
from nlpkit.plugins.loading import load_plugins
from nlpkit.runs.baseline import baseline_of
from nlpkit.runs.checkpoints.place import Place
from nlpkit.runs.checkpoints.store import CheckpointEvery
from nlpkit.runs.folder import RunFolder
from nlpkit.runs.machine import Energy, peak_memory
from nlpkit.runs.progress import watching
from nlpkit.runs.result import Result
from nlpkit.runs.seeds import chosen_of, epochs_of, jobs_of, seeded, seeds_table
from nlpkit.runs.side_by_side import train_all
from nlpkit.runs.together import processes, shared, shared_by
from nlpkit.runs.told import Told
from nlpkit.runs.tracking import Tracking
from nlpkit.runs.trained import known_gold
from nlpkit.scoring.decided import decided, decision_notes, require_decidable
from nlpkit.scoring.intervals import intervals
from nlpkit.scoring.metric import ScoredRows
from nlpkit.settings.hints import briefly
from nlpkit.settings.values import refuse
from nlpkit.system.atomic import require_free
from nlpkit.vocab import Labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlpkit.experiment.value import Member
    from nlpkit.runs.observer import Observer


def run(
    experiment: Source,
    folder: Path | str | None = None,
    observer: Observer | None = None,
    *,
    progress: bool = False,
    checkpoint_every: CheckpointEvery | None = None,
    resume: bool = False,
) -> Result:
    """Read, index, train, score and, where a `folder` is given, write the run there.

    Instead of an experiment you can give the file of one (TOML), a dataset, or a file or folder of texts,
    such as a CSV: these have the default experiment, which chooses what suits the texts.

    The folder must not exist; it appears whole when all is done. Until then it is NAME.partial, which holds
    checkpoints, as often as `checkpoint_every` says. It stays if the process is killed or interrupted, and
    `nlpkit.resume(folder)` goes on from there, to the same bits, as does this with `resume`. It is removed if
    the run is refused. With `progress`, stderr or the notebook shows what the command line does. Without it
    and an `observer`, loud notes are `NlpkitWarning`s. A tracker that fails is such a note, and the run goes
    on without it.

    Before anything is read: ConfigError where the folder exists, and the error of a component that needs what
    this machine lacks. Then DataError where the texts cannot be read or learned from.
    """
    from nlpkit.nn.modes import plain_modes

    began = time.perf_counter()
    folder = _checked(folder)
    experiment, said = experiment_from(experiment)
    if folder is not None:
        require_free(folder, "folder")
        dump_experiment(experiment)  # what cannot be written is refused before anything is read
    require_here(experiment)
    with watching(observer, progress=progress) as watchers:
        tracking = Tracking(experiment.track, watchers.note)
        staged = RunFolder.staged(folder, resume=resume)
        if said:
            watchers.note(Note(said))
        with plain_modes(), tracking.following(experiment, folder), staged as written:
            written.ask(experiment)
            told = Told(watchers, tracking, written)
            energy = Energy()
            result = _result(experiment, folder, told, written, checkpoint_every or CheckpointEvery(), began)
            result = replace(result, cost=_cost(energy))
            written.result(result)
            tracking.result = result
    return result


def _checked(folder: object) -> Path | None:
    """The folder as a path; SettingsError where it is something else."""
    if not isinstance(folder, str | Path | None) or folder == "":
        refuse({"folder": f"{briefly(folder)} is not a path"})
    return Path(folder) if isinstance(folder, str | Path) else None


def _result(
    experiment: Experiment,
    folder: Path | None,
    told: Told,
    written: RunFolder,
    checkpoint_every: CheckpointEvery,
    began: float,
) -> Result:
    with told.stage("read", "reading the texts"):
        splits = audited(splits_of(experiment.data))
        splits = replace(splits, files=splits.files or named_files(experiment.data))
        told.note(*splits.all_notes)
    audit = None
    if experiment.audit:
        with told.stage("audit"):
            audit = audit_of(splits)
            told.note(*audit.notes)
            splits = replace(splits, facts={**splits.facts, **audit.facts})
    before = len(told.notes)
    experiment = fitted_to_labels(experiment, multi_label=splits.multi_label)
    experiment = planned(experiment, splits, told.note, since=began)
    labels = Labels.of(splits.train.names)
    valid_gold = known_gold(splits.valid, labels)
    require_decidable(experiment.decision, valid_gold, labels)
    told.note(*written.begin(experiment, splits, told.notes[before:]))
    experiment = shared(experiment)
    members = experiment.classifiers
    names = _names(members)
    if said := shared_by(members, names):
        told.say(said)
    told.note(*written.workers(max(getattr(each.trainer, "workers", 1) for each in members)))
    place = Place(written.unfinished, checkpoint_every)
    told.once = experiment.seeds > 1
    every = train_all(jobs_of(experiment, names), splits, labels, told, place, pooled=len(members) > 1)
    with told.stage("score"):
        by_seed = seeded(experiment, names, every, splits, labels)
        chosen = chosen_of(by_seed, told)
        trained, pooled, scored = chosen.trained, chosen.pooled, chosen.scored
        gold, decision = splits.test.gold(labels), pooled.model.decision
        rows = ScoredRows.of(gold, pooled.probabilities, decision, labels)
        chosen_on = ScoredRows.of(valid_gold, pooled.valid_probabilities, decision, labels)
        kept = decided(decision, rows, splits.test.groups, chosen_on)
        told.note(*decision_notes(kept))
        moved = intervals(experiment.metrics, rows, splits.test.groups)
        told.note(*scored.notes)
        if len(members) > 1 and not len(splits.valid):
            told.note(
                Note("there are no validation texts to weigh the members by: they weigh the same", "loud")
            )
    beside = None
    if experiment.baseline and len(gold):
        beside = baseline_of(members, names, trained, splits, labels, experiment.seed, told)
    again = len(splits.valid) and any(member.refit for member in members)
    refit = {"refit_texts": len(splits.train) + len(splits.valid)} if again else {}
    return Result(
        experiment=experiment,
        model=pooled.model,
        splits=splits,
        files=tuple(dict.fromkeys((*splits.files, *(file for each in every for file in each.files)))),
        scores=scored.values,
        gold=gold,
        probabilities=pooled.probabilities,
        epochs=epochs_of(chosen.seed, told.epochs) if experiment.seeds > 1 else tuple(told.epochs),
        notes=tuple(told.notes),
        facts={**splits.facts, **trained[0].facts, **refit, **written.facts, **_processes()},
        wall_seconds=told.seconds,
        folder=folder,
        valid=pooled.valid,
        members=tuple(pooled.members),
        intervals=moved,
        audit=audit,
        baseline=beside,
        decision=kept,
        tokens=trained[0].tokens,
        seeds=seeds_table(by_seed, chosen),
    )


def _processes() -> dict[str, float]:
    return {"processes": count} if (count := processes()) > 1 else {}


def _cost(energy: Energy) -> dict[str, float]:
    """What the machine tells of it."""
    joules, memory = energy.joules(), peak_memory()
    known = {"peak_memory_bytes": memory or None, "energy_joules": joules}
    return {name: each for name, each in known.items() if each is not None}


def _names(members: Sequence[Member]) -> list[str]:
    """What members are called: after their encoders, with a number from the second of a kind on."""
    registry, found = load_plugins().registry, list[str]()
    for member in members:
        stem = registry.entry_of(type(member.encoder)).name.rpartition(":")[2]
        same = sum(name == stem or name.startswith(f"{stem}-") for name in found)
        found.append(f"{stem}-{same + 1}" if same else stem)
    return found
