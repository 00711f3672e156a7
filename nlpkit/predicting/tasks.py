"""What a worker does with a shard: read it, answer it, and write its part whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit import errors
from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.formats import layout_from
from nlpkit.data.reading.readers import Reading
from nlpkit.data.reading.source.shard import Shard
from nlpkit.errors import ConfigError, DataError, NlpkitError
from nlpkit.models.added import AddedColumns
from nlpkit.models.bundle import bundle_folder
from nlpkit.models.saved import load
from nlpkit.predicting.answering import Answers, answering
from nlpkit.predicting.answers import Content
from nlpkit.predicting.forms import form
from nlpkit.predicting.growing import ERRORS, ROWS, Form, State
from nlpkit.predicting.kept import FILE_COLUMN
from nlpkit.predicting.left_out import LeftOut
from nlpkit.predicting.plan import PART, Plan, sha256_of_seal, shard_of
from nlpkit.system.atomic import writing
from nlpkit.system.attempt import attempt
from nlpkit.system.sealed import from_json, to_json
from nlpkit.version import __version__

if TYPE_CHECKING:
    from nlpkit.components.kinds import Task
    from nlpkit.models.text_model import TextModel


def answer_shard(task: Task) -> Task:
    """Answer a shard, where that is not done yet. What it gives says what the part has, or under `refused`
    why there is none: no other machine would read it in another way.
    """
    plan, number = Plan.of(task), int(task["number"])
    try:
        _check(plan)
        if not (told := _told(plan.part(number))):
            with attempt(plan.part(number)) as folder:
                _answer(plan, task, folder)
            told = _told(plan.part(number))
    except NlpkitError as error:
        return {"number": number, "called": task["called"], "refused": in_plain_values(error)}
    return told


def in_plain_values(error: NlpkitError) -> Task:
    """A refusal as JSON can hold it."""
    kind = next(each.__name__ for each in type(error).__mro__ if hasattr(errors, each.__name__))
    said = {"message": error.message, "hint": error.hint, "location": error.location}
    return {"kind": "ConfigError" if kind == "SettingsError" else kind, **said}


def refusal(given: Task) -> NlpkitError:
    """The refusal that was told so."""
    kind: type[NlpkitError] = getattr(errors, given["kind"])
    return kind(given["message"], hint=given["hint"], location=given["location"])


def opened(run: Path | str) -> TextModel:
    """The model of a run folder, where workers that are forked from this process find it as well."""
    location = str(bundle_folder(Path(run)).absolute())
    return model_of(location, sha256_of_seal(location))


@lru_cache(maxsize=1)
def model_of(location: str, sha256: str) -> TextModel:
    """The model of a folder, loaded once a process; ConfigError where it is not the one that was meant."""
    model = load(location)
    if sha256_of_seal(model.location) != sha256:
        hint = "put the folder of the run at the same place of every machine"
        raise ConfigError("this is not the model of this prediction", hint=hint, location=location)
    return model


def content_of(plan: Plan, model: TextModel, added: AddedColumns) -> Content:
    """What the answers consist of."""
    return Content(
        model.labels.names,
        (*plan.kept, FILE_COLUMN) if plan.in_files else plan.kept,
        plan.probabilities,
        added.names,
        model.separator,
        model.decision.has_sets,
        plan.top,
    )


def _check(plan: Plan) -> None:
    """Refuse what is wrong with the machine this is on."""
    if plan.nlpkit != __version__:
        hint = "install the same version everywhere"
        raise ConfigError(f"a worker has nlpkit {__version__}, and {plan.nlpkit} sent it a shard", hint=hint)
    if not Path(plan.folder).is_dir():
        hint = "input, output and run have to be in folders that all machines see, under the same names"
        raise ConfigError("a worker does not see the folder of the output", hint=hint, location=plan.folder)


def _told(part: Path) -> Task:
    """What is said about a part that is there; nothing where it is not."""
    try:
        return dict(from_json((part / PART).read_bytes()))
    except FileNotFoundError:
        return {}


def _answer(plan: Plan, task: Task, folder: Path) -> None:
    from nlpkit.nn.modes import one_thread

    shard, number = shard_of(task), int(task["number"])
    model = model_of(plan.model, plan.model_sha256)
    added = AddedColumns(model, plan.add)
    written = form(content_of(plan, model, added), plan.ending)
    left_out = LeftOut() if plan.skips else None
    layout = layout_from({**plan.layout, **shard.settings})
    reading = Reading(shard, layout, Asked(label=False, others=plan.kept))
    reading.notes.left_out = left_out
    beside = (task["file"],) if plan.in_files else ()
    with _part(folder, written, left_out) as write, one_thread() if plan.one_core else nullcontext():
        answers = Answers(
            model,
            write,
            State({}),
            kept=len(plan.kept) + len(beside),
            added=added,
            left_out=left_out.lines if left_out else (),
            above=shard.rows,
        )
        for _ in answering(model, reading, answers, workers=1, beside=beside):
            pass
    _check_count(shard, answers.read + (len(left_out.lines) if left_out else 0))
    told = {
        "number": number,
        "file": task["file"],
        "first_row": shard.rows + 1,
        **asdict(answers.tally),
        **_about_left_out(left_out),
        "notes": reading.notes.told(),
        "oddities": [asdict(note) | {"paths": []} for note in answers.oddities()] if number == 0 else [],
        "files": {each.name: _stamp(each) for each in sorted(folder.iterdir())},
    }
    with writing(folder):
        (folder / PART).write_bytes(to_json(told))


@contextmanager
def _part(folder: Path, written: Form, left_out: LeftOut | None) -> Iterator[Any]:
    """What writes answers into a folder; at the end it has the rows, and records that were left out."""
    rows, refused = folder / ROWS, folder / ERRORS
    with writing(folder), ExitStack() as stack:
        file = stack.enter_context(rows.open("wb"))
        if left_out:
            left_out.write_to(stack.enter_context(refused.open("wb")), 0)
        yield lambda some: file.write(written.add(some))
        file.write(written.rest())
    with writing(folder):
        written.finish(rows)
        if written.final != ROWS:
            (folder / written.final).replace(rows)
        if left_out and not left_out.lines:
            refused.unlink()


def _check_count(shard: Shard, count: int) -> None:
    """Refuse a shard with more or fewer records than were counted: rows below it would have wrong numbers."""
    if shard.count is not None and shard.count != count:
        raise DataError(
            f"{count:,} records are in {shard.bytes:,} bytes from {shard.word} {shard.lines + 1:,} on, and "
            f"{shard.count:,} were counted there",
            hint="read each file whole, with a --shard-bytes that is larger than the largest",
            location=str(shard.path),
        )


def _about_left_out(left_out: LeftOut | None) -> Task:
    if not left_out or not left_out.first:
        return {"left_out": 0}
    first = in_plain_values(left_out.first)
    return {"left_out": len(left_out.lines), "word": left_out.word, "first_left_out": first}


def _stamp(path: Path) -> Task:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return {"size": path.stat().st_size, "sha256": digest.hexdigest()}
