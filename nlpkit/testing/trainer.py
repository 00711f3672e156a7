"""What a trainer promises."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from itertools import islice, pairwise
from typing import Any

from nlpkit.errors import ConfigError
from nlpkit.settings.walk import is_settings, walk
from nlpkit.system.terminal import counted
from nlpkit.testing.encoder_bench import seeded
from nlpkit.testing.promises import BrokenPromise, Promise, Skipped, again_if_broken, expect, trying
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.surroundings import leaves_the_process_alone
from nlpkit.testing.trainer_bench import SEED, TEXTS, Trained, TrainerBench
from nlpkit.testing.trainer_validation import allows_unknown_labels, learns_from_train_alone
from nlpkit.testing.values import differing, equal, is_plain, kind_of, living, only_new_objects

LEARNED = 0.9  # of the validation texts; a third is what guessing has
MEASURED_EPOCHS = 6
KEPT_BYTES = 4000  # of an epoch: its scores may be kept, and not what grows with the number of texts


def learns(bench: TrainerBench) -> None:
    """Each class has its own words."""
    valid, epochs = bench.rows(60, 2), len(bench.usual.reports)
    with trying("predicting with the trained model"):
        found = valid.probabilities(bench.usual.model)
    accuracy = float((valid.decision.labels(found) == valid.labels).mean())
    expect(
        accuracy >= LEARNED,
        f"after {counted(epochs, 'epoch')} of {TEXTS} texts {accuracy:.1%} of the validation texts are right "
        f"where {LEARNED:.0%} are expected; if these settings learn too slowly for that, check others",
    )


def stops(bench: TrainerBench) -> None:
    """Reports are numbered from 1, and there are no more than they say."""
    reports = bench.usual.reports
    epochs, numbers = reports[-1].epochs, [report.epoch for report in reports]
    in_turn = numbers == list(range(1, len(reports) + 1))
    expect(in_turn, f"reports are of the epochs {_few(numbers)}, not of 1, 2, ...")
    expect(
        len(reports) <= epochs,
        f"there are {len(reports)} reports or more where they say {counted(epochs, 'epoch')}",
    )


def resumes(bench: TrainerBench) -> None:
    """From the state after any epoch, in a new model, to the same bits."""
    whole = bench.usual
    for place in sorted({0, len(whole.kept) // 2, len(whole.kept) - 1}):
        epoch = whole.reports[place].epoch
        resumed = bench.train(deepcopy(whole.kept[place]), seed=place + 1)
        numbers = [report.epoch for report in resumed.reports]
        left = [report.epoch for report in whole.reports[place + 1 :]]
        expect(
            numbers == left,
            f"from the state after epoch {epoch} it goes on with epochs {_few(numbers)}, not {_few(left)}",
        )
        for one, other in zip(whole.reports[place + 1 :], resumed.reports, strict=True):
            expect(
                (one.train_loss, one.valid) == (other.train_loss, other.valid),
                f"from the state after epoch {epoch}, epoch {one.epoch} has the training loss "
                f"{other.train_loss!r} and {other.valid}, not {one.train_loss!r} and {one.valid}",
            )
        name = differing(whole.model.state_dict(), resumed.model.state_dict())
        expect(not name, f"from the state after epoch {epoch} {name} ends up with other bits")


def is_the_same_again(bench: TrainerBench) -> None:
    """The same seed and the same first weights."""
    again = bench.train()
    name = differing(bench.usual.model.state_dict(), again.model.state_dict())
    expect(not name, f"{name} ends up with other bits when the same model is trained again with seed {SEED}")


def leaves_the_best(bench: TrainerBench) -> None:
    """In eval mode, whether the best epoch is one of the last or of the first. A note of a report may say
    what "the weights at the end" are instead.
    """
    for found in (bench.usual, bench.train(wrong=True)):
        _leaves_the_best(found)
    if not _says_otherwise(bench.usual):
        _scores_as_told(bench)


def _says_otherwise(found: Trained) -> bool:
    return any("weights at the end" in note.text for report in found.reports for note in report.notes)


def _leaves_the_best(found: Trained) -> None:
    model, reports, state = found.model, found.reports, found.kept[-1]
    training = [name or "the model" for name, module in model.named_modules() if module.training]
    expect(not training, f"{training and training[0]} is in training mode at the end")
    best = [report.epoch for report in reports if report.best]
    expect(bool(best), "no report says that its epoch is the best")
    expect(
        state.best_epoch == best[-1],
        f"the last state says that epoch {state.best_epoch} is the best, and the reports say {best[-1]}",
    )
    if _says_otherwise(found):
        return
    of_best = found.kept[best[-1] - 1].best_model
    name = differing(of_best, state.best_model)
    expect(
        not name,
        f"{name} of the last state's best_model is not what it was after epoch {best[-1]}, the best one",
    )
    name = differing(of_best, model.state_dict())
    expect(
        not name,
        f"{name} at the end is not what it is in best_model after epoch {best[-1]} of {len(reports)}, the "
        f"best one; if that is meant, let a note of the last report say what the weights at the end are",
    )


def _scores_as_told(bench: TrainerBench) -> None:
    """The model at the end is the one that the report of the best epoch has scored."""
    best = next(report for report in reversed(bench.usual.reports) if report.best)
    told = best.valid.get("accuracy")
    valid = bench.rows(60, 2)
    found = valid.probabilities(bench.usual.model)
    accuracy = float((valid.decision.labels(found) == valid.labels).mean())
    expect(
        told is None or abs(told - accuracy) < 2 / len(valid),
        f"the report of epoch {best.epoch}, the best one, has an accuracy of {told or 0:.1%}, and the "
        f"weights at the end have one of {accuracy:.1%}",
    )


def tells_plain_data(bench: TrainerBench) -> None:
    """Reports are numbers and strings; states have tensors on the CPU as well, and are not changed later."""
    for report in bench.usual.reports:
        for path, value in _leaves(report, "report").items():
            plain = value is None or isinstance(value, bool | int | float | str)
            expect(plain, f"{path} of epoch {report.epoch} is {kind_of(value)}, which is no plain data")
    for epoch, (state, kept) in enumerate(zip(bench.usual.states, bench.usual.kept, strict=True), 1):
        now = _leaves(state, "state")
        for path, before in _leaves(kept, "state").items():
            expect(is_plain(before), f"{path} of epoch {epoch} is {kind_of(before)}, which is no plain data")
            expect(equal(now.get(path), before), f"{path} of epoch {epoch} has changed since it was told")


def keeps_no_history(bench: TrainerBench) -> None:
    """From the second epoch on what is alive does not grow with each: tensors, arrays, and other objects."""
    if len(bench.usual.reports) < 3:
        raise Skipped("there are fewer than three epochs")
    again_if_broken(partial(_keeps_no_history, bench))


def _keeps_no_history(bench: TrainerBench) -> None:
    found = []
    with only_new_objects(), seeded(0), trying("training"):
        training = iter(bench.training(bench.model(), valid=bench.rows(TEXTS, 2)))
        for _ in islice(training, MEASURED_EPOCHS):
            found.append(living())
    epochs = len(found)
    graphs = [each.graphs for each in found[1:]]
    expect(
        not _grows(graphs),
        f"{graphs[-1]} tensors that have a gradient are alive after {epochs} epochs, and {graphs[0]} after "
        f"2: keep float(loss) or loss.detach(), which hold no graph",
    )
    alive = [each.bytes for each in found[1:]]
    more = alive[-1] - alive[0]
    expect(
        not _grows(alive) or more < KEPT_BYTES * (epochs - 2),
        f"{more:,} bytes more are alive after {epochs} epochs than after 2: a report, or the trainer, keeps "
        f"what each epoch has made",
    )


def _grows(numbers: list[int]) -> bool:
    """Whether each is larger than the one before."""
    return all(one < other for one, other in pairwise(numbers))


def trains_without_validation(bench: TrainerBench) -> None:
    """The last epoch is the best one then. What cannot be done without them, such as patience, is refused."""
    try:
        found = bench.train(valid=0)
    except BrokenPromise as broken:
        if isinstance(broken.__cause__, ConfigError):
            return
        raise
    expect(bool(found.reports), "training without validation rows gives no report")
    last = found.reports[-1]
    expect(last.best, f"without validation rows the last epoch, {last.epoch}, is not the best one")
    name = differing(found.kept[-1].best_model, found.model.state_dict())
    expect(not name, f"without validation rows {name} is not what it was after the last epoch")


def _leaves(value: Any, path: str) -> dict[str, Any]:
    """What is in nested containers, by where it is."""
    found = {place: each for place, each in walk(value, path) if not isinstance(each, dict | list | tuple)}
    return {place: each for place, each in found.items() if not is_settings(each)}


def _few(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:6])) + ", ..." * (len(numbers) > 6)
    return shown or "none"


PROMISES: tuple[Promise[TrainerBench], ...] = (
    *SETTINGS,
    Promise("it changes nothing of the process", leaves_the_process_alone),
    Promise("it learns texts whose classes have their own words", learns),
    Promise("it stops after its epochs", stops),
    Promise("it goes on from the state after any epoch to the same bits", resumes),
    Promise("the same seed gives the same bits", is_the_same_again),
    Promise("it leaves the weights that its last state calls best, in eval mode", leaves_the_best),
    Promise("reports and states are plain data that does not change", tells_plain_data),
    Promise("it learns from the training rows alone", learns_from_train_alone),
    Promise("validation labels that are no class are wrong, and no error", allows_unknown_labels),
    Promise("memory does not grow with the number of epochs", keeps_no_history),
    Promise("it trains without validation rows, or refuses to", trains_without_validation),
)
