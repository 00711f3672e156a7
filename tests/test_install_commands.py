"""The commands that install something, in the pages and READMEs: what they name is in a clone."""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = (
    REPOSITORY / "README.md",
    *sorted((REPOSITORY / "docs").glob("*.md")),
    *sorted((REPOSITORY / "plugins").rglob("README.md")),
)
COMMAND = re.compile(r"pip install ((?:[^`\n\\]|\\\n)+)")
OTHERS = {"mlflow", "numpy", "onnxruntime"}  # projects of others, from the package index
IN_THE_TUTORIAL = {".[test]"}  # of the plugin that it has written


def commands() -> list[object]:
    found = []
    for page in PAGES:
        for match in COMMAND.finditer(page.read_text(encoding="utf-8")):
            where = f"{page.relative_to(REPOSITORY).as_posix()} {match[1][:40].strip()}"
            found.append(pytest.param(match[1].replace("\\\n", " "), id=where))
    return found


def extras_of(folder: Path) -> set[str]:
    if folder == REPOSITORY:
        config = configparser.ConfigParser()
        config.read(folder / "setup.cfg", encoding="utf-8")
        return set(config["options.extras_require"])
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


@pytest.mark.parametrize("command", commands())
def test_what_a_command_installs_is_in_a_clone(command: str) -> None:
    words = [word for word in shlex.split(command, comments=True) if not word.startswith("-")]
    for word in words:
        if word in OTHERS | IN_THE_TUTORIAL or (REPOSITORY / word).is_file():
            continue
        match = re.fullmatch(r"(\.|(?:\./)?plugins/[\w-]+|\./nlpkit)(?:\[([\w,]+)\])?", word)
        assert match, word
        folder = REPOSITORY if match[1] == "./nlpkit" else (REPOSITORY / match[1]).resolve()
        assert set((match[2] or "").split(",")) - {""} <= extras_of(folder)


def test_all_commands_are_found() -> None:
    assert len(commands()) >= 12


def test_every_plugin_requires_this_distribution_within_bounds() -> None:
    for path in (REPOSITORY / "plugins").glob("*/pyproject.toml"):
        required = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
        assert [each for each in required if each.startswith("nlpkit")] == ["nlpkit-toolkit>=0.1.0,<0.2"], (
            path
        )
