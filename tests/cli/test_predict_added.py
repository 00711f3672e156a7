"""Columns of installed plugins beside the labels, in every format."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit import Model, load
from nlpkit.models.pieces import PIECE_TEXTS
from tests.warm import command

Ran = subprocess.CompletedProcess[str]

PLUGINS = {
    "review": """
    print("not a result")
    return {"sure": probabilities.max(axis=1) > 0.5, "text length": [len(text) for text in texts]}
""",
    "other": """
    return {"sure": labels}
""",
    "short": """
    return {"cost": [0.5] * (len(texts) - (len(texts) > 1))}
""",
    "fails": """
    return {"cost": [1 / len(text) for text in texts]}
""",
    "leaves": """
    raise SystemExit(0)
""",
    "ids": """
    return {"id": list(texts)}
""",
}
HEAD = """from nlpkit import hookimpl


@hookimpl
def nlpkit_predicted(texts, labels, probabilities):"""
RUN = "run"


@pytest.fixture(scope="module")
def folder(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugins and a run, where commands are typed."""
    here = tmp_path_factory.mktemp("added")
    (here / RUN).symlink_to(trained)
    codes = {name: HEAD + code for name, code in PLUGINS.items()}
    codes["plain"] = "from nlpkit import hookimpl\n\n\n@hookimpl\ndef nlpkit_register(registry):\n    ...\n"
    for name, code in codes.items():
        (here / f"the_{name}.py").write_text(code, encoding="utf-8")
        info = here / f"nlpkit_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: nlpkit-{name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[nlpkit]\n{name} = the_{name}\n", encoding="utf-8")
    (here / "texts.csv").write_text('id,text\n7,"Oil fell, twice"\n8,\n', encoding="utf-8")
    return here


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    return load(trained)


@pytest.fixture
def predict(folder: Path) -> Callable[..., Ran]:
    def ran(*arguments: str, **environment: str) -> Ran:
        cache = {"NLPKIT_CACHE_DIR": str(folder / "cache"), **environment}
        return command(folder, "predict", RUN, *arguments, **cache)

    return ran


FILE = ("--input", "texts.csv", "--text", "text", "--id", "id")


def test_nothing_is_added_unasked(predict: Callable[..., Ran], model: Model) -> None:
    ran = predict("Oil fell")
    assert (ran.returncode, ran.stdout) == (0, model.predict(["Oil fell"])[0] + "\n")


def test_a_terminal_gets_them_after_tabs(predict: Callable[..., Ran], model: Model) -> None:
    ran = predict("Oil fell", "--add", "review")
    sure = str(bool(model.probabilities(["Oil fell"]).max() > 0.5)).lower()
    assert (ran.returncode, ran.stdout) == (0, f"{model.predict(['Oil fell'])[0]}\t{sure}\t8\n")
    assert "label\tsure\ttext length\n" in ran.stderr
    assert "not a result" in ran.stderr


def test_every_format_has_them_after_the_label(predict: Callable[..., Ran], folder: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow.parquet")
    for ending in ("csv", "tsv", "jsonl", "parquet"):
        ran = predict(*FILE, "--output", f"new.{ending}", "--add", "nlpkit-review")
        assert ran.returncode == 0, ran.stderr
    for ending, delimiter in (("csv", ","), ("tsv", "\t")):
        with (folder / f"new.{ending}").open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file, delimiter=delimiter)
        assert head == ["row", "id", "label", "sure", "text length", "note"]
        assert [(row[1], row[4], row[5]) for row in rows] == [("7", "15", ""), ("8", "0", "blank")]
        assert {row[3] for row in rows} <= {"true", "false"}
    first, second = map(json.loads, (folder / "new.jsonl").read_text(encoding="utf-8").splitlines())
    assert list(first) == ["row", "id", "label", "probabilities", "sure", "text length"]
    assert (first["sure"], first["text length"]) == (max(first["probabilities"].values()) > 0.5, 15)
    assert (second["text length"], second["note"]) == (0, "blank")
    table = pyarrow.read_table(folder / "new.parquet")
    assert {name: str(table.schema.field(name).type) for name in ("sure", "text length")} == {
        "sure": "bool",
        "text length": "int64",
    }
    assert table["text length"].to_pylist() == [15, 0]
    assert table["sure"][0].as_py() is first["sure"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stream_of_several_blocks_is_in_order(
    workers: str, predict: Callable[..., Ran], folder: Path
) -> None:
    lengths = [number % 7 + 1 for number in range(2 * PIECE_TEXTS + 3)]
    (folder / "many.txt").write_text("".join("x" * length + "\n" for length in lengths), encoding="utf-8")
    ran = predict("--input", "many.txt", "--format", "txt", "--json", "--add", "review", "--workers", workers)
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["text length"] for line in ran.stdout.splitlines()] == lengths


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("short", 4, "HookError: nlpkit_predicted of short gives 1 values in the column 'cost' for 2 texts"),
        ("fails", 6, "ZeroDivisionError: division by zero"),
        ("leaves", 6, "SystemExit: 0"),
    ],
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_failure_is_the_plugins_and_no_file_is_left(
    name: str, line: int, said: str, workers: str, predict: Callable[..., Ran], folder: Path
) -> None:
    ran = predict(*FILE, "--output", f"{name}.csv", "--add", name, "--workers", workers)
    assert (ran.returncode, ran.stdout) == (4, "")
    found = re.search(rf"^error: nlpkit-{name} 1\.0 failed in the_{name}\.py:{line}: (.*)$", ran.stderr, re.M)
    assert found, ran.stderr
    assert found[1] == said
    assert f"please report it to the authors of nlpkit-{name}" in ran.stderr
    assert not (folder / f"{name}.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x", "--add", "reviw"), "plugin 'reviw' is not installed; did you mean review?"),
        (("x", "--add", "plain"), "plugin plain has no nlpkit_predicted, marked with @hookimpl; known: "),
        (("x", "--add", "review", "--add", "other"), "review and other both add a column 'sure'\n"),
        (("x", "--add", "review", "--add", "review"), "review is asked for twice\n"),
        ((*FILE, "--json", "--add", "ids"), "the column 'id' is kept, and a plugin adds one of that name\n"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused(
    arguments: tuple[str, ...], said: str, predict: Callable[..., Ran]
) -> None:
    ran = predict(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"error: {said}" in ran.stderr


def test_a_blocked_one_is_told(predict: Callable[..., Ran]) -> None:
    ran = predict("x", "--add", "review", NLPKIT_DISABLE_PLUGINS="review")
    assert ran.returncode == 2
    assert "error: plugin review of nlpkit-review 1.0 is blocked\n" in ran.stderr


def test_they_are_listed_completed_and_checked(folder: Path) -> None:
    cache = {"NLPKIT_CACHE_DIR": str(folder / "cache")}
    rows = json.loads(command(folder, "plugins", "--json", **cache).stdout)
    hooks = {row["name"]: row["hooks"] for row in rows}
    assert (hooks["review"], hooks["plain"]) == (["nlpkit_predicted"], ["nlpkit_register"])
    words = {"COMP_CWORD": "4", "COMP_WORDS": f"nlpkit predict {RUN} --add "}
    asked = {"_NLPKIT_COMPLETE": "bash_complete", **words}
    assert sorted(command(folder, **cache, **asked).stdout.split()) == [
        f"plain,{name}" for name in sorted(PLUGINS)
    ]
    checked = command(folder, "plugin", "check", "review", "--json", **cache)
    assert checked.returncode == 0, checked.stderr
    assert [each["state"] for each in json.loads(checked.stdout)["promises"]] == ["kept"] * 4
    checked = command(folder, "plugin", "check", "fails", **cache)
    assert checked.returncode == 6
    assert "but it raises ZeroDivisionError: division by zero" in " ".join(checked.stdout.split())
