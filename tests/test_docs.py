"""What README and docs show is run here: Python, experiments and commands, page by page."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from nlpkit.cli.main import outcome
from nlpkit.experiment.file import experiment_of
from tests.own_data import write_own_data

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = sorted([REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md")])


def blocks(language: str) -> list[object]:
    """Each fenced block of a language, with an id that says where it stands."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
            line = text[: match.start()].count("\n") + 1
            found.append(pytest.param(match[1], id=f"{page.name}:{line}"))
    return found


@pytest.fixture
def own_data(away: Path) -> None:
    """The files that the pages call your own."""
    write_own_data(away)


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_docs_runs(code: str) -> None:
    exec(compile(code, "docs", "exec", dont_inherit=True), {"__name__": "docs"})


@pytest.mark.parametrize("text", blocks("toml"))
def test_an_experiment_in_the_docs_can_run(text: str) -> None:
    assert experiment_of(tomllib.loads(text))


@pytest.mark.usefixtures("own_data")
@pytest.mark.parametrize("block", blocks("console"))
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
