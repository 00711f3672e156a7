"""Files answered shard by shard, by the workers of an engine, to a folder of parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.layout import Layout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.readers import Reading
from nlpkit.data.reading.shards import shards_of, whole
from nlpkit.errors import ConfigError, DataError, LostError, NlpkitError
from nlpkit.notes import Note
from nlpkit.predicting.answering import Tally
from nlpkit.predicting.growing import ERRORS, ROWS, require_same
from nlpkit.predicting.inputs import Input
from nlpkit.predicting.plan import PART, PLAN, WORK, Plan, part_name
from nlpkit.predicting.tasks import answer_shard, refusal
from nlpkit.system.atomic import require_free, writing
from nlpkit.system.resumable import partial_of, resumable_folder
from nlpkit.system.sealed import Seal, SealError, from_json, seal_bytes
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.components.kinds import Engine, Task
    from nlpkit.models.text_model import TextModel

MANIFEST: Final = "_manifest.json"
REFUSED: Final = "_errors"  # the folder of records that were left out
_AGAIN: Final = "remove this folder, and start again"


@dataclass(frozen=True)
class Predicted:
    """A folder of answers: its parts in the order of the input, how many texts have answers, how many records
    were left out, and what is worth knowing about them.
    """

    folder: Path
    parts: tuple[Path, ...]
    texts: int
    left_out: int
    notes: tuple[Note, ...]


@dataclass
class Sharded:
    """Files that are answered shard by shard: as the `plan` says, cut after `shard_bytes`. `go_on` says how
    to go on after an interruption, and `show` is called with the texts and the share of all that is done.
    """

    model: TextModel
    inputs: Sequence[Input]
    layout: Layout
    plan: Plan
    shard_bytes: int
    go_on: str
    show: Callable[[int, float], None] = lambda texts, fraction: None
    _parts: int = 0  # so far
    _sizes: dict[int, int] = field(default_factory=dict)  # of shards that are not done
    _done: int = 0  # bytes
    _texts: int = 0  # answered by this process

    def predict(self, output: Path, engine: Engine, *, resume: bool) -> Predicted:
        """The folder of answers, once all are there; what is finished stays after any error."""
        about = self.plan.about(self.inputs, self.shard_bytes)
        require_free(output, "output folder")
        self._check_first()
        before = _unfinished(output)
        if before is not None and not resume:
            said = f"an unfinished output is here: {unfinished_parts(output)}"
            raise ConfigError(said, hint=self.go_on, location=str(output))
        if before is not None:
            require_same(before, about, output)
        going_on = before is not None
        with resumable_folder(output, resume=going_on, worth=_worth, scrap=WORK) as folder:
            _begin(folder, about)
            self._answer(engine)
            told = [self._told(number) for number in range(self._parts)]
            self._require_some(told)
            self._gather(folder, told, about)
        parts = tuple(output / f"{part_name(each['number'])}{self.plan.ending}" for each in told)
        texts, left_out = (sum(each[name] for each in told) for name in ("texts", "left_out"))
        return Predicted(output, parts, texts, left_out, tuple(self._notes(told, output)))

    def _answer(self, engine: Engine) -> None:
        """Have each shard worked on that has no part yet; the first refusal ends it."""
        with closing(engine.build()(answer_shard, self._tasks())) as results:
            for result in results:
                if "refused" in result:
                    raise _with_place(refusal(result["refused"]), result["called"])
                self._count(result)

    def _tasks(self) -> Iterator[Task]:
        asked = Asked(label=False, others=self.plan.kept)
        for each in self.inputs:
            for shard in shards_of(each.path, self.layout, asked, self.shard_bytes):
                number, self._parts = self._parts, self._parts + 1
                self._sizes[number] = shard.bytes
                if (self.plan.part(number) / PART).exists():
                    self._done += self._sizes.pop(number)
                else:
                    yield self.plan.task(number, shard, each.name)

    def _count(self, told: Task) -> None:
        self._texts += told["texts"]
        self._done += self._sizes.pop(told["number"])
        self.show(self._texts, self._done / max(1, sum(each.size for each in self.inputs)))

    def _told(self, number: int) -> Task:
        """What is said about a part."""
        try:
            return dict(from_json((self.plan.part(number) / PART).read_bytes()))
        except FileNotFoundError:
            said = f"the engine ended, and {part_name(number)} is not there"
            raise LostError(said, hint=self.go_on, location=self.plan.folder) from None

    def _check_first(self) -> None:
        """Refuse what is wrong with the beginning of the first file, before any worker reads it."""
        asked = Asked(label=False, others=self.plan.kept)
        reading = Reading(whole(self.inputs[0].path), self.layout, asked)
        if self.plan.skips:
            reading.notes.left_out = lambda *record: None
        with closing(iter(reading)) as pieces:  # type: ignore[type-var]
            next(pieces, None)

    def _require_some(self, told: Sequence[Task]) -> None:
        """Where all records were left out, the first one's refusal says what is wrong with them."""
        first = next((each["first_left_out"] for each in told if each["left_out"]), None)
        if first and not any(each["texts"] for each in told):
            error = refusal(first)
            error.hint = f"no record can be read, and this is what is wrong with the first: {error.hint}"
            raise error

    def _gather(self, folder: Path, told: Sequence[Task], about: dict[str, Any]) -> None:
        """Give parts their names, and list them; some may have theirs, where this is gone on with."""
        stamps: dict[str, Any] = {}
        for each in told:
            name = part_name(each["number"])
            names = {ROWS: f"{name}{self.plan.ending}", ERRORS: f"{REFUSED}/{name}.jsonl"}
            for file, stamp in each["files"].items():
                stamps[names[file]] = stamp
                made = self.plan.part(each["number"]) / file
                with writing(folder):
                    (folder / names[file]).parent.mkdir(exist_ok=True)
                    if made.exists():
                        made.replace(folder / names[file])
        listed = ("file", "first_row", "texts", "left_out")
        parts = [
            {"name": part_name(each["number"]), **{name: each[name] for name in listed}} for each in told
        ]
        with writing(folder):
            (folder / MANIFEST).write_bytes(seal_bytes({"of": about, "parts": parts, "files": stamps}))

    def _notes(self, told: Sequence[Task], output: Path) -> Iterator[Note]:
        """What is worth knowing about all parts."""
        notes = {each.name: FileNotes(each.path, self.layout.word) for each in self.inputs}
        all_texts, left_out = Tally(), 0
        for each in told:
            for what, word, count, numbers in each["notes"]:
                notes[each["file"]].counting(word).add(what, numbers, count)
            all_texts.texts += each["texts"]
            all_texts.abstained += each["abstained"]
            all_texts.blank += each["blank"]
            all_texts.blank_rows += each["blank_rows"] if len(self.inputs) == 1 else ()
            left_out += each["left_out"]
        for of_file in notes.values():
            yield from of_file.all()
        yield from all_texts.notes(self.model.decision)
        yield from (Note(each["text"], each["level"]) for part in told for each in part["oddities"])
        if left_out:
            said = counted(left_out, "record was left out, which", "records were left out, which")
            yield Note(f"{said} cannot be read: see {output / REFUSED}")


def unfinished_parts(output: Path) -> str:
    """How far an unfinished output is, in words; empty where there is none."""
    count = len(list((partial_of(output) / WORK).glob(f"part-*/{PART}")))
    return f"{counted(count, 'part is', 'parts are')} finished in {partial_of(output)}" if count else ""


def _worth(partial: Path, error: BaseException | None) -> bool:
    """Whether a part is finished."""
    return next((partial / WORK).glob(f"part-*/{PART}"), None) is not None


def _unfinished(output: Path) -> dict[str, Any] | None:
    """What the finished parts of an output are of, where there are some."""
    partial = partial_of(output.absolute())
    if not _worth(partial, None):
        return None
    try:
        return dict(Seal.read(partial / WORK / PLAN).checked().about["of"])
    except (OSError, SealError, KeyError, TypeError) as error:
        raise DataError(f"the plan cannot be read: {error}", location=str(partial), hint=_AGAIN) from None


def _begin(folder: Path, about: dict[str, Any]) -> None:
    plan = folder / WORK / PLAN
    with writing(folder):
        plan.parent.mkdir(exist_ok=True)
        if not plan.exists():
            new = plan.with_suffix(".new")
            new.write_bytes(seal_bytes({"of": about, "files": {}}))
            new.replace(plan)


def _with_place(error: NlpkitError, called: str) -> NlpkitError:
    """The refusal of a shard, which says what it is of."""
    if not error.location:
        error.location = called
    return error
