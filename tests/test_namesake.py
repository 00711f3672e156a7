from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nlpkit

PACKAGE = Path(nlpkit.__file__).parent


def python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python that finds packages in `site` first."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=site.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def said(site: Path) -> str:
    return (
        "another distribution, nlpkit, is installed in the same folder as nlpkit-toolkit "
        f"({site / 'nlpkit'}): run pip uninstall nlpkit nlpkit-toolkit, and install nlpkit-toolkit again\n"
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where packages are installed, with all files of nlpkit."""
    site = tmp_path / "site"
    (site / "nlpkit").mkdir(parents=True)
    for path in PACKAGE.iterdir():
        (site / "nlpkit" / path.name).symlink_to(path)
    return site


@pytest.mark.parametrize("name", ["nlpkit-0.35.dist-info", "nlpkit-0.35-py3.11.egg-info"])
def test_a_distribution_that_writes_the_same_files_is_told_with_the_mend(name: str, site: Path) -> None:
    (site / name).mkdir()
    imported = python(site, "-c", "import nlpkit")
    assert imported.returncode == 0
    assert imported.stderr.startswith(f"<string>:1: RuntimeWarning: {said(site)}")


@pytest.mark.parametrize(
    "name",
    ["nlpkit_toolkit-0.1.0.dist-info", "nlpkit_cnn-0.1.0.dist-info", "nlpkit.egg-info", "nlpkit-notes"],
)
def test_plugins_and_nlpkit_itself_are_no_namesakes(name: str, site: Path) -> None:
    (site / name).mkdir()
    imported = python(site, "-c", "import nlpkit; print(nlpkit.__file__)")
    assert imported.stdout == f"{site / 'nlpkit' / '__init__.py'}\n"
    assert imported.stderr == ""


def test_a_package_that_was_written_over_is_no_riddle_on_the_command_line(site: Path) -> None:
    (site / "nlpkit-0.35-py3.11.egg-info").touch()
    (site / "nlpkit" / "__init__.py").unlink()
    (site / "nlpkit" / "__init__.py").write_text("def new_id(): ...\n", encoding="utf-8")
    ran = python(site, "-m", "nlpkit", "--help")
    assert (ran.returncode, ran.stdout) == (4, "")
    assert ran.stderr == f"error: {said(site)}"


def test_a_package_in_an_archive_is_imported_in_silence() -> None:
    from nlpkit.namesake import is_here

    assert not is_here("/no-such-folder/archive.zip/nlpkit")
