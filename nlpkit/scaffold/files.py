"""A new plugin as files: a small component that works, to be changed into one's own.

The files of this folder that end in .txt are templates of `string.Template`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import nlpkit
from nlpkit.scaffold.names import Names
from nlpkit.system.atomic import atomic_folder, writing

_SHARED = {
    "pyproject.toml": "shared/pyproject.txt",
    "README.md": "shared/readme.txt",
    "LICENSE": "shared/license.txt",
    ".gitignore": "shared/gitignore.txt",
    ".github/workflows/test.yml": "shared/workflow.txt",
}


@dataclass(frozen=True)
class Kind:
    """What is written for one kind of component: `summary` is the component in words, and `idea` the file
    that has what its author will change. An experiment file has it in the table `section`, or in one of
    several such tables that are `listed`, with `required`.
    """

    summary: str
    idea: str
    section: str
    article: str = "a"
    required: str = ""
    sample: tuple[str, ...] = ()
    listed: bool = False

    def templates(self, kind: str) -> Iterator[tuple[str, str]]:
        """The path of each file in the new folder, and of its template in this one."""
        yield "$package/__init__.py", f"{kind}/settings.txt"
        if self.idea != "__init__.py":
            yield f"$package/{self.idea}", f"{kind}/idea.txt"
        yield "tests/test_$component.py", f"{kind}/checks.txt"
        yield "example.toml", f"{kind}/example.txt"
        for name in self.sample:
            yield f"$package/sample/{name}", f"{kind}/{name}"


KINDS = {
    "encoder": Kind("the largest value of each feature over a text", "encoder.py", "encoder", article="an"),
    "tokenizer": Kind("words with the apostrophes inside them, and symbols", "__init__.py", "tokenizer"),
    "collator": Kind("texts padded to a multiple of some width", "collate.py", "collator"),
    "trainer": Kind("training with some tokens hidden, other ones each time", "training.py", "trainer"),
    "step": Kind("training that is not too sure", "entropy.py", "trainer.steps", listed=True),
    "loss": Kind("cross-entropy that asks for more than a high probability", "lack.py", "trainer.loss"),
    "optimizer": Kind("steps of one length", "steps.py", "trainer.optimizer", article="an"),
    "schedule": Kind("cosines that begin again", "__init__.py", "trainer.schedule"),
    "metric": Kind("how often a label is among the likeliest", "__init__.py", "metrics", listed=True),
    "pooling": Kind("a learned share of mean and maximum", "pool.py", "encoder.pooling"),
    "tracker": Kind("a file with the loss of each epoch", "lines.py", "track", listed=True),
    "dataset": Kind(
        "a folder with a file for each class and a text on each line",
        "__init__.py",
        "data",
        required='folder = "FOLDER"\n',
        sample=("garden.txt", "kitchen.txt"),
    ),
}


def files_of(names: Names, kind: str) -> dict[str, str]:
    """The text of each file of a new plugin, by its path."""
    written = KINDS[kind]
    values = {
        **asdict(names),
        "kind": kind,
        "article": written.article,
        "table": f"[[{written.section}]]" if written.listed else f"[{written.section}]",
        "required": written.required,
        "summary": written.summary,
        "idea": f"{names.package}/{written.idea}",
        "package_data": '"py.typed"' + ', "sample/*.txt"' * bool(written.sample),
        "version": nlpkit.__version__,
        "next_version": _next_minor(nlpkit.__version__),
        "plugin_api": str(nlpkit.PLUGIN_API),
    }
    templates = {**_SHARED, **dict(written.templates(kind))}
    folder = files("nlpkit.scaffold")
    found = {
        Template(path).substitute(values): Template(
            folder.joinpath(template).read_text(encoding="utf-8")
        ).substitute(values)
        for path, template in templates.items()
    }
    return {**found, f"{names.package}/py.typed": ""}


def _next_minor(version: str) -> str:
    """
    >>> _next_minor("0.1.2")
    '0.2'
    """
    major, minor, *_ = version.split(".")
    return f"{major}.{int(minor) + 1}"


def write(names: Names, kind: str, folder: Path) -> None:
    """Write a new plugin as a folder, all of it or nothing; ConfigError where the folder exists."""
    with atomic_folder(folder) as partial, writing(folder):
        for name, text in files_of(names, kind).items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
