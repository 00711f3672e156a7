"""What README and docs show is run here: Python, experiments and commands, page by page."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from nlpkit.cli.main import outcome
from nlpkit.experiment.file import experiment_of
from tests.docs.pages import assert_shown
from tests.own_data import write_own_data

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = sorted([REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md")])
SESSIONS = ("lesson.md",)  # whose commands go on from each other: tests/docs/test_lesson.py
SHOWN = r"(?:\n+```text\n(.*?)^```)?"  # what a block prints, where the page shows it


def blocks(language: str, then: str = "", without: tuple[str, ...] = ()) -> list[object]:
    """Each fenced block of a language, with an id that says where it stands, and what follows it."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8") if page.name not in without else ""
        pattern = rf"^```{language}\n(.*?)^```{then}"
        for match in re.finditer(pattern, text, flags=re.MULTILINE | re.DOTALL):
            line = text[: match.start()].count("\n") + 1
            found.append(pytest.param(*match.groups(), id=f"{page.name}:{line}"))
    return found


@pytest.fixture
def own_data(away: Path) -> None:
    """The files that the pages call your own."""
    write_own_data(away)


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(("code", "shown"), blocks("python", SHOWN))
def test_python_in_the_docs_runs_and_prints_what_they_show(
    code: str, shown: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(code, "docs", "exec", dont_inherit=True), {"__name__": "docs"})
    if shown is not None:
        assert_shown(shown, capsys.readouterr().out)


@pytest.mark.parametrize("text", blocks("toml"))
def test_an_experiment_in_the_docs_can_run(text: str) -> None:
    assert experiment_of(tomllib.loads(text))


@pytest.mark.usefixtures("own_data")
@pytest.mark.parametrize("block", blocks("console", without=SESSIONS))
def test_commands_in_the_docs_succeed(block: str, capfd: pytest.CaptureFixture[str]) -> None:
    commands = [line.removeprefix("$ ") for line in block.split("\n") if line.startswith("$ ")]
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command, comments=True)
        assert program == "nlpkit"
        assert outcome(arguments) == 0, capfd.readouterr().err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
