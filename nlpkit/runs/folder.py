"""What a run writes, and how it appears: whole, or not at all.

experiment.toml    every setting, defaults included
manifest.json      versions, data with hashes, seed, hardware, seconds, warnings
metrics.jsonl      one line an epoch
scores.json        the test scores by metric and by class and the confusion matrix, as numbers
audit.json         what was found in the texts
predictions.csv    one line a test text: row, gold, predicted, probabilities
report.json        the test texts worth reading, and words that go with predictions, for the page
report.txt, report.html
model/             the bundle that nlpkit.load reads

Until then it is NAME.partial, which has what the run goes on from if it is stopped:

unfinished/run.json         versions, and the files that were read, with hashes
unfinished/experiment.toml  what is trained
unfinished/MEMBER/...       checkpoints, and members that are finished
"""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from nlpkit.errors import ConfigError, LostError, NlpkitError, StorageError
from nlpkit.experiment.file import dump_experiment
from nlpkit.notes import Note
from nlpkit.report import page
from nlpkit.report import text as report_text
from nlpkit.report.tables import RunTables
from nlpkit.runs.checkpoints.begun import UNFINISHED, asked, began, can_go_on
from nlpkit.runs.predictions import write_predictions
from nlpkit.runs.shown import shown
from nlpkit.scoring.tables import finite
from nlpkit.system.atomic import writing
from nlpkit.system.launched import how_to_go_on
from nlpkit.system.resumable import partial_of, resumable_folder
from nlpkit.system.sealed import folder_bytes

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.experiment.value import Experiment
    from nlpkit.runs.result import Result
    from nlpkit.training.state import EpochReport


_AUDIT_ROWS: Final = 1000  # of each table
_RESUMED: Final = "resumed"  # a line for each time
_WORKERS: Final = "workers"  # how many share the training


class RunFolder:
    """A run folder in the making: `partial` is where it is now, `final` where it will be.

    Without a folder nothing is written at all.
    """

    def __init__(self, partial: Path | None, final: Path, *, resumes: bool = False) -> None:
        self._partial = partial
        self._final = final
        self._resumes = resumes

    @classmethod
    @contextmanager
    def staged(cls, folder: Path | None, *, resume: bool = False) -> Iterator[Self]:
        """Give a folder to write into; it gets its name at the end. After an error it is removed, unless a
        run that was stopped can go on from it.
        """
        if folder is None:
            yield cls(None, Path())
            return
        partial = partial_of(folder)
        if not resume and can_go_on(partial):
            raise ConfigError(
                "a run was stopped here, and can go on",
                hint=f"{_resume(folder)}, or remove {_word(partial)}",
                location=str(folder),
            )

        def worth(partial: Path, error: BaseException | None) -> bool:
            return _worth(partial, error, folder)

        with resumable_folder(folder, resume=resume, worth=worth, scrap=UNFINISHED) as partial:
            yield cls(partial, folder, resumes=resume)

    @property
    def unfinished(self) -> Path | None:
        """Where what the run goes on from is kept; nowhere without a folder."""
        return None if self._partial is None else self._partial / UNFINISHED

    def ask(self, experiment: Experiment) -> None:
        """Write what was asked for."""
        if self.unfinished is not None:
            with writing(self._final):
                asked(self.unfinished, experiment)

    def begin(self, experiment: Experiment, splits: Splits, notes: Sequence[Note]) -> list[Note]:
        """Write what is trained on what, and the notes on how it was chosen. If that was written before the
        run was stopped, hold this against it, and give the notes of that time.
        """
        if self._partial is None or self.unfinished is None:
            return []
        with writing(self._final):
            before = began(self.unfinished, experiment, splits, notes, final=self._final)
            (self._partial / "metrics.jsonl").unlink(missing_ok=True)  # told again
            if self._resumes:
                with (self.unfinished / _RESUMED).open("a", encoding="utf-8") as file:
                    file.write("once\n")
        return before

    def workers(self, count: int) -> Iterator[Note]:
        """Write how many share the training now; a note where others have begun it."""
        if self.unfinished is None:
            return
        path = self.unfinished / _WORKERS
        before = path.read_text(encoding="utf-8") if path.is_file() else str(count)
        with writing(self._final):
            path.write_text(str(count), encoding="utf-8")
        if before != str(count):
            began = f"this run was begun by {before} {'worker' if before == '1' else 'workers'}"
            yield Note(f"{began} and goes on with {count}: its bits are not those of a run without a break")

    @property
    def facts(self) -> dict[str, float]:
        """How often the run was resumed, if it was."""
        if self.unfinished is None or not (self.unfinished / _RESUMED).is_file():
            return {}
        return {"resumed": (self.unfinished / _RESUMED).read_bytes().count(b"\n")}

    def epoch(self, report: EpochReport) -> None:
        """Add a line to `metrics.jsonl`."""
        if self._partial is None:
            return
        with writing(self._final), (self._partial / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(epoch_line(report)) + "\n")

    def result(self, result: Result) -> None:
        """Write all the rest."""
        if self._partial is None:
            return
        audited = {} if result.audit is None else result.audit.table(_AUDIT_ROWS)
        told = RunTables(
            scored=result.scored,
            described=result.manifest,
            epochs=[epoch_line(epoch) for epoch in result.epochs],
            shown=shown(result),
            audited=audited,
            settings=dump_experiment(result.experiment, folder=self._final),
            model_bytes=self._model(self._partial, result),
        )
        contents = {
            "experiment.toml": told.settings,
            "manifest.json": _json(told.described),
            "scores.json": _json(told.scored),
            "report.json": _json(told.shown),
            **({"audit.json": _json(audited)} if audited else {}),
            "report.txt": report_text.text(told.scored, told.described),
            "report.html": page.html(told),
        }
        with writing(self._final):
            for name, content in contents.items():
                (self._partial / name).write_text(content, encoding="utf-8", newline="")
            write_predictions(self._partial / "predictions.csv", result)

    def _model(self, partial: Path, result: Result) -> int:
        """Write the model, and say how many bytes it has."""
        with writing(self._final):
            shutil.rmtree(partial / "model", ignore_errors=True)
            (partial / "model").mkdir()
            result.model.write(partial / "model")
            return folder_bytes(partial / "model")


def _worth(partial: Path, error: BaseException | None, folder: Path) -> bool:
    """Whether a run that was stopped can go on, which the error says then. After a refusal it would come to
    the same again.
    """
    refused = isinstance(error, NlpkitError) and not isinstance(error, StorageError | LostError)
    if refused or not can_go_on(partial):
        return False
    go_on = _resume(folder)
    if isinstance(error, StorageError):
        error.hint = f"free some space, and go on with\n  {go_on}"
    elif isinstance(error, LostError):
        error.hint = f"{error.hint}; go on with\n  {go_on}"
    elif error is not None:
        error.add_note(go_on)
    return True


def _resume(folder: Path) -> str:
    """The command that goes on."""
    return how_to_go_on(f"nlpkit resume {_word(folder)}")


def _word(path: Path) -> str:
    """A path as one types it in the current folder."""
    with suppress(OSError, ValueError):  # the folder is gone; the path is elsewhere
        path = path.relative_to(Path.cwd())
    return shlex.quote(str(path))


def epoch_line(report: EpochReport) -> dict[str, Any]:
    """What `metrics.jsonl` says of an epoch."""
    rates = ("epoch", "texts", "train_loss", "train_accuracy", "learning_rate", "train_seconds")
    values = {name: getattr(report, name) for name in (*rates, "texts_per_second")}
    valid = {f"valid_{name}": value for name, value in report.valid.items()}
    losses = {f"loss_{name}": value for name, value in report.losses.items()}
    of = {"member": report.member} if report.member else {}
    return finite({**of, **values, **losses, **valid, "best": report.best})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
