"""An output file that grows: it outlives its process, and another one goes on with it."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from nlpkit.errors import ConfigError, DataError, StorageError
from nlpkit.system.atomic import require_free
from nlpkit.system.resumable import partial_of, resumable_files
from nlpkit.system.sealed import from_json, to_json
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.data.reading.columns import Columns
    from nlpkit.predicting.answers import Answered

ROWS: Final = "rows"
ERRORS: Final = "errors"
_STATE: Final = "state.json"
_AGAIN: Final = "remove this folder, and start again"
SECONDS = 1.0  # between two times that what is written is made sure of


class Form(Protocol):
    """What answers are written as."""

    final: str  # the file that it is at the end

    @property
    def waits(self) -> bool: ...

    def go_on(self, written: Path) -> None: ...

    def add(self, some: Answered) -> bytes: ...

    def rest(self) -> bytes: ...

    def finish(self, written: Path) -> None: ...


class Counts(Protocol):
    """How many texts are answered, and how many of these got no label."""

    done: int
    abstained: int


@dataclass(frozen=True)
class State:
    """How far an output is: the texts that are answered, their hash, and the bytes that are written and
    theirs. `about` is what the answers are of.
    """

    about: Mapping[str, object]
    texts: int = 0
    bytes: int = 0
    abstained: int = 0
    left_out: int = 0
    error_bytes: int = 0
    sha256: str = ""
    written_sha256: str = ""


def state_of(output: Path) -> State | None:
    """How far an unfinished output is, where there is one of which something was made sure of."""
    return _state(partial_of(output.absolute()))


def _state(partial: Path) -> State | None:
    try:
        if not (partial / ROWS).exists():  # killed when they had their name already
            return None
        found = State(**from_json((partial / _STATE).read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"the state cannot be read: {error}", location=str(partial), hint=_AGAIN) from None
    return found if found.texts else None


def require_same(before: Mapping[str, object], about: Mapping[str, object], output: Path) -> None:
    """Refuse to go on with another input, model or option, by its name."""
    other = [name for name in {**before, **about} if before.get(name) != about.get(name)]
    if other:
        [name, *_] = other
        was, now = (json.dumps(each.get(name), ensure_ascii=False) for each in (before, about))
        raise ConfigError(
            f"{name}: {was} for the rows that are written, and {now} now",
            hint=f"go on as it was begun, or remove {partial_of(output)} to start again",
            location=str(partial_of(output)),
        )


class Seen:
    """A hash of all that was read, so that what is read once more is known to be the same."""

    def __init__(self, before: State, location: str) -> None:
        self._before, self._location = before, location
        self._texts, self._sha256 = 0, hashlib.sha256()
        # those not answered yet: the texts above each block, their hash, and the block
        self._blocks: deque[tuple[int, Any, Columns]] = deque()

    def add(self, columns: Columns) -> None:
        """Add some columns; DataError where they are others than those that were answered before."""
        self._blocks.append((self._texts, self._sha256.copy(), columns))
        above, self._texts = self._texts, self._texts + len(columns.texts)
        self._sha256.update(_hashed(columns, len(columns.texts)))
        if above < self._before.texts <= self._texts:
            self._require(self.at(self._before.texts) == self._before.sha256)
        elif self._texts <= self._before.texts:
            self._blocks.clear()  # all of them are answered

    def end(self) -> None:
        """All is read; DataError where it is less than was answered before."""
        self._require(self._texts >= self._before.texts)

    def at(self, texts: int) -> str:
        """The hash of so many texts, which are answered now."""
        while len(self._blocks) > 1 and self._blocks[1][0] < texts:
            self._blocks.popleft()
        above, sha256, columns = self._blocks[0]
        found = sha256.copy()
        found.update(_hashed(columns, texts - above))
        return str(found.hexdigest())

    def _require(self, same: bool) -> None:
        if not same:
            raise DataError(
                "the rows that are answered already are not the same any more",
                hint="go on with the input as it was, or remove the unfinished output to start again",
                location=self._location,
            )


def _hashed(columns: Columns, count: int) -> bytes:
    """What is hashed of the first rows of some columns."""
    texts = "\0".join(columns.texts[:count]).encode("utf-8", "surrogatepass")
    others = repr([values[:count] for values in columns.others]).encode("utf-8", "surrogatepass")
    return b"\0".join([texts, others, columns.lines[:count].tobytes()])


@dataclass
class Growing:
    """The files of an unfinished output, open at their ends, and the state that was made sure of."""

    form: Form
    state: State
    folder: Path
    rows: BinaryIO
    errors: BinaryIO | None
    location: str
    digest: Any
    _sure: float = field(default_factory=time.monotonic)

    def write(self, some: Answered) -> None:
        """Write answers, which are sure later."""
        with _writing(self.location):
            self._add(self.form.add(some))

    def _add(self, content: bytes) -> None:
        self.digest.update(content)
        self.rows.write(content)

    def keep(self, answers: Counts, seen: Seen | None, left_out: int) -> None:
        """Make sure of what is written, if it is time: after a kill it is gone on with from here. `left_out`
        records were left out so far.
        """
        if seen and time.monotonic() - self._sure >= SECONDS and not self.form.waits:
            self._keep(answers, seen, left_out)

    def end(self, answers: Counts, seen: Seen | None, left_out: int) -> None:
        """Write the rest, and make the file what it is to be."""
        with _writing(self.location):
            self._add(self.form.rest())
            if seen and answers.done:
                self._keep(answers, seen, left_out)
            self.rows.flush()
            self.form.finish(self.folder / ROWS)
            if self.errors and not self.errors.tell():
                (self.folder / ERRORS).unlink()

    def _keep(self, answers: Counts, seen: Seen, left_out: int) -> None:
        with _writing(self.location):
            for file in filter(None, (self.rows, self.errors)):
                file.flush()
                os.fsync(file.fileno())
            self.state = State(
                self.state.about,
                answers.done,
                self.rows.tell(),
                answers.abstained,
                left_out,
                self.errors.tell() if self.errors else 0,
                seen.at(answers.done),
                self.digest.hexdigest(),
            )
            new = self.folder / f"{_STATE}.new"
            with new.open("wb") as state:
                state.write(to_json(asdict(self.state)))
                state.flush()
                os.fsync(state.fileno())
            new.replace(self.folder / _STATE)
        self._sure = time.monotonic()


@contextmanager
def growing(output: Path, form: Form, state: State, errors: Path | None) -> Iterator[Growing]:
    """The files of an output, of which `state` says how far it is. They get their names at the end, and stay
    after an error if anything of them is sure.
    """
    paths = {**({ERRORS: errors} if errors else {}), form.final: output}
    if errors and not state.error_bytes:
        require_free(errors, "--output")

    def worth(partial: Path, error: BaseException | None) -> bool:
        return _state(partial) is not None

    with resumable_files(paths, resume=state.texts > 0, worth=worth) as folder, ExitStack() as stack:
        if (
            errors and state.error_bytes and not (folder / ERRORS).exists()
        ):  # killed when it had its name already
            errors.rename(folder / ERRORS)
        rows = stack.enter_context(_cut(folder / ROWS, state.bytes))
        refused = stack.enter_context(_cut(folder / ERRORS, state.error_bytes)) if errors else None
        digest = _digest_of(folder / ROWS)
        if state.bytes and digest.hexdigest() != state.written_sha256:
            said = "the rows that are written are not the same any more"
            raise DataError(said, hint=_AGAIN, location=str(folder / ROWS))
        form.go_on(folder / ROWS)
        yield Growing(form, state, folder, rows, refused, str(output), digest)


def _digest_of(path: Path) -> Any:
    """A SHA-256 of a file, that can be added to."""
    with _writing(str(path)), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")


def _cut(path: Path, size: int) -> BinaryIO:
    """A file, open to write behind its first bytes."""
    with _writing(str(path)):
        path.touch()
        file = path.open("r+b")
        if file.seek(0, os.SEEK_END) < size:
            file.close()
            raise DataError("the file is shorter than it was", location=str(path), hint=_AGAIN)
        file.truncate(size)
        file.seek(size)
    return file


@contextmanager
def _writing(location: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        hint = "free some space or write elsewhere"
        raise StorageError(reason, location=location, hint=hint) from error


def how_far(state: State, output: Path) -> str:
    """How far an unfinished output is, in words.

    >>> how_far(State({}, texts=2000), Path("new.csv"))
    '2,000 texts are answered in new.csv.partial'
    """
    return f"{counted(state.texts, 'text is', 'texts are')} answered in {partial_of(output)}"


def about_input(source: Path) -> dict[str, Any]:
    """What says which input it is; a folder is known by the hash of what is read alone."""
    size = {} if source.is_dir() else {"input size": source.stat().st_size}
    return {"input": str(source.absolute()), **size}
