from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nlpkit
from nlpkit.cli.main import VERBS

PACKAGE = Path(nlpkit.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))

# Who may import whom: a module imports those of the lines above its own, and of its own line.
LAYERS = [
    ["environment"],
    ["errors", "hookspecs", "order", "report", "forking", "ambient", "isolation", "discovery"],
    ["hints", "walk", "batch", "ragged", "vocab", "atomic", "shipped", "numbering", "scaffold", "sealed"],
    ["checks"],
    ["components", "metrics", "nn"],
    ["registry", "tokenizers", "collators", "vectors", "embedding", "encoders", "trainers", "data"],
    ["builtin"],
    ["plugins"],
    ["tables"],
    ["described", "experiment", "providers"],
    ["indexing", "model", "store"],
    ["bundle", "score_tables"],
    ["manifest"],
    ["runfolder", "tracking"],
    ["running"],
    ["testing"],
    ["cli"],
    ["__init__", "__main__"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
FOR_NN = {"errors", "batch", "ragged", "vocab", "order", "forking", "nn"}
HEAVY = {"torch", "sklearn", "numpy", "scipy", "jinja2", "rich", "pooch", "pandas"}
AT_HOME = {"ragged.py": {"numpy"}}


def code_of(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below, without what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from code_of(child)


def imported(nodes: Iterator[ast.AST] | list[ast.stmt]) -> set[str]:
    """The dotted names of modules that some statements import."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            inside = (
                PACKAGE / (node.module or "").removeprefix("nlpkit").lstrip(".").replace(".", "/")
            ).is_dir()
            submodules = inside and (node.module or "").startswith("nlpkit")
            found |= {
                f"{node.module}.{alias.name}" if submodules else str(node.module) for alias in node.names
            }
    return found


def ours(path: Path) -> set[str]:
    """The modules and packages of the first level that a file imports, now or later."""
    names = {name.split(".")[1] for name in imported(code_of(TREES[path])) if name.startswith("nlpkit.")}
    return names - {"__version__"}


def first_level(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_module_has_its_place_in_the_layers() -> None:
    assert {first_level(path) for path in FILES} <= set(LEVEL)


@each_file
def test_imports_point_one_way(path: Path) -> None:
    if first_level(path) == "plugins":  # loads what ships in the box; that is registered like any other
        return
    level = LEVEL[first_level(path)]
    assert {name for name in ours(path) if LEVEL[name] > level} == set()


@each_file
def test_modules_of_torch_know_nothing_of_settings(path: Path) -> None:
    if first_level(path) == "nn":
        assert ours(path) <= FOR_NN


@each_file
def test_what_is_slow_to_import_is_imported_where_it_is_used(path: Path) -> None:
    if first_level(path) == "nn":
        return
    top = [node for node in TREES[path].body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = {name.split(".")[0] for name in imported(top)} & HEAVY
    assert found <= AT_HOME.get(path.name, set())


@each_file
def test_a_file_has_less_than_300_lines(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") < 300


@each_file
def test_nothing_that_runs_code_from_data_is_imported(path: Path) -> None:
    modules = {name.split(".")[0] for name in imported(code_of(TREES[path]))}
    if first_level(path) == "testing":  # sends what is on trial to a process of its own, and reads no files
        modules -= {"pickle", "subprocess"}
    assert not modules & {"pickle", "joblib", "marshal", "shelve", "dill", "cloudpickle", "subprocess"}


@each_file
def test_no_unsafe_call_is_made(path: Path) -> None:
    calls = [node for node in ast.walk(TREES[path]) if isinstance(node, ast.Call)]
    for call in calls:
        name = ast.unparse(call.func)
        where = f"{name} in line {call.lineno}"
        keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert name not in {"eval", "exec", "os.system", "os.popen", "torch.load", "torch.save"}, where
        assert keywords.get("shell") != "True", where
        assert not name.endswith((".extractall", ".splitlines")) or keywords.get("filter"), where
        assert keywords.get("allow_pickle", "False") == "False", where


@each_file
def test_text_is_never_read_or_written_in_an_encoding_of_the_place(path: Path) -> None:
    for call in (node for node in ast.walk(TREES[path]) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func).rsplit(".", 1)[-1]
        keywords = {keyword.arg for keyword in call.keywords}
        text = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
        binary = any(isinstance(mode, str) and re.fullmatch("[rwxa+]*b[+]?", mode) for mode in text)
        if name in {"open", "read_text", "write_text"} and not binary and ast.unparse(call.func) != "os.open":
            assert "encoding" in keywords, f"{ast.unparse(call)} in line {call.lineno}"


def test_public_names_are_sorted_complete_and_importable() -> None:
    names = list(nlpkit.__all__)
    assert names == sorted(names)
    assert set(names) == set(nlpkit._HOME_OF)
    for name in names:
        value = getattr(nlpkit, name)
        assert value is getattr(importlib.import_module(nlpkit._HOME_OF[name]), name)
    assert set(names) <= set(dir(nlpkit))
    with pytest.raises(AttributeError, match="module 'nlpkit' has no attribute 'Lstmm'"):
        _ = nlpkit.Lstmm


def test_type_checkers_see_the_names_that_programs_get() -> None:
    [checked] = [node for node in TREES[PACKAGE / "__init__.py"].body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == nlpkit._HOME_OF


RUNNER = """
import json, sys
arguments = json.loads(sys.argv[1])
if arguments is None:
    import nlpkit
    for name in nlpkit.__all__:
        getattr(nlpkit, name)
else:
    from nlpkit.cli.main import outcome
    code = outcome(arguments)
    assert code == 0, code
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
"""
ALWAYS_LATE = {"torch", "sklearn", "scipy", "pandas", "jinja2", "pooch"}


def loaded_by(arguments: list[str] | None, folder: Path, **environment: str) -> set[str]:
    """The packages in memory after a command line, or after every public name was asked for."""
    ran = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps(arguments)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stderr.rstrip().rsplit("\n", 1)[-1]))


@pytest.mark.parametrize("verb", [None, *VERBS])
def test_help_loads_nothing_that_is_slow(verb: str | None, tmp_path: Path) -> None:
    arguments = [verb, "--help"] if verb else ["--help"]
    assert not loaded_by(arguments, tmp_path) & (ALWAYS_LATE | {"numpy", "rich"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "x.toml"],
        ["check", "x.toml", "--json"],
        ["components"],
        ["components", "encoder", "lstm"],
        ["plugins"],
        ["examples"],
    ],
    ids=" ".join,
)
def test_looking_loads_neither_torch_nor_numpy(arguments: list[str], tmp_path: Path) -> None:
    experiment = 'data = "headlines"\n[encoder]\ntype = "lstm"\npacked = true\n'
    (tmp_path / "x.toml").write_text(experiment, encoding="utf-8")
    assert not loaded_by(arguments, tmp_path) & (ALWAYS_LATE | {"numpy", "rich"})


@pytest.mark.parametrize(
    "line",
    ["", "run ", "run x.toml --min ", "predict ", "evaluate r f --metric ", "examples copy ", "components "],
)
def test_completion_loads_nothing_that_is_slow(line: str, tmp_path: Path) -> None:
    asked = {"_NLPKIT_COMPLETE": "bash_complete", "COMP_WORDS": f"nlpkit {line}"}
    loaded = loaded_by([], tmp_path, **asked, COMP_CWORD=f"{line.count(' ') + 1}")
    assert not loaded & (ALWAYS_LATE | {"numpy", "pydantic", "rich"})


def test_public_names_load_no_torch(tmp_path: Path) -> None:
    assert not loaded_by(None, tmp_path) & ALWAYS_LATE


def test_only_the_command_line_guards_a_process() -> None:
    callers = {
        str(path.relative_to(PACKAGE))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("guard_plugins")
    }
    assert callers == {"cli/main.py"}
