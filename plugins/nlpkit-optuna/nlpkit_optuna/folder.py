"""The folder of a search: each file in it is replaced whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import tomli_w

from nlpkit import ConfigError, StorageError, dump_experiment
from nlpkit_optuna.found import Row, Sweep
from nlpkit_optuna.space import Space

SPACE, TRIALS = "space.toml", "trials.db"


@dataclass(frozen=True)
class SweepFolder:
    """The files of a search.

    space.toml          what is searched
    trials.db           the trials, where no other storage is named
    best.toml           the experiment of the best trial, for `nlpkit run`
    front/trial-N.toml  those of which none is better in both objectives, where there are two
    sweep.html          the search as a page
    """

    path: Path

    @classmethod
    def begun(cls, path: Path) -> SweepFolder:
        """The folder, which is there from now on; ConfigError where it is one of something else."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            there = {each.name for each in path.iterdir()}
        except (FileExistsError, NotADirectoryError):
            raise ConfigError("folder: there is a file of that name", location=str(path)) from None
        except OSError as error:
            raise StorageError(f"cannot be written: {error.strerror}", location=str(path)) from error
        if there and not there & {SPACE, TRIALS}:
            hint = "name another --folder, or empty this one"
            raise ConfigError("folder: exists and is none of a search", hint=hint, location=str(path))
        return cls(path)

    def space(self, space: Space) -> None:
        self._write(SPACE, tomli_w.dumps(space.table))

    @property
    def trials(self) -> Path:
        return self.path / TRIALS

    def best(self, sweep: Sweep) -> None:
        """Write the experiments of the best trials."""
        if sweep.best is not None:
            self._write("best.toml", self._experiment(sweep, sweep.best))
        if sweep.search.against != "none":
            front = {f"trial-{row.number}.toml": row for row in sweep.front}
            (self.path / "front").mkdir(exist_ok=True)
            for name, row in front.items():
                self._write(f"front/{name}", self._experiment(sweep, row, "front"))
            for path in (self.path / "front").glob("trial-*.toml"):
                if path.name not in front:
                    path.unlink(missing_ok=True)

    def page(self, sweep: Sweep) -> None:
        """Write all files again, with the page."""
        from nlpkit_optuna.page import html

        self.best(sweep)
        self._write("sweep.html", html(sweep))

    def _experiment(self, sweep: Sweep, row: Row, inside: str = "") -> str:
        said = f"# Trial {row.number} of a search: {sweep.metric} {row.score:.4f} on the validation texts.\n"
        return f"{said}\n{dump_experiment(sweep.experiment(row), folder=self.path / inside)}"

    def _write(self, name: str, text: str) -> None:
        place = self.path / name
        with NamedTemporaryFile("w", encoding="utf-8", dir=place.parent, delete=False) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(place)
