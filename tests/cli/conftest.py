"""The command line in this process, which is fast, and in one of its own, where that matters."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nlpkit import Model, load
from nlpkit.cli.main import outcome

REPOSITORY = Path(__file__).resolve().parents[2]
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def nlpkit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Said]:
    """Run a command line here, in a folder of its own, and without the network.

    Whatever it says, there is no control character in it and no traceback.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path / "no-cache"))
    monkeypatch.delenv("NLPKIT_DATA_DIR", raising=False)

    def call(*arguments: str | Path, stdin: bytes | None = None) -> Said:
        with monkeypatch.context() as patch:
            if stdin is not None:
                patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            capsys.readouterr()
            code = outcome(list(map(str, arguments)))
        said = Said(code, *capsys.readouterr())
        assert not CONTROLS.search(said.out + said.err)
        assert "Traceback" not in said.out + said.err
        return said

    return call


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start the command line as a program of its own, with all three streams piped."""

    def start(
        *arguments: str | Path, env: dict[str, str] | None = None, script: str = "", **options: Any
    ) -> Any:
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            [sys.executable, *([script] if script else ["-m", "nlpkit"]), *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", **(env or {})},
            **{**streams, "preexec_fn": signals_as_usual, **options},
        )

    return start


def signals_as_usual() -> None:
    """What runs the tests in the background may have told its children to ignore Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


TINY = """
metrics = ["accuracy", "log_loss"]

[data]
type = "headlines"
train_size = 80
valid_size = 20
test_size = 20

[encoder]
type = "embedding_mean"

[encoder.embedding]
size = 4

[collator]
type = "offsetify"

[trainer]
type = "standard"
epochs = 1
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """An experiment that takes a few hundredths of a second."""
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    """The model of the run `trained`."""
    return load(trained)


def tree(folder: Path) -> dict[str, bytes]:
    """All that is in a folder, hidden files included."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"/"
        for path in folder.rglob("*")
    }


@pytest.fixture
def tree_of() -> Callable[[Path], dict[str, bytes]]:
    return tree


@pytest.fixture
def overflowing(trained: Path, tmp_path: Path) -> Path:
    """A model whose weights are numbers, and whose probabilities are not."""
    import torch

    model, folder = load(trained), tmp_path / "overflowing"
    with torch.no_grad():
        for weights in (model.classifier.head.weight, model.classifier.encoder.embedding.weight):
            weights.fill_(3e38)
    folder.mkdir()
    model.write(folder)
    return folder
