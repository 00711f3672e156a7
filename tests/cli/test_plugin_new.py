from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import astuple
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from nlpkit import PLUGIN_API, run
from nlpkit.cli.plugin_new import _KINDS
from nlpkit.components.kinds import KINDS as COMPONENTS
from nlpkit.errors import ConfigError
from nlpkit.experiment.file import load_experiment
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.registry import Registry
from nlpkit.scaffold.files import KINDS, files_of, write
from nlpkit.scaffold.names import MAX_CHARS, Names, taken

REPOSITORY = Path(__file__).resolve().parents[2]
each_kind = pytest.mark.parametrize("kind", KINDS)
IDEAS = {
    "tokenizer": "tokens",
    "metric": "top_share",
    "schedule": "factor",
    "dataset": "texts_of",
}  # where the file also has the settings


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("nlpkit-shout", ("nlpkit-shout", "nlpkit_shout", "shout", "Shout")),
        ("nlpkit_shout", ("nlpkit-shout", "nlpkit_shout", "shout", "Shout")),
        ("shout", ("nlpkit-shout", "nlpkit_shout", "shout", "Shout")),
        ("my_shout", ("nlpkit-my-shout", "nlpkit_my_shout", "my_shout", "MyShout")),
        ("nlpkit-top-k2", ("nlpkit-top-k2", "nlpkit_top_k2", "top_k2", "TopK2")),
    ],
)
def test_one_name_gives_all_others(given: str, names: tuple[str, ...]) -> None:
    assert astuple(Names.of(given)) == names


@pytest.mark.parametrize(
    "given", ["", "nlpkit", "nlpkit-", "Shout", "2loud", "-a", "a-", "a--b", "a.b", "../a", "über"]
)
def test_what_cannot_be_a_name_is_refused(given: str, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("plugin", "new", "--kind", "encoder", "--", given)
    assert (code, out) == (2, "")
    assert err == (
        f"error: {given!r} is not a name for a plugin\n"
        "  give lower-case letters and digits, with - or _ between them, such as nlpkit-shout\n"
    )
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "a" * (MAX_CHARS + 1),
            f"'{'a' * 31}' is 31 characters long\n  give a name of 30 characters at most",
        ),
        (
            "nlpkit-tokenizer",
            "'nlpkit-tokenizer' would name its class Tokenizer, a name that is already taken",
        ),
        (
            "none",
            "'none' would name its class None, a name that is already taken\n  give another name",
        ),
    ],
)
def test_a_name_that_would_not_work_is_refused(given: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Names.of(given)
    assert str(caught.value).startswith(message)


def test_the_name_of_a_component_in_the_box_is_refused(nlpkit: Callable[..., Any]) -> None:
    code, _, err = nlpkit("plugin", "new", "nlpkit-fasttext", "--kind", "dataset")
    assert (code, err) == (
        2,
        "error: nlpkit already has a dataset called fasttext\n  choose another name, such as my_fasttext\n",
    )
    assert nlpkit("plugin", "new", "nlpkit-fasttext", "--kind", "encoder").code == 0


@each_kind
def test_it_writes_a_folder_and_says_what_to_do_next(kind: str, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("plugin", "new", "shout", "--kind", kind)
    assert (code, out) == (0, "nlpkit-shout\n")
    assert err == (
        'next: cd nlpkit-shout\n      pip install -e ".[test]"\n      pytest\n      nlpkit run example.toml\n'
    )
    written = {path.relative_to("nlpkit-shout").as_posix() for path in Path("nlpkit-shout").rglob("*.*")}
    assert {
        *("pyproject.toml", "README.md", ".gitignore", ".github/workflows/test.yml", "example.toml"),
        *("nlpkit_shout/__init__.py", "nlpkit_shout/py.typed", "tests/test_shout.py"),
    } <= written


def test_a_folder_of_another_name_is_made_with_those_above_it(nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("plugin", "new", "shout", "--kind", "encoder", "--folder", "new one/deep")
    assert (code, out) == (0, "new one/deep\n")
    assert err.startswith("next: cd 'new one/deep'\n")
    assert Path("new one/deep/nlpkit_shout/encoder.py").is_file()


def test_a_folder_that_exists_is_refused(nlpkit: Callable[..., Any]) -> None:
    Path("nlpkit-shout").mkdir()
    code, out, err = nlpkit("plugin", "new", "shout", "--kind", "encoder")
    assert (code, out) == (2, "")
    assert err == (
        "error: nlpkit-shout: this folder exists, and nothing is ever overwritten\n  give another --folder\n"
    )
    assert list(Path("nlpkit-shout").iterdir()) == []


def test_a_disk_that_fails_half_way_leaves_nothing(
    nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.write_text

    def failing(path: Path, *arguments: Any, **options: Any) -> int:
        if path.name == "example.toml":
            raise OSError(28, "No space left on device")
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", failing)
    code, out, err = nlpkit("plugin", "new", "shout", "--kind", "encoder")
    assert (code, out) == (1, "")
    assert err.startswith("error: nlpkit-shout: cannot be written: No space left on device\n")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("page", [["new"], ["check"], []], ids=" ".join)
def test_pages_of_help_fit_80_columns(page: list[str], nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("plugin", *page, "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert "\n  nlpkit plugin " in out


def test_an_unknown_subverb_is_told_in_two_lines(nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("plugin", "neu")
    assert (code, out) == (2, "")
    assert err.startswith("error: no such command 'neu'")


def test_every_kind_that_can_be_written_is_one_of_nlpkit() -> None:
    assert tuple(KINDS) == _KINDS
    assert set(KINDS) <= set(COMPONENTS)


@each_kind
def test_the_idea_begins_after_fewer_than_20_lines(kind: str) -> None:
    code = files_of(Names.of("shout"), kind)[f"nlpkit_shout/{KINDS[kind].idea}"]
    defined = [node for node in ast.parse(code).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert defined[0].name == IDEAS.get(kind, defined[0].name)
    assert defined[0].lineno < 20


@each_kind
def test_it_says_which_interface_it_is_written_for(kind: str) -> None:
    written = files_of(Names.of("shout"), kind)["nlpkit_shout/__init__.py"]
    assert f"\nNLPKIT_PLUGIN_API = {PLUGIN_API}\n" in written


@each_kind
def test_no_class_hides_a_name_that_its_files_use(kind: str) -> None:
    names = Names.of("shout")
    trees = [ast.parse(text) for name, text in files_of(names, kind).items() if name.endswith(".py")]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {alias.asname or alias.name for tree in trees for alias in imports(tree)}
    classes = {name for name in used if name[0].isupper() and "_" not in name}
    assert {name for name in classes if not name.startswith("Shout")} <= taken()


def imports(tree: ast.AST) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from node.names


def test_its_licence_is_that_of_nlpkit() -> None:
    licence = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert files_of(Names.of("shout"), "encoder")["LICENSE"] == licence


@each_kind
def test_its_entry_point_is_the_package_and_its_files_are_listed(kind: str) -> None:
    files = files_of(Names.of("my-shout"), kind)
    project = tomllib.loads(files["pyproject.toml"])
    assert project["project"]["name"] == "nlpkit-my-shout"
    assert project["project"]["entry-points"]["nlpkit"] == {"my_shout": "nlpkit_my_shout"}
    listed = {name for name in files if name.startswith("nlpkit_my_shout/") and not name.endswith(".py")}
    patterns = project["tool"]["setuptools"]["package-data"]["nlpkit_my_shout"]
    assert {name for name in listed if any(Path(name).match(pattern) for pattern in patterns)} == listed
    assert "python-version: ${{ matrix.python }}" in files[".github/workflows/test.yml"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A plugin of each kind, as `nlpkit plugin new` writes it."""
    folder = tmp_path_factory.mktemp("new")
    for kind in KINDS:
        write(Names.of(f"shout-{kind}"), kind, folder / kind)
    return {kind: folder / kind for kind in KINDS}


def tool(name: str, *arguments: str | Path, folder: Path, paths: list[Path]) -> None:
    """Run a tool of this Python, which has nothing to complain of."""
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    ran = subprocess.run(
        [sys.executable, "-m", name, *map(str, arguments)],
        cwd=folder,
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "MYPYPATH": str(REPOSITORY),
            "PYTHONPATH": os.pathsep.join(map(str, [REPOSITORY, *paths])),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@each_kind
@pytest.mark.parametrize("stem", ["z", "q" * MAX_CHARS])
def test_ruff_has_nothing_to_say_of_it(kind: str, stem: str, tmp_path: Path) -> None:
    write(Names.of(stem), kind, tmp_path / "new")
    tool("ruff", "check", "--no-cache", ".", folder=tmp_path / "new", paths=[])
    tool("ruff", "format", "--no-cache", "--check", ".", folder=tmp_path / "new", paths=[])


def test_mypy_has_nothing_to_say_of_it(written: dict[str, Path], tmp_path: Path) -> None:
    files = [path for folder in written.values() for path in folder.rglob("*.py")]
    # strict, and with what the linter has left behind: 2 s instead of 20
    ours = ["--config-file", REPOSITORY / "pyproject.toml", "--cache-dir", REPOSITORY / ".mypy_cache"]
    tool("mypy", *ours, *files, folder=tmp_path, paths=[])


def test_its_own_tests_pass(written: dict[str, Path], tmp_path: Path) -> None:
    tests = [folder / "tests" for folder in written.values()]
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", tmp_path]
    tool("pytest", *options, *tests, folder=tmp_path, paths=[*written.values()])


@each_kind
def test_its_example_runs_and_learns(
    kind: str, written: dict[str, Path], away: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(written[kind])
    monkeypatch.chdir(written[kind])
    registry = Registry(f"nlpkit-shout-{kind}")
    import_module(f"nlpkit_shout_{kind}").nlpkit_register(registry)
    shipped = plugins.load([])
    shipped.registry.merge(registry)
    experiment = load_experiment("example.toml", plugins=shipped)
    found = attrgetter(KINDS[kind].section)(experiment)
    component = found[-1] if KINDS[kind].listed else found
    assert registry.entry_of(type(component)).name == f"shout_{kind}"
    result = run(experiment)
    assert result.scores["accuracy"] > result.scored["majority_accuracy"]
