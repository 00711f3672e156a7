"""Where predictions go: to stdout, or to a new file whose ending says its format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nlpkit.cli.answers import Answered, Content, Lines, json_lines, plain_lines, table_head, table_lines
from nlpkit.cli.growing import ROWS, Form
from nlpkit.cli.output import answer
from nlpkit.errors import ConfigError

Write = Callable[[Answered], None]
JSON_ENDINGS = (".jsonl", ".ndjson")
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_OF_ARROW = (".parquet", ".arrow")
_ENDINGS = (*_DELIMITERS, *JSON_ENDINGS, *_OF_ARROW)
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")


@dataclass(frozen=True)
class Destination:
    """Where predictions go. Whatever stands in the way is refused when it is made, and nothing is written.

    output: the new file, or None for stdout
    as_json: whether stdout gets JSON Lines
    """

    output: Path | None
    as_json: bool

    def __post_init__(self) -> None:
        from nlpkit.system.atomic import require_free

        if self.output is None:
            return
        if self._ending not in _ENDINGS:
            raise _unknown(self.output)
        if self.as_json and not self.json_lines:
            raise ConfigError(
                f"--json contradicts --output, which says {self._ending.removeprefix('.')}",
                hint=f"leave out --json, or end the name in {JSON_ENDINGS[0]}",
                location=str(self.output),
            )
        require_free(self.output, "--output")
        if self._ending in _OF_ARROW:
            from nlpkit.cli.parquet import pyarrow

            pyarrow(self._ending)

    @property
    def _ending(self) -> str:
        return self.output.suffix.lower() if self.output else ""

    @property
    def errors(self) -> Path | None:
        """The file beside the output for records that cannot be read."""
        return self.output.with_name(f"{self.output.name}.errors.jsonl") if self.output else None

    @property
    def json_lines(self) -> bool:
        """Whether each answer is a JSON object."""
        return self.as_json if self.output is None else self._ending in JSON_ENDINGS

    @property
    def plain(self) -> bool:
        """Whether an answer is the name of a class, and has no place for other columns."""
        return self.output is None and not self.as_json

    def check(self, content: Content) -> None:
        """Refuse columns that are kept under a name that another one has."""
        if both := [name for name in content.kept if name in content.added]:
            message = f"the column {both[0]!r} is kept, and a plugin adds one of that name"
            raise ConfigError(message, hint="rename the column in the input, or leave out --add")
        tabular = replace(content, kept=()).columns
        own = ["row", *content.own, "top", "probabilities", "note"] if self.json_lines else tabular
        for place, name in enumerate(content.kept):
            if name in own:
                raise ConfigError(
                    f"the output has a {name!r} of its own, so the column cannot be kept under that name",
                    hint="rename the column in the input",
                )
            if name in content.kept[:place]:
                raise ConfigError(f"the column {name!r} is kept twice", hint="name it once")

    def printed(self, content: Content) -> Write:
        """What prints answers."""
        lines = (json_lines if self.as_json else plain_lines)(content)
        return lambda some: answer("\n".join(lines(some)))

    def form(self, content: Content) -> Form:
        """What answers are written as, in a file."""
        if self._ending in _OF_ARROW:
            from nlpkit.cli.parquet import ArrowGroups

            return ArrowGroups(content, self._ending)
        if delimiter := _DELIMITERS.get(self._ending):
            return TextLines(table_lines(content, delimiter), f"{table_head(content, delimiter)}\n")
        return TextLines(json_lines(content))


class TextLines:
    """Answers as lines of UTF-8, below a `head`."""

    final = ROWS
    waits = False

    def __init__(self, lines: Lines, head: str = "") -> None:
        self._lines, self._head = lines, head

    def go_on(self, written: Path) -> None:
        """Go on with what is written already."""
        if written.stat().st_size:
            self._head = ""

    def add(self, some: Answered) -> bytes:
        """What to write once these are answered."""
        return self.rest() + "".join([f"{line}\n" for line in self._lines(some)]).encode()

    def rest(self) -> bytes:
        """The head, where it is not written yet."""
        head, self._head = self._head, ""
        return head.encode()

    def finish(self, written: Path) -> None:
        """It is what it is to be."""


def _unknown(output: Path) -> ConfigError:
    ending = output.suffix
    listed = " ".join(_ENDINGS)
    if ending.lower() in _PACKED:
        message = f"predictions are not written packed, as {ending} says"
        hint = f"write one of {listed}, and pack it afterwards"
    else:
        message = f"the ending {ending!r} says no format to write" if ending else "the name has no ending"
        hint = f"end the name in one of {listed}"
    return ConfigError(message, hint=hint, location=str(output))
