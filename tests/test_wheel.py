"""What a wheel carries."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nlpkit.cli.shipped import examples

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "nlpkit",
            "examples",
            "setup.cfg",
            "setup.py",
            "pyproject.toml",
            "README.md",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    if tracked.returncode:
        pytest.skip("this is not a git checkout")
    for name in tracked.stdout.decode().split("\0"):
        if name and (REPOSITORY / name).is_file():
            target = folder / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((REPOSITORY / name).read_bytes())
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=folder / "source", check=True, capture_output=True
    )
    return set(zipfile.ZipFile(next(folder.glob("*.whl"))).namelist())


def test_it_carries_the_examples_the_page_the_words_and_the_marker_of_types(names: set[str]) -> None:
    files = [example for example in examples() if example.path.is_file()]
    wanted = {f"nlpkit/examples/{example.name}{example.path.suffix}" for example in files}
    wanted |= {
        "nlpkit/report/templates/report.html",
        "nlpkit/report/templates/style.css",
        "nlpkit/data/headlines.toml",
        "nlpkit/py.typed",
    }
    assert wanted <= names


def test_it_carries_every_module_and_no_data_or_tests(names: set[str]) -> None:
    modules = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "nlpkit").rglob("*.py*")
        if path.suffix in (".py", ".pyi")
    }
    assert modules <= names
    endings = {Path(name).suffix for name in names if not name.startswith("nlpkit_toolkit-0.1.0.dist-info/")}
    assert endings <= {".py", ".pyi", ".toml", ".html", ".css", ".txt", ".typed"}
    assert not any("test" in Path(name).name for name in names)
