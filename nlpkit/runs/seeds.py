"""An experiment with several seeds: its trainings, what each seed comes to, and which model is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nlpkit.notes import Note
from nlpkit.runs.pooling import Pooled, pooled_model
from nlpkit.runs.side_by_side import Job
from nlpkit.runs.trained import known_gold
from nlpkit.scoring.metrics import scores
from nlpkit.scoring.over_seeds import over_seeds
from nlpkit.scoring.tables import finite

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.experiment.value import Experiment
    from nlpkit.runs.told import Told
    from nlpkit.runs.trained import Trained
    from nlpkit.scoring.metrics import Scores
    from nlpkit.training.state import EpochReport
    from nlpkit.vocab import Labels


def jobs_of(experiment: Experiment, names: Sequence[str]) -> list[Job]:
    """All trainings, seed by seed: each classifier with its name, and of several seeds which one it is."""
    jobs = []
    for turn in range(experiment.seeds):
        seed, several = experiment.seed + turn, experiment.seeds > 1
        said = f"seed {turn + 1} of {experiment.seeds}" if several else ""
        for member, name in zip(experiment.classifiers, names, strict=True):
            jobs.append(Job(member, name, seed, f"seed-{seed}" if several else "", said))
    return jobs


@dataclass(frozen=True, eq=False)
class Seeded:
    """What one seed came to: the classifiers, the model of them, and the scores of the test texts."""

    seed: int
    trained: Sequence[Trained]
    pooled: Pooled
    scored: Scores

    @property
    def rank(self) -> tuple[float, float]:
        """The validation accuracy, of any number of labels micro F1, and the log loss below 0."""
        valid = self.pooled.valid
        return valid.get("f1_micro", valid.get("accuracy", 0.0)), -valid.get("log_loss", 0.0)


def seeded(
    experiment: Experiment, names: Sequence[str], trained: Sequence[Trained], splits: Splits, labels: Labels
) -> list[Seeded]:
    """What each seed came to, of the trainings in the order of `jobs_of`."""
    gold, valid = splits.test.gold(labels), known_gold(splits.valid, labels)
    count, found = len(names), []
    for turn in range(experiment.seeds):
        some = trained[turn * count : (turn + 1) * count]
        pooled = pooled_model(names, some, valid, experiment.decision)
        decision = pooled.model.decision
        scored = scores(experiment.metrics, gold, pooled.probabilities, decision, labels)
        found.append(Seeded(experiment.seed + turn, some, pooled, scored))
    return found


def chosen_of(found: Sequence[Seeded], told: Told) -> Seeded:
    """The seed with the best validation scores, the first of equals, which a note says of several."""
    best = max(found, key=lambda each: each.rank)  # the first of equals
    if len(found) > 1:
        metric = "micro F1" if "f1_micro" in best.pooled.valid else "accuracy"
        why = f"with the best validation {metric} of {len(found)} seeds ({best.rank[0]:.4f})"
        if not best.pooled.valid:
            why = "the first one, as there are no validation texts to choose by"
        told.note(Note(f"the model is that of seed {best.seed}, {why}; test texts choose nothing"))
    return best


def seeds_table(found: Sequence[Seeded], chosen: Seeded) -> dict[str, Any]:
    """What `scores.json` says of several seeds; empty of one."""
    if len(found) < 2:
        return {}
    return {
        "count": len(found),
        "chosen": chosen.seed,
        "scores": over_seeds([each.scored.values for each in found]),
        "each": [
            {"seed": each.seed, "scores": finite(each.scored.values), "valid": finite(each.pooled.valid)}
            for each in found
        ],
    }


def epochs_of(seed: int, epochs: Sequence[EpochReport]) -> tuple[EpochReport, ...]:
    """The epochs of one of several seeds, under the names that its classifiers have in the model."""
    return tuple(
        replace(each, member=_within(seed, each.member)) for each in epochs if _is_of(seed, each.member)
    )


def lines_of(scored: Mapping[str, Any], lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same of the lines of metrics.jsonl, as far as scores.json says that there are several seeds."""
    if "seeds" not in scored:
        return list(lines)
    seed = scored["seeds"]["chosen"]
    of_seed = (each for each in lines if _is_of(seed, each["member"]))
    return [{**each, "member": _within(seed, each["member"])} for each in of_seed]


def _is_of(seed: int, member: str) -> bool:
    return member.partition("/")[0] == f"seed-{seed}"


def _within(seed: int, member: str) -> str:
    return member.removeprefix(f"seed-{seed}").removeprefix("/")
