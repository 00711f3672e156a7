"""Where predictions go: to stdout, or to a new file whose ending says its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nlpkit.cli.answers import Answered, Content, json_lines, plain_lines, table_head, table_lines
from nlpkit.cli.output import answer
from nlpkit.errors import ConfigError

Write = Callable[[Answered], None]
JSON_ENDINGS = (".jsonl", ".ndjson")
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_PARQUET = ".parquet"
_ENDINGS = (*_DELIMITERS, *JSON_ENDINGS, _PARQUET)
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
        if self._ending == _PARQUET:
            from nlpkit.cli.parquet import pyarrow

            pyarrow()

    @property
    def _ending(self) -> str:
        return self.output.suffix.lower() if self.output else ""

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
        own = ["row", *content.own, "probabilities", "note"] if self.json_lines else tabular
        for place, name in enumerate(content.kept):
            if name in own:
                raise ConfigError(
                    f"the output has a {name!r} of its own, so the column cannot be kept under that name",
                    hint="rename the column in the input",
                )
            if name in content.kept[:place]:
                raise ConfigError(f"the column {name!r} is kept twice", hint="name it once")

    @contextmanager
    def opened(self, content: Content) -> Iterator[Write]:
        """What writes answers; a file appears when all is done."""
        if self.output is None:
            lines = (json_lines if self.as_json else plain_lines)(content)
            yield lambda some: answer("\n".join(lines(some)))
        elif self._ending == _PARQUET:
            from nlpkit.cli.parquet import writing_parquet

            with writing_parquet(self.output, content) as write:
                yield write
        else:
            with self._opened_text(self.output, content) as write:
                yield write

    @contextmanager
    def _opened_text(self, output: Path, content: Content) -> Iterator[Write]:
        from nlpkit.system.atomic import atomic_text

        delimiter = _DELIMITERS.get(self._ending)
        lines = table_lines(content, delimiter) if delimiter else json_lines(content)
        with atomic_text(output) as file:
            if delimiter:
                print(table_head(content, delimiter), file=file)
            yield lambda some: print("\n".join(lines(some)), file=file)


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
