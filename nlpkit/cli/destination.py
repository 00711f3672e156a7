"""Where predictions go: to stdout, or to a new file whose ending says its format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nlpkit.cli.output import answer
from nlpkit.errors import ConfigError
from nlpkit.predicting import forms
from nlpkit.predicting.answers import Answered, Content, json_lines, plain_lines
from nlpkit.predicting.forms import ENDINGS, JSON_ENDINGS
from nlpkit.predicting.growing import Form

Write = Callable[[Answered], None]
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
        if self._ending not in ENDINGS:
            raise _unknown(self.output)
        if self.as_json and not self.json_lines:
            raise ConfigError(
                f"--json contradicts --output, which says {self._ending.removeprefix('.')}",
                hint=f"leave out --json, or end the name in {JSON_ENDINGS[0]}",
                location=str(self.output),
            )
        require_free(self.output, "--output")
        forms.require_writable(self._ending)

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
        forms.check_names(content, in_json=self.json_lines)

    def printed(self, content: Content) -> Write:
        """What prints answers."""
        lines = (json_lines if self.as_json else plain_lines)(content)
        return lambda some: answer("\n".join(lines(some)))

    def form(self, content: Content) -> Form:
        """What answers are written as, in a file."""
        return forms.form(content, self._ending)


def _unknown(output: Path) -> ConfigError:
    ending = output.suffix
    listed = " ".join(ENDINGS)
    if ending.lower() in _PACKED:
        message = f"predictions are not written packed, as {ending} says"
        hint = f"write one of {listed}, and pack it afterwards"
    else:
        message = f"the ending {ending!r} says no format to write" if ending else "the name has no ending"
        hint = f"end the name in one of {listed}"
    return ConfigError(message, hint=hint, location=str(output))
