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

# From top to bottom: a room imports those below it, annotations included, and the contract that all share.
ROOMS = (
    ("cli", "__main__"),
    ("estimator",),
    ("scaffold", "testing"),
    ("predicting",),
    ("runs",),
    ("models",),
    ("experiment",),
    ("text",),
    ("plugins",),
    ("components",),
    ("data",),
    ("training",),
    ("nn",),
    ("scoring",),
    ("settings",),
    ("report",),
    ("system",),
    ("batch", "ragged", "vocab", "errors", "notes", "namesake", "version"),
)
MODULES = {".".join(("nlpkit", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in FILES}
LEVEL = {name: level for level, names in enumerate(ROOMS) for name in names}
FACES = {path for path in FILES if path.name == "__init__.py"}
HEAVY = {"torch", "sklearn", "numpy", "scipy", "jinja2", "matplotlib", "rich", "pooch", "pandas", "pyarrow"}
AT_HOME = {
    **{
        name: {"numpy"}
        for name in ("ragged.py", "resamples.py", "counted.py", "added_up.py", "ranks.py", "set_intervals.py")
    },
    **{name: {"numpy"} for name in ("words.py", "near.py", "counts.py", "shift.py", "label_errors.py")},
    **{name: {"numpy"} for name in ("levels.py", "thresholds.py")},
    **{name: {"numpy"} for name in ("stored.py", "targets.py")},
    "classifier.py": {"numpy", "sklearn"},
    **{name: {"torch"} for name in ("draws.py", "other_device.py")},
}


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
    """The modules of the package that a file imports, at once, later, or for a type checker alone."""
    return {name for name in imported(ast.walk(TREES[path])) if name.startswith("nlpkit.")}


def module_of(path: Path) -> str:
    return ".".join(("nlpkit", *path.relative_to(PACKAGE).with_suffix("").parts))


def room_of(module: str) -> str:
    return module.split(".")[1]


@each_file
def test_imports_go_down_the_list_of_rooms(path: Path) -> None:
    if path in FACES:  # they hand names on
        return
    level = LEVEL[room_of(module_of(path))]
    assert {name for name in ours(path) if LEVEL[room_of(name)] < level} == set()


@each_file
def test_the_rooms_of_reading_know_only_those_below_them(path: Path) -> None:
    """Of bytes, of cells, of records: each may use what stands before it and the rules for labels."""
    rooms = ("labels", "source", "tables", "records")
    parts = path.relative_to(PACKAGE).parts
    if parts[:2] == ("data", "reading") and parts[2] in rooms and path not in FACES:
        below = {*rooms[: rooms.index(parts[2]) + 1], "allowed", "columns", "layout", "notes"}
        assert {name.split(".")[3] for name in ours(path) if name.startswith("nlpkit.data.reading.")} <= below


def test_no_import_goes_in_a_circle() -> None:
    edges = {
        module_of(path): {name for name in ours(path) if name in MODULES}
        for path in FILES
        if path not in FACES
    }
    ended: set[str] = set()

    def follow(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way[way.index(module) :], module))
        if module not in ended:
            for below in sorted(edges[module]):
                follow(below, (*way, module))
            ended.add(module)

    for module in edges:
        follow(module, ())


def test_at_most_twelve_files_are_beside_the_rooms() -> None:
    assert len([path for path in FILES if path.parent == PACKAGE]) <= 12


@pytest.mark.parametrize("path", sorted(FACES), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_face_says_in_its_first_line_what_lives_there_and_names_what_it_has(path: Path) -> None:
    tree = TREES[path]
    doc = ast.get_docstring(tree) or ""
    assert re.fullmatch(r"[A-Z][^.\n]+\.|nlpkit: [^.\n]+\.", doc.split("\n")[0]), doc
    module = importlib.import_module("nlpkit" if path.parent == PACKAGE else module_of(path.parent))
    assert module.__all__, "the face names nothing"
    for name in module.__all__:
        assert hasattr(module, name) or importlib.import_module(f"{module.__name__}.{name}")


@each_file
def test_what_is_slow_to_import_is_imported_where_it_is_used(path: Path) -> None:
    if room_of(module_of(path)) in ("nn", "training"):
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
    if (
        room_of(module_of(path)) == "testing"
    ):  # sends what is on trial to a process of its own, and reads no files
        modules -= {"pickle", "subprocess"}
    if module_of(path) in ("nlpkit.plugins.judging", "nlpkit.cli.together"):  # they start this Python again
        modules -= {"subprocess"}
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
        of_bytes = ast.unparse(call.func) in {"os.open", "packed.open"}  # the latter in a zip file
        if name in {"open", "read_text", "write_text"} and not binary and not of_bytes:
            assert "encoding" in keywords, f"{ast.unparse(call)} in line {call.lineno}"


PUBLIC = (
    "nlpkit",
    "nlpkit.data",
    "nlpkit.experiment",
    "nlpkit.nn",
    "nlpkit.testing",
    "nlpkit.text",
    "nlpkit.training",
)


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_sorted_importable_and_what_a_type_checker_sees(package: str) -> None:
    face = importlib.import_module(package)
    stub = ast.parse(Path(face.__file__ or "").with_suffix(".pyi").read_text(encoding="utf-8"))
    homes = {
        alias.name: f"{package}.{node.module}"
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert list(face.__all__) == sorted(homes)
    for name, home in homes.items():
        assert getattr(face, name) is getattr(importlib.import_module(home), name)
    assert set(homes) <= set(dir(face))
    with pytest.raises(AttributeError, match=f"No {package} attribute Lstmm"):
        _ = face.Lstmm


RUNNER = """
import json, sys
arguments = json.loads(sys.argv[1])
if arguments is None:
    import nlpkit
    for name in nlpkit.__all__:
        if name != "TextClassifier":  # whose parents are scikit-learn's
            getattr(nlpkit, name)
else:
    from nlpkit.cli.main import outcome
    code = outcome(arguments)
    assert code == 0, code
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
"""
ALWAYS_LATE = {"pyarrow", "torch", "sklearn", "scipy", "pandas", "jinja2", "matplotlib", "pooch"}


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
