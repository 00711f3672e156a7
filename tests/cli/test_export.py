from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit import EmbeddingMean, Offsetify, load
from nlpkit.models.exporting import loader
from tests.cli.conftest import Said
from tests.models.exporting.samples import TEXTS, TRAIN, model

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    model(EmbeddingMean(), Offsetify()).write(tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def rows(tmp_path: Path, run_folder: Path) -> Path:
    texts = [text for text in TRAIN[:40] if '"' not in text]
    lines = [f'"{text}",{label}' for text, label in zip(texts, load(run_folder).predict(texts), strict=True)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    return path


def test_a_model_is_exported_beside_its_run(nlpkit: Callable[..., Said], run_folder: Path) -> None:
    said = nlpkit("export", "run", "--to", "onnx")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].split("  ")[-1] == "largest difference"
    assert [line.split("  ")[0] for line in lines[1:3]] == ["torch", "onnx fp32"]
    assert lines[3:] == ["compared on 500 generated texts", "written to run-onnx"]
    found = loader.load(run_folder.with_name("run-onnx"))
    assert found.predict(TEXTS) == load(run_folder).predict(TEXTS)


def test_real_rows_give_the_accuracy(nlpkit: Callable[..., Said], run_folder: Path, rows: Path) -> None:
    arguments = ("--precision", "int8", "--rows", rows, "--output", "out", "--max-changed", "1", "--json")
    said = nlpkit("export", run_folder, "--to", "onnx", *arguments)
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert (found["rows"], found["real_rows"]) == (
        len(rows.read_text(encoding="utf-8").splitlines()) - 1,
        True,
    )
    assert [form["name"] for form in found["forms"]] == ["torch", "onnx fp32", "onnx int8"]
    assert [form["accuracy"] for form in found["forms"][:2]] == [1.0, 1.0]


def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    nlpkit: Callable[..., Said], run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object) -> tuple[int, str]:
        said = nlpkit(*arguments)
        assert not Path("out").exists()
        return said.code, said.err

    export = ("export", run_folder, "--to", "onnx", "--output")
    assert refused(*export, "run") == (
        2,
        "error: run: this folder exists, and nothing is ever overwritten\n  give another --output\n",
    )
    assert refused(*export, "out", "--text", "body") == (
        2,
        "error: --text is for files, and no file is read\n  give a file with --rows\n",
    )
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert refused(*export, "out") == (
        4,
        "error: ONNX needs onnx\n  install it with: pip install 'nlpkit-toolkit[onnx]'\n",
    )


def test_a_model_is_made_smaller(nlpkit: Callable[..., Said], run_folder: Path, rows: Path) -> None:
    arguments = ("--min-count", "2", "--rows", rows, "--output", "small", "--max-changed", "1")
    said = nlpkit("shrink", run_folder, *arguments)
    assert said.code == 0, said.err
    before, after = (len(load(folder).parts[0].vocab.tokens) for folder in (run_folder, Path("small")))
    lines = said.out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:3]] == ["before", "smaller"]
    assert lines[3:] == [f"{before:,} tokens, now {after} tokens", "written to small"]
    assert after < before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "error: nothing says how small\n  give --keep, or --min-count with --rows\n"),
        (
            ("--min-count", "2"),
            2,
            "error: --min-count counts tokens in a file, and none is given\n  give it with --rows\n",
        ),
    ],
)
def test_shrink_says_what_it_needs(
    arguments: tuple[str, ...], code: int, said: str, nlpkit: Callable[..., Said], run_folder: Path
) -> None:
    found = nlpkit("shrink", run_folder, "--output", "small", *arguments)
    assert (found.code, found.err) == (code, said)
    assert not Path("small").exists()


def test_too_many_changed_labels_are_exit_code_6(nlpkit: Callable[..., Said], run_folder: Path) -> None:
    arguments = ("--output", "small", "--keep", "1", "--max-changed", "0")
    said = nlpkit("shrink", run_folder, *arguments)
    assert said.code == 6
    assert "smaller changes the labels of " in said.err
    assert not Path("small").exists()
