"""docs/plugins.md: its tutorial is followed to the letter, and its lists are those of the code."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import nlpkit
from nlpkit import testing
from nlpkit.plugins import hooks as hookspecs
from nlpkit.runs import events
from nlpkit.scaffold.files import files_of
from nlpkit.scaffold.names import Names
from nlpkit.testing import (
    collator,
    dataset,
    encoder,
    metric,
    optimizer,
    pooling,
    schedule,
    settings,
    tokenizer,
    trainer,
)
from nlpkit.testing import loss as losses
from nlpkit.testing import step as of_steps

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = (REPOSITORY / "docs" / "plugins.md").read_text(encoding="utf-8")
SHELL = re.compile(r"^```sh\n(?P<commands>.*?)^```", re.MULTILINE | re.DOTALL)
EDIT = re.compile(r'^```python title="(?P<file>[^"]+)"\n(?P<code>.*?)^```', re.MULTILINE | re.DOTALL)

LIMIT_COMMANDS = 10
LIMIT_LINES = 30


class Step(NamedTuple):
    """A command, or what `file` has in the place of the definitions of the same names."""

    command: str = ""
    file: str = ""
    code: str = ""


def steps() -> list[Step]:
    """The tutorial from its first line to its last."""
    found = [(match.start(), Step(file=match["file"], code=match["code"])) for match in EDIT.finditer(PAGE)]
    for match in SHELL.finditer(PAGE):
        lines = match["commands"].strip().split("\n")
        found += [(match.start() + number, Step(line)) for number, line in enumerate(lines)]
    return [step for _, step in sorted(found)]


def edited(text: str, code: str) -> str:
    """A module after an edit: a definition or an import takes the place of the old one."""
    for new in ast.parse(code).body:
        lines, body = text.split("\n"), ast.parse(text).body
        written = code.split("\n")[first_line(new) - 1 : new.end_lineno]
        [old] = [node for node in body if name_of(node) == name_of(new)]
        text = "\n".join([*lines[: first_line(old) - 1], *written, *lines[old.end_lineno or 0 :]])
    return text


def name_of(node: ast.stmt) -> str | None:
    """What a statement defines, or imports from."""
    return getattr(node, "name", None) or getattr(node, "module", None)


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, its decorators included."""
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])


def test_the_tutorial_is_short() -> None:
    before = files_of(Names.of("nlpkit-peaks"), "encoder")
    after = dict(before)
    for step in steps():
        if step.file:
            after[step.file] = edited(after[step.file], step.code)
    old = {(name, line) for name, text in before.items() for line in text.split("\n")}
    new = [(name, line) for name, text in after.items() for line in text.split("\n")]
    assert 0 < sum(line not in old for line in new) <= LIMIT_LINES
    assert sum(bool(step.command) for step in steps()) <= LIMIT_COMMANDS
    shown = next(step for step in steps() if step.file)
    assert shown.code in before[shown.file]


def test_an_edit_is_what_it_says() -> None:
    text = "from a import b\n\n\n@b\ndef one() -> int:\n    return 1\n\n\ntwo = 2\n"
    code = "from a import b, d\n\n\n@d\ndef one() -> int:\n    return 3\n"
    assert edited(text, code) == (
        "from a import b, d\n\n\n@d\ndef one() -> int:\n    return 3\n\n\ntwo = 2\n"
    )


class Machine:
    """A folder of its own where commands are typed, with the working tree in the place of a package index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / ".venv" / "bin"
        self.activated = False

    def type(self, command: str) -> str:
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return ""
        if command == ". .venv/bin/activate":
            self.activated = (self.bin / "activate").is_file()
            return ""
        if command == "pip install ./nlpkit":
            return self.install_nlpkit()
        if command == "python3 -m venv .venv":
            command = f"'{sys.executable}' -m venv .venv"
        elif command == 'pip install -e ".[test]"':
            command = "pip install --quiet --no-index --no-deps --no-build-isolation -e ."
        return self.run(command)

    def install_nlpkit(self) -> str:
        """The packages of this Python and the working tree, and their programs."""
        [packages] = (self.bin.parent / "lib").glob("python*/site-packages")
        here = [str(REPOSITORY), *(path for path in sys.path if path.endswith("site-packages"))]
        (packages / "here.pth").write_text("\n".join(here) + "\n", encoding="utf-8")
        for program, module, function in (
            ("nlpkit", "nlpkit.__main__", "main"),
            ("pytest", "pytest", "main"),
        ):
            script = (
                f"#!{self.bin}/python\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
            )
            (self.bin / program).write_text(script, encoding="utf-8")
            (self.bin / program).chmod(0o755)
        return self.run("pip uninstall --quiet --yes setuptools")  # Python 3.11 brings an old one

    def run(self, command: str) -> str:
        paths = [str(self.bin)] if self.activated else []
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env={
                "PATH": os.pathsep.join([*paths, os.environ["PATH"]]),
                "HOME": str(self.folder),
                "NLPKIT_OFFLINE": "1",
                "NLPKIT_CACHE_DIR": str(self.bin.parent / "cache"),
                "OMP_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout


def why_not() -> str:
    """Why the tutorial cannot be followed without the network here; empty where it can."""
    if not shutil.which("bash"):
        return "there is no bash"
    if importlib.util.find_spec("ensurepip") is None:
        return "this Python has no ensurepip, so that a virtual environment has no pip"
    if importlib.util.find_spec("setuptools") is None or int(version("setuptools").split(".")[0]) < 77:
        return "setuptools 77 or later is not installed, and pip would download it"
    return ""


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_the_tutorial_takes_an_encoder_from_nothing_to_a_run(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    said = {}
    for step in steps():
        if step.command:
            said[step.command] = machine.type(step.command)
        else:
            file = machine.folder / step.file
            file.write_text(edited(file.read_text(encoding="utf-8"), step.code), encoding="utf-8")
    assert re.search(r"\d\d passed", said["pytest"])
    assert re.search(r"nlpkit-peaks 0.1.0: \d\d kept", said["nlpkit plugin check nlpkit-peaks"])
    run = said["nlpkit run example.toml --set encoder.count=2"]
    accuracy, _ = re.findall(
        r"^  accuracy +(\S+)", run, re.M
    )  # of the test texts, and of the validation ones
    assert float(accuracy) > 0.9
    if importlib.util.find_spec("ruff"):
        ruff = f"'{sys.executable}' -m ruff"
        assert "All checks passed" in machine.run(f"{ruff} check . && {ruff} format --check .")


def hooks() -> Iterator[str]:
    """Each hook with its signature, as one would write it."""
    for name, function in {**vars(hookspecs), **vars(events)}.items():
        if hasattr(function, "nlpkit_spec"):
            signature = inspect.signature(function)
            arguments = ", ".join(f"{each.name}: {each.annotation}" for each in signature.parameters.values())
            yield f"{name}({arguments}) -> {signature.return_annotation}"


def test_every_hook_is_there_with_its_signature_and_no_other() -> None:
    assert re.findall(r"^### `(nlpkit_.*)`$", PAGE, re.MULTILINE) == list(hooks())


KINDS = {
    "Every component": settings,
    "Encoder": encoder,
    "Pooling": pooling,
    "Tokenizer": tokenizer,
    "Collator": collator,
    "Trainer": trainer,
    "Metric": metric,
    "Optimizer": optimizer,
    "Schedule": schedule,
    "Loss": losses,
    "Step": of_steps,
    "Dataset": dataset,
}


@pytest.mark.parametrize("heading", KINDS)
def test_the_promises_of_a_kind_are_those_that_are_checked(heading: str) -> None:
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n#")[0]
    common = [] if KINDS[heading] is settings else [each.sentence for each in settings.PROMISES]
    checked = [each.sentence for each in KINDS[heading].PROMISES if each.sentence not in common]
    assert sorted(re.findall(r"^- (.*)$", section, re.MULTILINE)) == sorted(checked)


def test_the_tracker_writes_a_line_for_each_epoch(tmp_path: Path) -> None:
    [code] = re.findall(r"^```python\n((?:(?!```).)*?class Losses.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "docs"}
    exec(compile(code, "docs", "exec", dont_inherit=True), names)
    experiment = nlpkit.Experiment(
        data=nlpkit.Headlines(train_size=40, valid_size=4, test_size=4),
        encoder=nlpkit.EmbeddingMean(),
        trainer=nlpkit.Standard(epochs=2),
        track=(names["Losses"](tmp_path / "losses"),),
    )
    losses = [report.train_loss for report in nlpkit.run(experiment).epochs]
    lines = (tmp_path / "losses").read_text(encoding="utf-8").split("\n")
    assert lines == [f"1 {losses[0]:.4f}", f"2 {losses[1]:.4f}", ""]


def test_the_trainer_keeps_what_a_trainer_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = PAGE.split("\n### Trainer\n")[1].split("\n### ")[0]
    settings, training = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    package = tmp_path / "nlpkit_descent"
    package.mkdir()
    (package / "__init__.py").write_text(settings, encoding="utf-8")
    (package / "training.py").write_text(training, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    trainer = importlib.import_module("nlpkit_descent").Descent()
    assert [outcome for outcome in testing.outcomes(trainer) if outcome.state != "kept"] == []
    for name in ("nlpkit_descent", "nlpkit_descent.training"):
        del sys.modules[name]


@pytest.mark.parametrize(
    ("heading", "name"),
    [("Metric", "TopShare"), ("Pooling", "LogSum"), ("Optimizer", "Nadam"), ("Schedule", "Halving")],
)
def test_the_component_of_a_section_keeps_what_its_kind_promises(
    heading: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n### ")[0]
    [code] = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert code.count("\n") - code.count("\n\n") <= 25
    (tmp_path / "shown.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    component = getattr(importlib.import_module("shown"), name)()
    del sys.modules["shown"]
    assert {each.reason for each in testing.outcomes(component) if each.state == "broken"} == set()


def test_the_loss_keeps_what_a_loss_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = PAGE.split("\n### Loss\n")[1].split("\n### ")[0]
    [code] = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    (tmp_path / "nlpkit_generalized.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    loss = importlib.import_module("nlpkit_generalized").Generalized()
    assert [outcome for outcome in testing.outcomes(loss) if outcome.state != "kept"] == []
    del sys.modules["nlpkit_generalized"]


def test_every_face_is_listed_with_names_that_it_has() -> None:
    section = PAGE.split("\n## What you import\n")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| `(nlpkit[.\w]*)` \| (.*) \|$", section, re.MULTILINE))
    package = Path(nlpkit.__file__).parent
    faces = {".".join(stub.parent.relative_to(REPOSITORY).parts) for stub in package.rglob("__init__.pyi")}
    assert set(listed) == faces
    for face, line in listed.items():
        assert set(re.findall(r"`(\w+)`", line)) <= set(importlib.import_module(face).__all__)
